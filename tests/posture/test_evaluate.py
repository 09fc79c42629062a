"""What is judged again and when, what history keeps, and what a scan costs that finds nothing new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.base import Record
from connectors.facts import NotObserved
from inventory import leases
from inventory.ingest import ingest
from inventory.models import App, AuthorizationServer, Observation, Reading, Sync, Tenant
from posture import attest, catalogue, scan, shown
from posture.control import Control
from posture.evaluate import evaluate
from posture.models import Assessment, VerdictChange
from posture.outcome import Outcome, Result, failed, passed
from tests.inventory.memory import Listing, Memory, lease_of, record, tenant
from tests.posture.cases import profile
from tests.posture.test_engine import declare

pytestmark = pytest.mark.django_db

SOUND, LOOSE = ["https://app.example.com/cb"], ["http://app.example.com/cb"]
"""Redirect URIs that RED-03 passes, and fails."""


def judged(of: Tenant, *records: Record, **listing: Any) -> int:
    """Read these records, and tell how many subjects are judged: the server is one."""
    lease = lease_of(of)
    ingest(lease, Memory(Listing([list(records)], **listing)))
    count = evaluate(lease)
    lease.finish(complete=True)
    return count


def scanned(of: Tenant, *records: Record) -> Sync:
    sync = scan.run(leases.request_sync(of).pk, Memory(Listing([list(records)])))
    assert (sync.state, sync.error) == (Sync.State.DONE, "")
    return sync


def outcomes(client_id: str = "a") -> dict[str, str]:
    return {one.control.id: str(one.outcome) for one in shown.verdicts_of(App.objects.get(client_id=client_id))}


def observe(facts: dict[str, Any], **subject: Any) -> None:
    """A probe sees something of an app or a server."""
    probe = Reading.objects.create(url="probe", at=timezone.now(), sha256=b"")
    Observation.objects.create(reading=probe, rung=5, facts=facts, **subject)


def catalogue_of(monkeypatch: pytest.MonkeyPatch, *controls: Control) -> None:
    """Let these be all controls that there are."""
    monkeypatch.setattr(catalogue, "controls", lambda: controls)
    monkeypatch.setattr(catalogue, "by_id", lambda: {one.id: one for one in controls})
    monkeypatch.setattr(catalogue, "digest", lambda: repr(controls).encode())


def attested(acme: Tenant) -> None:
    Tenant.objects.filter(pk=acme.pk).update(environment="production")


def probed_app(acme: Tenant) -> None:
    observe({"pkce_required": True}, app=App.objects.get(client_id="a"))


def probed_server(acme: Tenant) -> None:
    observe({"pkce_required": True}, server=AuthorizationServer.objects.get(tenant=acme))


def stated(acme: Tenant) -> None:
    """As after a process that was killed between what a person stated and judging by it."""
    App.objects.get(client_id="a").attestations.create(fact="environment", value="production")


def nothing(acme: Tenant) -> None:
    pass


@pytest.mark.parametrize(
    ("happens", "again"), [(nothing, 0), (probed_app, 1), (stated, 1), (probed_server, 3), (attested, 3)]
)
def test_only_what_another_key_has_is_judged_again(happens: Callable[[Tenant], None], again: int) -> None:
    acme, other, both = tenant(), tenant("other"), (record("a"), record("b"))
    assert judged(other, record("elsewhere")) == 2
    assert judged(acme, *both) == 3
    happens(acme)
    assert judged(acme, *both) == again
    assert judged(acme, *both) == 0
    assert judged(other, record("elsewhere")) == 0


def test_a_changed_record_or_server_or_catalogue_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = tenant()
    assert judged(acme, record("a"), record("b")) == 3
    assert judged(acme, record("a", name="A"), record("b")) == 1
    assert judged(acme, record("a", name="A"), record("b"), server={"methods": ["plain"]}) == 3
    monkeypatch.setattr(catalogue, "digest", lambda: b"another")
    assert judged(acme, record("a", name="A"), record("b"), server={"methods": ["plain"]}) == 3


def test_an_app_that_ended_keeps_its_verdicts_and_is_judged_by_todays_rules_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acme = tenant()
    judged(acme, record("a"), record("b"))
    before = Assessment.objects.filter(app__client_id="b").values().get()
    monkeypatch.setattr(catalogue, "digest", lambda: b"another")
    assert judged(acme, record("a")) == 2
    assert Assessment.objects.filter(app__client_id="b").values().get() == before
    assert judged(acme, record("a"), record("b")) == 1


def test_what_a_tenant_was_said_to_be_counts_as_it_is_now_and_not_as_the_scan_began() -> None:
    acme = tenant(environment="production")
    lease = lease_of(acme)
    ingest(lease, Memory(Listing([[record("a")]])))
    Tenant.objects.update(environment="development")
    assert evaluate(lease) == 2
    assert evaluate(lease) == 0
    Tenant.objects.update(environment="production")
    assert evaluate(lease) == 2


def test_a_verdict_is_given_again_at_the_instant_that_it_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = {"at": timezone.now() + timedelta(hours=1)}

    def expires(client_id: str | None, now: datetime) -> Result:
        return Result(Outcome.PASS, "not yet", due=ends["at"]) if now < ends["at"] else failed("over")

    catalogue_of(monkeypatch, declare(expires))
    acme = tenant()
    scanned(acme, record("a"))
    assert Assessment.objects.get(app__isnull=False).due_at == ends["at"]
    assert judged(acme, record("a")) == 0
    ends["at"] -= timedelta(hours=2)
    Assessment.objects.filter(app__isnull=False).update(due_at=ends["at"])
    assert judged(acme, record("a")) == 1
    assert outcomes() == {"ACME-01": "fail"}
    assert Assessment.objects.get(app__isnull=False).due_at is None


def test_a_control_that_raises_is_an_error_of_its_own_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def sound(client_id: str | None) -> Result:
        return passed("there")

    def broken(client_name: str | None) -> Result:
        raise ZeroDivisionError

    catalogue_of(monkeypatch, declare(sound), declare(broken, "ACME-02"))
    acme = tenant()
    scanned(acme, record("a"))
    assert outcomes() == {"ACME-01": "pass", "ACME-02": "error"}
    assert judged(acme, record("a")) == 1


def test_what_was_not_observed_is_unknown_with_its_reason() -> None:
    def owned(owners: list[str] | None) -> Result:
        return passed("there")

    with pytest.MonkeyPatch.context() as patch:
        catalogue_of(patch, declare(owned))
        scanned(tenant(), record("a"))
        (one,) = shown.verdicts_of(App.objects.get())
        assert one.outcome is Outcome.UNKNOWN
        assert [(why.fact, str(why.reason), why.detail) for why in one.reasons] == [("owners", "denied", "side-read")]
        assert isinstance(one.facts["owners"].value, NotObserved)


def test_history_tells_every_move_and_since_when_the_outcome_before_had_held() -> None:
    acme = tenant()
    scanned(acme, record("a", uris=SOUND))
    first = Assessment.objects.get(app__isnull=False).judged_at
    scanned(acme, record("a", uris=SOUND, name="A"))
    second = scanned(acme, record("a", uris=LOOSE, name="A"))
    third = scanned(acme, record("a", uris=SOUND, name="A"))
    moves = [
        (one.sync, one.before.outcome, one.before_since, one.after and one.after.outcome)
        for one in VerdictChange.objects.filter(control_id="RED-03").order_by("at")
    ]
    failed_at = VerdictChange.objects.filter(control_id="RED-03").order_by("at")[0].at
    assert moves == [(second, "pass", first, "fail"), (third, "fail", failed_at, "pass")]


def test_a_control_that_left_the_catalogue_is_in_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    def sound(client_id: str | None) -> Result:
        return passed("there")

    stays, leaves, acme = declare(sound), declare(sound, "ACME-02"), tenant()
    catalogue_of(monkeypatch, stays, leaves)
    scanned(acme, record("a"))
    since = Assessment.objects.get(app__isnull=False).judged_at
    catalogue_of(monkeypatch, stays)
    for _ in range(2):
        scanned(acme, record("a"))
    gone = VerdictChange.objects.get()
    assert (gone.control_id, gone.before.outcome, gone.before_since, gone.after) == ("ACME-02", "pass", since, None)
    assert list(outcomes()) == ["ACME-01"]


def test_the_same_verdict_is_stored_once_however_many_apps_have_it() -> None:
    acme = tenant()
    scanned(acme, *(record(f"app-{number}", uris=SOUND) for number in range(20)))
    held = Assessment.objects.filter(app__isnull=False).values_list("verdicts", flat=True)
    assert len({tuple(verdicts) for verdicts in held}) == 1


def rows_but_of_the_scan_itself() -> dict[str, list[tuple[Any, ...]]]:
    """Place and writing transaction of every row, by table: a row that is written anew has others."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table not in {"inventory_sync", "posture_coverage", "posture_gap"}:
                cursor.execute(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY 1")  # noqa: S608
                found[table] = cursor.fetchall()
    return found


def queries_of_an_unchanged_scan(apps: int) -> int:
    acme, records = tenant(f"{apps} apps"), [record(f"app-{number}", uris=LOOSE) for number in range(apps)]
    scanned(acme, *records)
    before = rows_but_of_the_scan_itself()
    with CaptureQueriesContext(connection) as queries:
        sync = scanned(acme, *records)
    assert sync.apps_seen == apps
    assert rows_but_of_the_scan_itself() == before
    return len(queries)


def test_an_unchanged_scan_is_as_many_queries_for_300_apps_as_for_3_and_writes_no_row_of_theirs() -> None:
    assert queries_of_an_unchanged_scan(3) == queries_of_an_unchanged_scan(300) < 60


def test_a_person_states_a_fact_and_the_app_is_judged_by_it_at_once() -> None:
    acme = tenant()
    scanned(acme, record("a", uris=["http://localhost/cb"]), record("b"))
    app, before = App.objects.get(client_id="a"), outcomes()
    others = Assessment.objects.exclude(app=app).values()
    untouched = list(others)
    attest.record_fact(app, "environment", "production", None)
    moved = {name: (before[name], after) for name, after in outcomes().items() if after != before[name]}
    assert moved
    assert {one.control_id: (one.before.outcome, one.after.outcome) for one in VerdictChange.objects.all()} == moved
    attest.withdraw(app, "environment")
    assert outcomes() == before
    assert list(others) == untouched
    assert judged(acme, record("a", uris=["http://localhost/cb"]), record("b")) == 0


@pytest.mark.parametrize(
    ("fact", "value"),
    [("environment", "moon"), ("environment", True), ("marked_high_value", "yes"), ("client_name", "A"), ("none", 1)],
)
def test_what_nobody_can_state_is_refused(fact: str, value: Any) -> None:
    scanned(tenant(), record("a"))
    with pytest.raises(ValueError, match=fact):
        attest.record_fact(App.objects.get(), fact, value, None)
    assert not App.objects.get().attestations.exists()


def test_a_fact_stated_before_the_first_scan_of_an_app_ended_waits_for_its_return() -> None:
    acme = tenant()
    scanned(acme, record("a"))
    scanned(acme)
    attest.record_fact(App.objects.get(), "environment", "production", None)
    assert judged(acme, record("a")) == 1


def test_the_policy_that_judged_is_named_and_another_judges_all_again() -> None:
    acme, strict = tenant(), profile("strict")
    scanned(acme, record("a"))
    lease = lease_of(acme)
    assert evaluate(lease, strict) == 2
    assert evaluate(lease, strict) == 0
    names = {one.verdict.policy.name for one in shown.verdicts_of(App.objects.get())}
    assert names == {"strict"}
    assert sorted(outcomes()) == sorted(catalogue.by_id())
