"""The engine: what a signature asks for is supplied, or the verdict says why it cannot be."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from connectors.facts import NotObserved, Reason, Rung, Subject
from posture.control import Control, Family, Profiles, Requested, Severity, UnseenInput, control
from posture.engine import Judgement, facts_read, judge_client, judge_server, order, reads_client_facts
from posture.evidence import Evidence
from posture.outcome import (
    Addressee,
    Missing,
    Outcome,
    Result,
    Truth,
    all_of,
    any_of,
    equals,
    failed,
    flag,
    not_applicable,
    passed,
    passes,
    unknown,
    warned,
)
from posture.policy import BASELINE, Policy
from posture.signature import ControlError
from tests.posture.cases import NOW, SERVER, UNSEEN, WEB_APP

FAMILY = Family("ACME", "House rules", Requested("partial", "because"), {})
PROFILES = Profiles("required", "required", "required")


def declare(decide: Callable[..., Result], control_id: str = "ACME-01", **others: Any) -> Control:
    return control(
        control_id,
        "A rule",
        check="",
        family=FAMILY,
        severity=Severity(2, 2, 2, 2),
        profiles=PROFILES,
        fix="",
        citations=(),
        **others,
    )(decide)


def judged(
    *controls: Control, policy: Policy = BASELINE, client: dict[str, Any] | None = None, **rungs: Rung
) -> dict[str, Judgement]:
    server = Evidence(SERVER, Rung.ADVERTISED, {})
    ordered = order(controls)
    of_server = judge_server(server, ordered, policy, NOW)
    facts = Evidence(WEB_APP | (client or {}), Rung.DECLARED, rungs)
    return judge_client(facts, server, of_server, ordered, policy, NOW)


def acme_01(contacts: list[str] | None) -> Result:
    """Somebody must answer."""
    return passed("a contact is registered") if contacts else failed("no contact is registered")


def test_a_fact_that_was_not_seen_makes_the_verdict_unknown_and_the_control_is_not_called() -> None:
    verdict = judged(declare(acme_01), client={"contacts": UNSEEN})["ACME-01"]
    assert (verdict.outcome, verdict.rung) == ("unknown", None)
    assert verdict.reasons == (NotObserved(UNSEEN.reason, UNSEEN.detail, "contacts"),)


def test_a_fact_that_no_connector_speaks_of_is_not_observed_either() -> None:
    (reason,) = judged(declare(acme_01))["ACME-01"].reasons
    assert (reason.fact, reason.reason) == ("contacts", Reason.NOT_RETURNED)


@pytest.mark.parametrize(("contacts", "outcome"), [(["a@example.com"], "pass"), ([], "fail"), (None, "fail")])
def test_a_fact_seen_to_be_absent_is_judged(contacts: list[str] | None, outcome: str) -> None:
    assert judged(declare(acme_01), client={"contacts": contacts})["ACME-01"].outcome == outcome


def test_a_control_that_admits_what_is_unseen_is_called_with_it() -> None:
    def decide(contacts: list[str] | NotObserved | None) -> Result:
        return warned("unseen") if isinstance(contacts, NotObserved) else passed("seen")

    assert judged(declare(decide), client={"contacts": UNSEEN})["ACME-01"].outcome == "warn"


def test_client_and_server_facts_of_one_name_are_told_apart() -> None:
    def decide(jwks_uri: str | None, server_jwks_uri: str | None, issuer: str | None) -> Result:
        return passed("", client=jwks_uri, server=server_jwks_uri, issuer=issuer)

    server = Evidence(SERVER | {"jwks_uri": "https://id.example.com/keys"}, Rung.ADVERTISED, {})
    rule = declare(decide)
    client = Evidence(WEB_APP, Rung.DECLARED, {})
    found = judge_client(client, server, judge_server(server, (rule,), BASELINE, NOW), (rule,), BASELINE, NOW)
    assert found["ACME-01"].specifics == {
        "client": WEB_APP["jwks_uri"],
        "server": "https://id.example.com/keys",
        "issuer": SERVER["issuer"],
    }
    bare = Evidence(SERVER | {"jwks_uri": UNSEEN}, Rung.ADVERTISED, {})
    found = judge_client(client, bare, {}, (rule,), BASELINE, NOW)
    assert [reason.fact for reason in found["ACME-01"].reasons] == ["server_jwks_uri"]


def test_now_is_the_time_of_the_evaluation_and_the_due_instant_is_kept() -> None:
    def decide(now: datetime) -> Result:
        return passed("")._replace(due=now)

    assert judged(declare(decide))["ACME-01"].due == NOW


def test_a_policy_sets_a_tunable_and_else_its_default_holds() -> None:
    def decide(contacts: list[str] | None, *, most: int = 1) -> Result:
        return warned("too many") if len(contacts or ()) > most else passed("")

    two = {"contacts": ["a@example.com", "b@example.com"]}
    rule = declare(decide)
    assert judged(rule, client=two)["ACME-01"].outcome == "warn"
    assert judged(rule, client=two, policy=Policy("acme", 1, {"most": 2}))["ACME-01"].outcome == "pass"


# What a control returns, its applicability, and what is made of both.


def applies_where(truth: Any) -> Callable[..., Any]:
    def applies(contacts: list[str] | NotObserved | None) -> Any:
        """it is asked for"""
        return truth

    return applies


@pytest.mark.parametrize(
    ("truth", "outcome", "words"),
    [
        (True, "fail", "no contact"),
        (False, "not_applicable", "applies only where it is asked for"),
        (not_applicable("no use of it"), "not_applicable", "no use of it"),
        (Missing((UNSEEN,)), "unknown", "whether the control applies"),
        (UNSEEN, "unknown", "whether the control applies"),
    ],
)
def test_applicability_has_three_values(truth: Any, outcome: str, words: str) -> None:
    verdict = judged(declare(acme_01, applies=applies_where(truth)), client={"contacts": []})["ACME-01"]
    assert verdict.outcome == outcome
    assert words in verdict.message
    assert bool(verdict.reasons) == (outcome == "unknown")


def test_a_control_that_raises_is_an_error_and_the_others_are_judged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(contacts: list[str] | NotObserved | None) -> Result:
        raise ZeroDivisionError

    verdicts = judged(declare(broken), declare(acme_01, "ACME-02"), client={"contacts": []})
    assert (verdicts["ACME-01"].outcome, verdicts["ACME-01"].rung) == ("error", None)
    assert verdicts["ACME-02"].outcome == "fail"
    assert "control ACME-01 raised" in caplog.text


def test_a_truth_value_of_something_unseen_is_an_error_not_a_pass() -> None:
    def careless(contacts: list[str] | NotObserved | None) -> Result:
        return passed("") if contacts else failed("")

    assert judged(declare(careless), client={"contacts": UNSEEN})["ACME-01"].outcome == "error"


def test_a_result_that_rests_on_what_was_not_asked_for_is_an_error() -> None:
    def decide(contacts: list[str] | None) -> Result:
        return passed("", because=("owners",))

    assert judged(declare(decide), client={"contacts": []})["ACME-01"].outcome == "error"


# Controls that ask for each other.


def asks(needed: str) -> Callable[..., Result]:
    """A control that asks for the outcome of another."""

    def decide(outcome: Outcome) -> Result:
        return passed("", saw=str(outcome))

    parameter = inspect.Parameter(needed, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Outcome)
    decide.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    decide.__annotations__ = {needed: Outcome, "return": Result}
    return decide


def test_a_control_comes_after_those_it_asks_for() -> None:
    first, second, third = (
        declare(asks("acme_02"), "ACME-01"),
        declare(asks("acme_03"), "ACME-02"),
        declare(acme_01, "ACME-03"),
    )
    assert [rule.id for rule in order([first, second, third])] == ["ACME-03", "ACME-02", "ACME-01"]
    verdicts = judged(first, second, third, client={"contacts": []})
    assert verdicts["ACME-02"].specifics == {"saw": "fail"}


@pytest.mark.parametrize(
    ("needs", "words"),
    [({"ACME-01": "acme_02", "ACME-02": "acme_01"}, "circle"), ({"ACME-01": "acme_09"}, "does not exist")],
)
def test_circles_and_controls_that_do_not_exist_are_refused(needs: dict[str, str], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        order(declare(asks(needed), control_id) for control_id, needed in needs.items())


def test_the_reasons_of_a_control_that_was_asked_for_are_ours_too() -> None:
    def decide(acme_01: Outcome) -> Result:
        return unknown("open") if acme_01 is Outcome.UNKNOWN else passed("")

    verdicts = judged(declare(acme_01), declare(decide, "ACME-02"), client={"contacts": UNSEEN})
    assert [reason.fact for reason in verdicts["ACME-02"].reasons] == ["contacts"]


def test_what_the_others_could_not_see_comes_last_with_their_severity() -> None:
    def decide(unseen_inputs: tuple[UnseenInput, ...]) -> Result:
        return passed("", seen=[(one.fact.fact, one.severity.value) for one in unseen_inputs])

    rules = declare(decide, "ACME-01"), declare(acme_01, "ACME-02")
    assert [rule.id for rule in order(rules)] == ["ACME-02", "ACME-01"]
    assert judged(*rules, client={"contacts": UNSEEN})["ACME-01"].specifics == {"seen": [("contacts", "medium")]}


# Server controls.


def on_server(issuer: str | None, contacts: list[str] | NotObserved | None) -> Result:
    if isinstance(contacts, list) and contacts:
        return failed("", because=("contacts",))
    return passed("", because=("issuer",))


def test_a_server_is_judged_without_clients_and_a_clients_facts_change_the_verdict_for_it_alone() -> None:
    rule = declare(on_server, subject=Subject.AUTHORIZATION_SERVER)
    server = Evidence(SERVER, Rung.ADVERTISED, {})
    alone = judge_server(server, (rule,), BASELINE, NOW)["ACME-01"]
    assert (alone.outcome, alone.addressee, alone.rung) == ("pass", Addressee.PLATFORM, Rung.ADVERTISED)
    verdict = judged(rule, client={"contacts": ["a@example.com"]})["ACME-01"]
    assert (verdict.outcome, verdict.addressee, verdict.rung) == ("fail", Addressee.OWNER, Rung.DECLARED)
    assert judged(rule, client={"contacts": []})["ACME-01"].addressee is Addressee.PLATFORM
    assert reads_client_facts(rule)
    assert facts_read(rule, None, server)["issuer"] == SERVER["issuer"]


# Three-valued logic.

U = Missing((UNSEEN,))


@pytest.mark.parametrize(
    ("parts", "both", "either"),
    [
        ((True, True), True, True),
        ((True, False), False, True),
        ((False, False), False, False),
        ((True, U), None, True),
        ((False, U), False, None),
        ((U, UNSEEN), None, None),
        ((), True, False),
    ],
)
def test_and_and_or_are_open_only_while_it_matters(
    parts: tuple[Truth, ...], both: bool | None, either: bool | None
) -> None:
    for found, expected in ((all_of(*parts), both), (any_of(*parts), either)):
        assert (None if isinstance(found, Missing) else found) is expected


def test_what_is_missing_is_named_once_in_order() -> None:
    other = NotObserved(Reason.FAILED, "", "other")
    found = all_of(U, other, Missing((UNSEEN, other)))
    assert isinstance(found, Missing)
    assert found.facts == (UNSEEN, other)


def test_facts_and_outcomes_as_truths() -> None:
    assert (flag(None), flag(False), flag(True), flag(UNSEEN)) == (False, False, True, UNSEEN)
    assert (equals("a", "a"), equals(None, "a"), equals(UNSEEN, "a")) == (True, False, UNSEEN)
    assert [passes(outcome) for outcome in (Outcome.PASS, Outcome.WARN, Outcome.NOT_APPLICABLE)] == [True, False, False]
    assert all(isinstance(passes(outcome), Missing) for outcome in (Outcome.UNKNOWN, Outcome.ERROR))
    with pytest.raises(TypeError):
        bool(U)
