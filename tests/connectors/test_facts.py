"""The vocabulary, and what could not be seen."""

import pytest

from connectors.facts import ATTESTED, CLIENT, Facts, NotObserved, Reason, from_json, split, to_json


def test_a_record_survives_json() -> None:
    record: Facts = {"client_id": "a", "redirect_uris": [], "scope": None, "jwks": NotObserved(Reason.DENIED, "403")}
    assert from_json(to_json(record)) == record
    assert to_json(record)["jwks"] == {"not_observed": "denied", "detail": "403"}


def test_what_was_not_seen_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="pkce_required was not observed"):
        bool(NotObserved(Reason.NOT_PROBED, fact="pkce_required"))


def test_absent_is_seen_and_not_observed_is_not() -> None:
    unseen = NotObserved(Reason.FAILED)
    assert split({"scope": None, "jwks": unseen}) == ({"scope": None}, {"jwks": unseen})


def test_every_reason_says_who_can_change_it_and_how() -> None:
    assert all(reason.actor and reason.remedy for reason in Reason)


def test_what_persons_give_is_part_of_the_vocabulary() -> None:
    assert CLIENT.keys() >= ATTESTED
