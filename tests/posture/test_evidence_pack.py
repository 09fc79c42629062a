"""The evidence export can be checked by whoever receives it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from inventory.models import App
from posture import evidence_pack
from tests.posture.test_scan import client, scanned

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_manifest_seals_every_line_before_it(tmp_path: Path) -> None:
    scanned(tmp_path / "clients.json", client("one"), client("two", response_types=["token"]))
    lines = list(evidence_pack.stream())
    manifest = json.loads(lines[-1])
    assert manifest["type"] == "manifest"
    assert manifest["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    assert manifest["sha256"] != hashlib.sha256(b"".join(lines[:-2])).hexdigest()


def test_every_app_is_there_with_all_of_its_verdicts(tmp_path: Path) -> None:
    scanned(tmp_path / "clients.json", client("one"), client("two", response_types=["token"]))
    records = [json.loads(line) for line in evidence_pack.stream()]
    apps = {record["client_id"]: record for record in records if record["type"] == "app"}
    assert set(apps) == set(App.objects.values_list("client_id", flat=True))
    judged = json.dumps(apps["two"])
    assert all(control_id in judged for control_id in ("RSP-03", "PKCE-01", "VIS-01"))
    assert '"fail"' in judged
