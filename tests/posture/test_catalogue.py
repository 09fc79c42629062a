"""What the catalogue holds, and how a control is added."""

from __future__ import annotations

import dataclasses
import json
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from connectors.facts import NotObserved, Reason, from_json, to_json
from posture import catalogue
from posture.described import control_json
from posture.signature import ControlError
from tests.posture.cases import outcome

HERE = {
    *("JAR-01", "JAR-02", "JAR-03", "JAR-05", "JARM-01", "JARM-02", "JARM-04", "PKCE-01", "PKCE-02", "PKCE-03"),
    *("PKCE-05", *(f"RED-{number:02}" for number in (*range(1, 10), 12, 13)), "RSP-01", "RSP-03", "PAR-01", "PAR-02"),
    *("GRT-01", "VIS-01"),
}


def test_the_controls_of_this_release_are_there() -> None:
    assert catalogue.by_id().keys() >= HERE


_PROBE_BY_NUMBER = (
    "P-11 ACCEPTED means 'not refused before sign-in'; a server may still refuse later, so confidence is medium unless"
    " the provider profile says it checks early."
)
_PROBE_IN_WORDS = (
    "A server that lets a request without code_challenge through to the log-in may still refuse it later: such a probe"
    " proves a refusal, not that none follows."
)
_HOW_KNOWN = {"(V1": "(advisory read", "(V2": "(from third-party lists", "(M": "(not checked"}


def _own_words(case: str) -> str:
    """A known case with the catalogue's mark of how it is known, in words."""
    for mark, words in _HOW_KNOWN.items():
        case = case.replace(f"{mark})", f"{words})")
    return case


@pytest.mark.parametrize("control_id", sorted(HERE))
def test_the_texts_are_those_of_the_published_catalogue(shared: Path, control_id: str) -> None:
    published = {one["id"]: one for one in json.loads((shared / "controls/catalogue.json").read_text())["controls"]}
    theirs, ours = published[control_id], control_json(catalogue.by_id()[control_id])
    assert ours["subject"] == theirs["subject"].replace(" ", "_")
    for member in ("title", "check", "family", "profiles"):
        assert ours[member] == theirs[member]
    severity = theirs["severity"]
    assert ours["severity"] == severity["level"]
    assert ours["severity_factors"] == severity["factors"]
    assert ours["severity_why"] == severity["rationale"]
    assert ours["remediation"] == {
        "summary": theirs["remediation"]["summary"],
        "platforms": theirs["remediation"]["platform"],
    }
    # Ours cite published documents only.
    assert ours["citations"] == [cited for cited in theirs["citations"] if not cited.startswith("the ")]
    assert ours["note"] == (theirs["note"] or "").replace(_PROBE_BY_NUMBER, _PROBE_IN_WORDS)
    assert bool(ours["compensation"]) == bool(theirs["compensating_controls"])
    if control_id != "RED-04":  # one of its cases says in more words how it is known
        assert ours["known_cases"] == [_own_words(case) for case in theirs["known_cases"]]


@pytest.mark.parametrize("control_id", sorted(HERE))
def test_the_mappings_are_those_of_the_published_catalogue(shared: Path, control_id: str) -> None:
    published = {one["id"]: one for one in json.loads((shared / "controls/catalogue.json").read_text())["controls"]}
    theirs, ours = published[control_id]["mappings"], control_json(catalogue.by_id()[control_id])["mappings"]
    assert ours["requested"] == theirs["requested"]
    assert (ours["requested"]["owasp_as_written"], ours["requested"]["csf11"]) == ("NHI-02", "PR.AC-3")
    named = {
        role: [one["id"] for one in theirs["owasp_nhi_2025"] if one["role"] == role] for role in ("primary", "also")
    }
    assert ours.get("owasp_nhi_2025", []) == named["primary"]
    assert ours.get("owasp_nhi_2025_also", []) == named["also"]
    for framework in theirs.keys() - {"requested", "owasp_nhi_2025"}:
        assert ours.get(framework, []) == theirs[framework], framework


def test_the_guides_example_is_a_control_in_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs/how-to/add-a-control.md"
    example = guide.read_text().split("```python\n")[1].split("```")[0]
    example = example.replace("ACME-01", "GUIDE-01").replace("acme_01", "guide_01")  # whoever tries it has the other
    (tmp_path / "acme_controls_example.py").write_text(example)
    monkeypatch.syspath_prepend(str(tmp_path))
    offered = EntryPoint("acme", "acme_controls_example", catalogue.ENTRY_POINTS)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [offered] if group == offered.group else [])
    catalogue.controls.cache_clear()
    try:
        assert "GUIDE-01" in {one.id for one in catalogue.controls()}
        assert outcome("GUIDE-01", {"contacts": ["ops@example.com"]}) == "pass"
        assert outcome("GUIDE-01", {"contacts": []}) == "fail"
        assert outcome("GUIDE-01", {"contacts": ["ops@example.com"] * 9}) == "warn"
    finally:
        catalogue.controls.cache_clear()
        sys.modules.pop("acme_controls_example", None)


def test_two_controls_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = dataclasses.replace(catalogue.by_id()["PKCE-01"], title="Another")
    offered = types.SimpleNamespace(load=lambda: types.SimpleNamespace(twin=twin))
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [offered])
    catalogue.controls.cache_clear()
    try:
        with pytest.raises(ControlError, match="two controls have the id PKCE-01"):
            catalogue.controls()
    finally:
        catalogue.controls.cache_clear()


def test_a_change_of_what_judges_is_another_digest(tmp_path: Path) -> None:
    (tmp_path / "controls").mkdir()
    for name in ("engine.py", "controls/pkce.py", "controls/pkce.json"):
        (tmp_path / name).write_text("")
    before = catalogue.source_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    assert catalogue.source_digest(tmp_path) == before
    for name in ("engine.py", "controls/pkce.py", "controls/pkce.json"):
        (tmp_path / name).write_text("changed")
        after = catalogue.source_digest(tmp_path)
        assert after != before
        before = after


def test_a_fact_survives_json_and_has_no_truth_value_unseen() -> None:
    facts = {"client_name": "Ledger", "redirect_uris": None, "owners": NotObserved(Reason.DENIED, "ask for it")}
    assert from_json(json.loads(json.dumps(to_json(facts)))) == facts
    with pytest.raises(TypeError):
        bool(facts["owners"])
    assert all(reason.remedy and reason.actor for reason in Reason)
