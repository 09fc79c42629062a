"""What a policy demands, and what makes up for a control that is missing."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from connectors.facts import Rung
from posture.control import Level, Severity
from posture.evidence import Evidence
from posture.outcome import Outcome
from posture.policy import BASELINE, PROFILES, Policy, is_strict
from tests.posture.cases import UNSEEN


class Judged(NamedTuple):
    outcome: Outcome


def proved(name: str, passing: str, policy: Policy = BASELINE, **facts: Any) -> tuple[str, ...]:
    """What is proved where these controls pass and all others are unknown."""
    verdicts = {control_id: Judged(Outcome.PASS) for control_id in passing.split()}
    others = {one: Judged(Outcome.UNKNOWN) for one in ("PKCE-01", "RED-01", "RED-02", "RSP-01", "RSP-03", "PAR-02")}
    return policy.compensates(name, others | verdicts, Evidence(facts, Rung.DECLARED, {}))


JARM = "PKCE-01 RSP-03 RED-01"


@pytest.mark.parametrize(
    ("name", "passing", "facts", "expected"),
    [
        ("JAR", "PAR-02", {}, ("PAR-02",)),
        ("JAR", "PKCE-01 RED-02 RSP-01", {}, ("PKCE-01", "RED-02", "RSP-01")),
        ("JAR", "PKCE-01 RED-02", {}, ()),
        ("JARM", f"{JARM} RSP-01", {"iss_excluded": False}, ("PKCE-01", "RSP-03", "RED-01", "RSP-01")),
        ("JARM", f"{JARM} RSP-01", {"iss_excluded": True}, ()),
        ("JARM", f"{JARM} RSP-01", {"iss_excluded": UNSEEN}, ()),
        ("JARM", JARM, {"single_issuer": True}, ("PKCE-01", "RSP-03", "RED-01", "single issuer")),
        ("JARM", JARM, {"single_issuer": UNSEEN}, ()),
        ("JARM", "RSP-03 RED-01 RSP-01", {"iss_excluded": False}, ()),
        ("RED-01", "PAR-02", {}, ("PAR-02",)),
        ("RED-01", "", {}, ()),
        ("PKCE-01", "PAR-02", {}, ()),
    ],
)
def test_a_set_is_proved_only_where_every_member_is(
    name: str, passing: str, facts: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert proved(name, passing, **({"iss_excluded": None} | facts)) == expected


def test_a_tenant_may_have_sets_of_its_own() -> None:
    policy = Policy("acme", 1, compensating_sets={"JAR": (("RSP-03",),)})
    assert proved("JAR", "RSP-03", policy) == ("RSP-03",)
    assert proved("JAR", "PAR-02", policy) == ()


def test_every_change_of_a_policy_is_another_digest() -> None:
    policies = [
        BASELINE,
        Policy("acme"),
        Policy(version=2),
        Policy(tunables={"profile": "strict"}),
        Policy(compensating_sets={}),
    ]
    assert len({policy.digest for policy in policies}) == len(policies)
    assert Policy().digest == BASELINE.digest


def test_message_signing_includes_strict() -> None:
    assert [is_strict(name) for name in PROFILES] == [False, True, True]


@pytest.mark.parametrize(
    ("factors", "level", "weight"),
    [
        ((1, 1, 1, 1), "note", 1.0),
        ((1, 2, 1, 2), "low", 2.67),
        ((2, 2, 1, 3), "high", 5.0),
        ((1, 3, 3, 2), "high", 4.67),
        ((3, 1, 3, 3), "critical", 7.0),
        ((3, 3, 3, 1), "medium", 3.0),
    ],
)
def test_severity_is_likelihood_by_impact(factors: tuple[int, int, int, int], level: str, weight: float) -> None:
    severity = Severity(*factors)
    assert (severity.level, severity.weight) == (level, weight)


def test_a_level_is_lowered_by_one_step_down_to_note() -> None:
    assert [level.lowered() for level in Level] == [Level.NOTE, Level.NOTE, Level.LOW, Level.MEDIUM, Level.HIGH]
