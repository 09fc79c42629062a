"""From a real export file to verdicts, history and counts, in the real database."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connectors.files import open_export
from inventory import leases, tenants
from inventory.models import App, Observation, Reading, Record, Sync
from posture import scan, shown
from posture.models import Assessment, Coverage, Gap, VerdictChange

pytestmark = pytest.mark.django_db


def client(client_id: str, **changes: Any) -> dict[str, Any]:
    sound = {
        "client_id": client_id,
        "redirect_uris": [f"https://{client_id}.example.com/cb"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "application_type": "web",
    }
    return sound | changes


def scanned(path: Path, *clients: dict[str, Any]) -> Sync:
    path.write_text(json.dumps(list(clients)))
    connector = open_export(path)
    tenant = tenants.for_file(path, connector.kind)
    return scan.run(leases.request_sync(tenant).pk, connector)


def outcomes(client_id: str) -> dict[str, str]:
    app = App.objects.get(client_id=client_id)
    return {one.control.id: str(one.outcome) for one in shown.verdicts_of(app)}


def test_a_file_is_scanned_and_judged(tmp_path: Path) -> None:
    sync = scanned(tmp_path / "clients.json", client("sound"), client("loose", response_types=["token"]))
    assert (sync.state, sync.error, sync.apps_added) == (Sync.State.DONE, "", 2)
    assert outcomes("sound")["RSP-03"] == "pass"
    assert outcomes("loose")["RSP-03"] == "fail"
    assert "error" not in outcomes("sound").values()


def test_a_scan_that_finds_nothing_new_writes_no_app_reading_or_assessment(tmp_path: Path) -> None:
    kept = (App, Record, Reading, Observation, Assessment, VerdictChange)
    scanned(tmp_path / "clients.json", client("one"), client("two"))
    before = [list(model.objects.order_by("pk").values()) for model in kept]
    again = scanned(tmp_path / "clients.json", client("one"), client("two"))
    assert (again.apps_added, again.apps_changed, again.apps_ended) == (0, 0, 0)
    assert [list(model.objects.order_by("pk").values()) for model in kept] == before


def test_an_outcome_that_moves_is_history_and_the_others_keep_their_since(tmp_path: Path) -> None:
    scanned(tmp_path / "clients.json", client("one"))
    app = App.objects.get()
    first = {one.control.id: one.since for one in shown.verdicts_of(app)}
    scanned(tmp_path / "clients.json", client("one", response_types=["code", "token"]))
    changes = VerdictChange.objects.filter(app=app, control_id="RSP-03")
    assert [(change.before.outcome, change.after.outcome) for change in changes] == [("pass", "fail")]
    now = {one.control.id: one.since for one in shown.verdicts_of(app)}
    assert now["RSP-03"] > first["RSP-03"]
    assert now["RED-01"] == first["RED-01"]


def test_an_app_that_is_gone_has_ended_and_keeps_its_row_when_it_comes_back(tmp_path: Path) -> None:
    scanned(tmp_path / "clients.json", client("one"), client("two"))
    gone = scanned(tmp_path / "clients.json", client("one"))
    two = App.objects.get(client_id="two")
    assert gone.apps_ended == 1
    assert two.ended_at is not None
    scanned(tmp_path / "clients.json", client("one"), client("two"))
    back = App.objects.get(client_id="two")
    assert (back.pk, back.first_seen_at, back.ended_at) == (two.pk, two.first_seen_at, None)


def test_another_file_ends_nothing_in_this_one(tmp_path: Path) -> None:
    scanned(tmp_path / "one.json", client("one"))
    scanned(tmp_path / "two.json", client("two"))
    assert App.objects.filter(ended_at=None).count() == 2


def test_coverage_equals_a_recount(tmp_path: Path) -> None:
    sync = scanned(tmp_path / "clients.json", client("one"), client("two", redirect_uris=["http://two.example.com/cb"]))
    counted = Counter[tuple[str, str, str]]()
    for app in App.objects.all():
        for one in shown.verdicts_of(app):
            if one.control.subject == "client":
                counted[one.control.id, str(one.outcome), str(one.addressee)] += 1
    stored = {
        (row.control_id, row.outcome, row.addressee): row.count
        for row in Coverage.objects.filter(sync=sync)
        if (row.control_id, row.outcome, row.addressee) in counted
    }
    assert stored == dict(counted)
    seen = Gap.objects.get(sync=sync, subject="client", fact="redirect_uris", reason="")
    assert seen.count == 2


def test_real_realm_exports_are_scanned_without_an_error_verdict(shared: Path) -> None:
    for name in (
        "jhipster-kc23.json",
        "kc-adapter-demo-26clients.json",
        "master-kc26-5.json",
        "kc-migration-1.9.8.json",
    ):
        path = shared / "data" / "realms" / name
        connector = open_export(path)
        sync = scan.run(leases.request_sync(tenants.for_file(path, connector.kind)).pk, connector)
        assert (sync.state, sync.error) == (Sync.State.DONE, "")
        assert sync.apps_seen
        for app, verdicts in shown.many(App.objects.filter(tenant=sync.tenant)):
            assert "error" not in {str(one.outcome) for one in verdicts}, app
