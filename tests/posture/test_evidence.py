"""What is known of a subject: the strongest reading of each fact, or why there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Reading, Source
from connectors.facts import CLIENT, NotObserved, Reason, Rung, Subject
from posture.evidence import NOTHING_SEEN, UNKNOWN_RUNG, Evidence, gather

SOURCE = Source("https://id.example.com/clients", datetime(2026, 6, 1, tzinfo=UTC))
DENIED = NotObserved(Reason.DENIED, "no view-clients")


def reading(rung: Rung, **facts: Any) -> Reading:
    return Reading(rung, SOURCE, facts)


def test_the_strongest_reading_of_each_fact_counts_whatever_their_order() -> None:
    declared = reading(Rung.DECLARED, pkce_required=True, scope="a", client_name="App")
    verified = reading(Rung.VERIFIED, pkce_required=False)
    attested = reading(Rung.ATTESTED, scope="b", environment="production")
    for readings in ([declared, verified, attested], [attested, verified, declared]):
        evidence = gather(readings, {}, {})
        assert evidence.facts == {
            "pkce_required": False,
            "scope": "a",
            "client_name": "App",
            "environment": "production",
        }
        rungs = {name: evidence.rung_of(name) for name in evidence.facts}
        assert rungs == {
            "pkce_required": Rung.VERIFIED,
            "scope": Rung.DECLARED,
            "client_name": Rung.DECLARED,
            "environment": Rung.ATTESTED,
        }


def test_of_two_readings_on_one_rung_the_later_counts() -> None:
    assert gather([reading(Rung.DECLARED, scope="a"), reading(Rung.DECLARED, scope="b")], {}, {}).get("scope") == "b"


def test_a_fact_that_was_read_is_not_hidden_by_a_reason_and_an_apps_reason_is_truer_than_the_connectors() -> None:
    constant = {"owners": NotObserved(Reason.NOT_RETURNED, "never"), "scope": NotObserved(Reason.NOT_RETURNED, "never")}
    evidence = gather([reading(Rung.ATTESTED, owners=["ops"])], {"scope": DENIED}, constant)
    assert evidence.get("owners") == ["ops"]
    assert evidence.get("scope") == NotObserved(Reason.DENIED, "no view-clients", "scope")
    assert evidence.rung_of("scope") is None


@pytest.mark.parametrize(
    ("fact", "reason"),
    [("owners", Reason.NOT_RETURNED), ("environment", Reason.UNCLASSIFIED), ("single_issuer", Reason.UNCLASSIFIED)],
)
def test_what_nobody_speaks_of_was_not_observed(fact: str, reason: Reason) -> None:
    evidence = Evidence({}, Rung.DECLARED, {})
    for value in (evidence.get(fact), evidence.complete(Subject.CLIENT)[fact]):
        assert (value.reason, value.fact) == (reason, fact)


def test_a_record_is_made_complete_and_each_fact_has_a_rank() -> None:
    evidence = Evidence({"scope": None, "owners": DENIED, "contacts": []}, Rung.DECLARED, {"contacts": Rung.ATTESTED})
    assert evidence.complete(Subject.CLIENT).keys() == CLIENT.keys()
    ranks = evidence.ranks(Subject.CLIENT)
    assert (ranks["scope"], ranks["contacts"], ranks["owners"]) == (Rung.DECLARED, Rung.ATTESTED, UNKNOWN_RUNG)


def test_a_reason_says_whose_fact_it_is_where_client_and_server_have_one_of_the_name() -> None:
    server = Evidence({"jwks_uri": DENIED, "token_endpoint": DENIED}, Rung.ADVERTISED, {})
    facts = server.complete(Subject.AUTHORIZATION_SERVER, "server_")
    assert facts["server_jwks_uri"].fact == "server_jwks_uri"
    assert facts["server_token_endpoint"].fact == "token_endpoint"


@pytest.mark.parametrize("subject", NOTHING_SEEN)
def test_of_nothing_seen_every_fact_has_a_reason(subject: Subject) -> None:
    assert all(isinstance(value, NotObserved) for value in NOTHING_SEEN[subject].complete(subject).values())
