"""What the catalogue holds, and how a control is added."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from connectors.facts import NotObserved, Reason, from_json, to_json
from posture import catalogue
from posture.control import Family, Profiles, Requested, Severity, control
from posture.outcome import Outcome, Result, passed
from posture.signature import ControlError

HERE = {
    *("JAR-01", "JAR-02", "JAR-03", "JAR-05", "JARM-01", "JARM-02", "JARM-04", "PKCE-01", "PKCE-02", "PKCE-03"),
    *("PKCE-05", *(f"RED-{number:02}" for number in (*range(1, 10), 12, 13)), "RSP-01", "RSP-03", "PAR-01", "PAR-02"),
    *("GRT-01", "VIS-01"),
}
FAMILY = Family("ACME", "House rules", Requested("partial", "because"), {})
PROFILES = Profiles("required", "required", "required")


def declare(decide: object, control_id: str = "ACME-01") -> object:
    rule = {"check": "", "family": FAMILY, "severity": Severity(1, 1, 1, 1), "profiles": PROFILES}
    return control(control_id, "A rule", fix="", citations=(), **rule)(decide)  # type: ignore[arg-type]


def test_the_controls_of_this_release_are_there() -> None:
    assert set(catalogue.by_id()) == HERE


def test_titles_severities_and_profiles_are_those_of_the_published_catalogue(shared: Path) -> None:
    published = {one["id"]: one for one in json.loads((shared / "controls/catalogue.json").read_text())["controls"]}
    for control_id, ours in catalogue.by_id().items():
        theirs = published[control_id]
        assert (ours.title, ours.level) == (theirs["title"], theirs["severity"]["level"])
        assert ours.severity.factors == theirs["severity"]["factors"]
        assert ours.profiles.baseline == theirs["profiles"]["baseline"]
        assert ours.requested.owasp_as_written == "NHI-02"
        assert ours.requested.csf11 == "PR.AC-3"
        assert set(ours.mappings["nist_csf_2_0"]) == set(theirs["mappings"]["nist_csf_2_0"])


def test_a_control_from_another_package_is_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs/how-to/add-a-control.md"
    example = guide.read_text().split("```python\n")[1].split("```")[0]
    (tmp_path / "acme_controls_example.py").write_text(example)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("acme_controls_example")
    found = catalogue.controls_of(module)
    assert [one.id for one in found] == ["ACME-01"]
    assert found[0].decide(["ops@example.com"], None, most=8).outcome is Outcome.PASS
    del sys.modules["acme_controls_example"]


def test_a_control_that_is_written_wrongly_is_refused_at_import() -> None:
    def unknown_name(no_such_fact: str | None) -> Result:
        return passed("")

    def wrong_type(redirect_uris: str | None) -> Result:
        return passed("")

    def no_annotation(redirect_uris) -> Result:  # type: ignore[no-untyped-def]
        return passed("")

    for decide in (unknown_name, wrong_type, no_annotation):
        with pytest.raises(ControlError):
            declare(decide)


def test_a_fact_survives_json_and_has_no_truth_value_unseen() -> None:
    facts = {"client_name": "Ledger", "redirect_uris": None, "owners": NotObserved(Reason.DENIED, "ask for it")}
    assert from_json(json.loads(json.dumps(to_json(facts)))) == facts
    with pytest.raises(TypeError):
        bool(facts["owners"])
    assert all(reason.remedy and reason.actor for reason in Reason)
