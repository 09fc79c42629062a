"""What could not be seen: a result of its own, so that a blind spot never hides among the passes."""

from __future__ import annotations

from pathlib import Path

from connectors.facts import Reason
from posture.control import Level, UnseenInput
from posture.outcome import Result, failed, passed, warned
from posture.texts import load

VISIBILITY = load(Path(__file__).with_suffix(".json"))

MENDABLE = frozenset({Reason.DENIED, Reason.LICENCE, Reason.FAILED, Reason.EXPIRED})
"""Reasons that somebody here can mend."""


@VISIBILITY.control("VIS-01")
def vis_01(unseen_inputs: tuple[UnseenInput, ...]) -> Result:
    """A setting that nobody can read may be wrong for years. The inputs are those that the controls on this client
    asked for and did not get."""
    if not unseen_inputs:
        return passed("every input of the controls was seen")
    facts = sorted({unseen.fact.fact for unseen in unseen_inputs})
    mendable = sorted({u.fact.fact for u in unseen_inputs if u.fact.reason in MENDABLE and _is_severe(u.severity)})
    if mendable:
        message = "inputs of severe controls are missing for a reason that somebody here can mend"
        return failed(message, mendable=mendable, missing=facts)
    return warned("inputs of the controls could not be seen", missing=facts)


def _is_severe(level: Level) -> bool:
    return level.rank >= Level.HIGH.rank
