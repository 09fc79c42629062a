"""A control as JSON: what the command line, the API, the evidence and the generated reference say of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from posture.control import Control
from posture.policy import COMPENSATING_SETS


def control_json(control: Control) -> dict[str, Any]:
    """Everything of a control but the function that decides. `mappings` are ids by framework; `requested` are the two
    ids that readers look for, with how well they fit and why, and stand among the mappings too."""
    requested = asdict(control.requested)
    return {
        "id": control.id,
        "version": control.version,
        "title": control.title,
        "family": control.family.name,
        "subject": control.subject.value,
        "check": control.check,
        "applies": control.applies_text,
        "rationale": control.rationale,
        "severity": control.level.value,
        "severity_factors": control.severity.factors,
        "severity_why": control.severity.why,
        "profiles": asdict(control.profiles),
        "remediation": {"summary": control.fix, "platforms": dict(control.platforms)},
        "citations": list(control.citations),
        "known_cases": list(control.known_cases),
        "note": control.note,
        "requested": requested,
        "mappings": {"requested": requested, **{name: list(ids) for name, ids in control.mappings.items()}},
        "compensation": [list(alternative) for alternative in COMPENSATING_SETS.get(control.compensation, ())],
    }
