"""The counts of a scan equal what one gets by looking at each subject."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from connectors.facts import NotObserved, Subject
from inventory import leases
from inventory.models import App, AuthorizationServer, Observation, Reading, Sync, Tenant
from posture import attest, scan, shown
from posture.engine import reads_client_facts
from posture.known import Loader
from posture.models import Coverage, Gap
from tests.inventory.memory import Listing, Memory, record, tenant

pytestmark = pytest.mark.django_db
RECORDS = [
    record("a", uris=["https://a.example.com/cb"]),
    record("b", uris=["http://b.example.com/cb"], type="public"),
    record("c", uris=["http://localhost/cb"]),
    record("gone"),
]


def scanned(of: Tenant, records: list[dict[str, object]]) -> Sync:
    return scan.run(leases.request_sync(of).pk, Memory(Listing([records])))


@pytest.fixture
def acme() -> Tenant:
    """A tenant of which not everything is known by the same means: its syncs, a probe, a person."""
    scanned(tenant("other"), RECORDS)
    found = tenant(high_value=True)
    scanned(found, RECORDS)
    app = App.objects.get(tenant=found, client_id="a")
    attest.record_fact(app, "environment", "production", None)
    probe = Reading.objects.create(url="probe", at=timezone.now(), sha256=b"")
    server = AuthorizationServer.objects.get(tenant=found)
    Observation.objects.create(app=app, reading=probe, rung=5, facts={"owners": ["ada"], "pkce_required": True})
    Observation.objects.create(server=server, reading=probe, rung=5, facts={"pkce_required": True})
    scanned(found, RECORDS[:3])
    return found


def test_gaps_equal_a_look_at_every_fact_of_every_live_subject(acme: Tenant) -> None:
    loader, found = Loader([acme.pk]), Counter[tuple[str, str, str]]()
    subjects = {
        Subject.CLIENT: loader.apps(App.objects.filter(tenant=acme, ended_at=None)),
        Subject.AUTHORIZATION_SERVER: loader.servers(AuthorizationServer.objects.filter(tenant=acme)),
    }
    for subject, all_known in subjects.items():
        for known in all_known.values():
            for name, value in known.evidence().complete(subject).items():
                found[subject, name, str(value.reason) if isinstance(value, NotObserved) else ""] += 1
    stored = Counter[tuple[str, str, str]]()
    for gap in Gap.objects.filter(sync=Sync.objects.filter(tenant=acme).first()):
        stored[gap.subject, gap.fact, gap.reason] += gap.count
    assert stored == found
    assert found["client", "owners", ""] == 1
    assert found["client", "owners", "denied"] == 2
    assert found["client", "environment", "unclassified"] == 2
    assert found["client", "marked_high_value", ""] == 3


def test_outcomes_are_counted_once_for_each_live_subject(acme: Tenant) -> None:
    """A verdict on the server is repeated on its apps; it counts there only where facts of the app entered it."""
    by_subject = [shown.verdicts_of_server(AuthorizationServer.objects.get(tenant=acme))]
    by_subject += [verdicts for _, verdicts in shown.many(App.objects.filter(tenant=acme, ended_at=None))]
    found = Counter(
        (one.control.id, one.outcome, one.addressee)
        for place, verdicts in enumerate(by_subject)
        for one in verdicts
        if (one.control.subject is Subject.CLIENT or reads_client_facts(one.control)) == (place > 0)
    )
    stored = Coverage.objects.filter(sync=Sync.objects.filter(tenant=acme).first())
    assert {(row.control_id, row.outcome, row.addressee): row.count for row in stored} == found
    assert {sum(count for (name, *_), count in found.items() if name == one) for one in ("JAR-05", "RED-03")} == {3}


def counts(sync: Sync) -> list[list[dict[str, object]]]:
    return [list(model.objects.filter(sync=sync).order_by("pk").values("count")) for model in (Coverage, Gap)]


def test_a_second_try_counts_instead_of_the_first(acme: Tenant) -> None:
    sync = Sync.objects.filter(tenant=acme).latest("pk")
    before = counts(sync)
    Sync.objects.filter(pk=sync.pk).update(state=Sync.State.QUEUED)
    assert scanned(acme, RECORDS[:3]) == sync
    assert counts(sync) == before
