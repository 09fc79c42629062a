"""A control or derived fact that is written wrongly is refused when its module is imported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from connectors.facts import NotObserved, Subject
from posture.outcome import Missing, Outcome, Result, passed
from posture.signature import ControlError, Origin, derived, derived_facts, read_signature
from tests.posture.test_engine import declare


def unknown_name(no_such_fact: str | None) -> Result:
    return passed("")


def wrong_type(redirect_uris: str | None) -> Result:
    return passed("")


def never_absent(redirect_uris: list[str]) -> Result:
    return passed("")


def no_annotation(redirect_uris) -> Result:  # type: ignore[no-untyped-def]
    return passed("")


def no_default(redirect_uris: list[str] | None, *, most: int) -> Result:
    return passed("")


def fact_of_server_with_wrong_type(server_jwks_uri: bool | None) -> Result:
    return passed("")


@pytest.mark.parametrize(
    ("decide", "words"),
    [
        (unknown_name, "no_such_fact is no fact"),
        (wrong_type, "redirect_uris is of type list"),
        (never_absent, "must admit None"),
        (no_annotation, "redirect_uris has no annotation"),
        (no_default, "tunable most has no default"),
        (fact_of_server_with_wrong_type, "server_jwks_uri is of type str"),
    ],
)
def test_a_wrong_signature_is_refused_with_what_is_wrong(decide: Callable[..., Result], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        declare(decide)


def test_applicability_must_decide_without_what_was_not_seen() -> None:
    def applies(contacts: list[str] | None) -> bool:
        return True

    def decide(contacts: list[str] | None) -> Result:
        return passed("")

    with pytest.raises(ControlError, match="applies must admit NotObserved or Missing for contacts"):
        declare(decide, applies=applies)


def everything(
    contacts: list[str] | None,
    owners: list[str] | NotObserved | None,
    issuer: str | None,
    server_jwks_uri: str | NotObserved | None,
    front_channel: bool,
    high_value: bool | Missing,
    par_01: Outcome,
    now: datetime,
    *,
    most: int = 3,
) -> Result:
    return passed("")


def test_a_signature_says_where_each_input_comes_from_and_whether_it_is_needed() -> None:
    parameters, tunables = read_signature(everything, Subject.CLIENT)
    assert [(one.origin, one.token, one.admits_unseen) for one in parameters] == [
        (Origin.CLIENT, "contacts", False),
        (Origin.CLIENT, "owners", True),
        (Origin.SERVER, "server_issuer", False),
        (Origin.SERVER, "server_jwks_uri", True),
        (Origin.DERIVED, "front_channel", False),
        (Origin.DERIVED, "high_value", True),
        (Origin.OUTCOME, "PAR-01", True),
        (Origin.NOW, "now", True),
    ]
    assert tunables == {"most": 3}


def test_in_a_control_on_servers_a_shared_name_is_the_servers() -> None:
    def decide(jwks_uri: str | None) -> Result:
        return passed("")

    for subject, token in ((Subject.CLIENT, "jwks_uri"), (Subject.AUTHORIZATION_SERVER, "server_jwks_uri")):
        assert declare(decide, subject=subject).tokens == (token,)


def with_tunable(contacts: list[str] | None, *, most: int = 1) -> int:
    return most


def scope(contacts: list[str] | None) -> str:
    return ""


@pytest.mark.parametrize(("function", "words"), [(with_tunable, "no tunables"), (scope, "the name of a fact")])
def test_a_derived_fact_has_no_tunables_and_a_name_of_its_own(function: Callable[..., Any], words: str) -> None:
    before = dict(derived_facts())
    with pytest.raises(ControlError, match=words):
        derived(function)
    assert derived_facts() == before


def test_every_derived_fact_says_how_it_is_derived() -> None:
    assert all(fact.meaning for fact in derived_facts().values())
