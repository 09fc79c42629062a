"""JAR: when signed requests are called for, whether the client can send them, and what is accepted beside them."""

from __future__ import annotations

import pytest

from connectors.facts import Rung
from tests.posture.cases import (
    HIGH_VALUE,
    NO_FRONT_CHANNEL,
    PUBLIC,
    SIGNS,
    UNSEEN,
    Row,
    decisions,
    outcome,
    profile,
    verdict,
)

NO_KEYS = {"jwks": None, "jwks_uri": None}
LACKS_JAR = {
    "request_parameter_supported": False,
    "request_uri_parameter_supported": None,
    "request_object_signing_alg_values_supported": None,
}
JAR_UNSEEN = {"jar_support": UNSEEN} | dict.fromkeys(LACKS_JAR, UNSEEN)
REQUIRES = {"require_signed_request_object": True}
CALLED_FOR_UNSEEN = ("marked_high_value", "requests_rewritten")
CANNOT_TELL = "whether signed requests can be sent could not be seen"


@decisions(
    Row("not_applicable", "sends no authorization requests", HIGH_VALUE | NO_FRONT_CHANNEL),
    Row("not_applicable", "applies only where", {"marked_high_value": False, "requests_rewritten": False}),
    Row("unknown", "whether the control applies", {}, missing=CALLED_FOR_UNSEEN),
    Row("unknown", "whether the control applies", {"marked_high_value": False}, missing=CALLED_FOR_UNSEEN[1:]),
    Row(
        "unknown",
        "whether the control applies",
        SIGNS | {"grant_types": UNSEEN, "redirect_uris": []},
        missing=("grant_types",),
    ),
    Row("pass", "a key is registered", {"requests_rewritten": True, "request_object_signing_alg": "ES256"}),
    Row("fail", "no algorithm", {}, under="message-signing"),
    Row("warn", "server_lacks_jar", SIGNS, LACKS_JAR),
    Row("warn", "server_lacks_jar", SIGNS, {"jar_support": False}),
    Row("fail", "no key", SIGNS | NO_KEYS),
    Row("fail", "no key", SIGNS | PUBLIC | {"request_object_signing_alg": "HS256"}),
    Row("fail", "no key", SIGNS | PUBLIC | NO_KEYS | {"request_object_signing_alg": UNSEEN}),
    Row("fail", "request_object_signing_alg is none", SIGNS | {"request_object_signing_alg": "none"}),
    Row("fail", "no algorithm of request objects is registered", HIGH_VALUE),
    Row("unknown", CANNOT_TELL, SIGNS | {"jwks_uri": UNSEEN}, missing=("jwks_uri",)),
    Row(
        "unknown",
        CANNOT_TELL,
        SIGNS | NO_KEYS | {"request_object_signing_alg": UNSEEN},
        missing=("request_object_signing_alg",),
    ),
    Row(
        "unknown",
        CANNOT_TELL,
        HIGH_VALUE | {"require_signed_request_object": UNSEEN},
        missing=("require_signed_request_object",),
    ),
    Row("unknown", CANNOT_TELL, SIGNS, JAR_UNSEEN, missing=("request_object_signing_alg_values_supported",)),
    Row("unknown", CANNOT_TELL, SIGNS | NO_KEYS, JAR_UNSEEN),
    Row(
        "unknown",
        CANNOT_TELL,
        SIGNS | {"request_object_signing_alg": "HS256", "client_type": UNSEEN, "token_endpoint_auth_method": UNSEEN},
        missing=("client_type",),
    ),
    Row("pass", "a key is registered", SIGNS),
    Row("pass", "a key is registered", SIGNS | NO_KEYS | {"request_object_signing_alg": "HS256"}),
    Row("pass", "a key is registered", HIGH_VALUE | REQUIRES),
    Row("pass", "a key is registered", SIGNS | REQUIRES, LACKS_JAR),
    Row("pass", "a key is registered", SIGNS, LACKS_JAR | {"jar_support": True}),
    Row("fail", "no key", SIGNS | NO_KEYS | {"third_party": True}, to="vendor"),
)
def test_jar_01(row: Row) -> None:
    row.holds("JAR-01")


@pytest.mark.parametrize(
    ("jwks", "expected"),
    [
        ({"keys": [{"kty": "RSA", "use": "sig"}]}, "pass"),
        ({"keys": [{"kty": "RSA"}]}, "pass"),
        ({"keys": [{"kty": "RSA", "use": "enc"}]}, "fail"),
        ({"keys": []}, "fail"),
        ({"keys": "none"}, "fail"),
        ({}, "fail"),
    ],
)
def test_only_a_key_for_signatures_verifies(jwks: dict[str, object], expected: str) -> None:
    assert outcome("JAR-01", SIGNS | {"jwks_uri": None, "jwks": jwks}) == expected


def test_a_public_client_under_message_signing_is_judged_by_baseline_and_told_so() -> None:
    judged = verdict("JAR-01", PUBLIC, policy=profile("message-signing"))
    assert judged.outcome == "unknown"
    assert "not eligible for this profile" in judged.specifics["remark"]


@decisions(
    Row("not_applicable", "JAR-01 is pass", HIGH_VALUE),
    Row("not_applicable", "JAR-01 is pass", SIGNS, LACKS_JAR),
    Row("not_applicable", "JAR-01 is pass", SIGNS | NO_FRONT_CHANNEL),
    Row("unknown", "whether the control applies", SIGNS | {"jwks_uri": UNSEEN}, missing=("jwks_uri",)),
    Row("pass", "unsigned requests of this client", SIGNS | REQUIRES),
    Row("pass", "of every client", SIGNS, REQUIRES),
    Row("pass", "of every client", SIGNS | {"require_signed_request_object": UNSEEN}, REQUIRES),
    Row(
        "unknown",
        "could not be seen",
        SIGNS | {"require_signed_request_object": UNSEEN},
        missing=("require_signed_request_object", "probe:P-19", "probe:P-20"),
    ),
    Row(
        "unknown",
        "could not be seen",
        SIGNS,
        {"require_signed_request_object": UNSEEN},
        missing=("server_require_signed_request_object",),
    ),
    Row("fail", "unsigned requests are accepted", SIGNS),
    Row("fail", "a request object is required, but an unsigned one", SIGNS | {"request_object_required": True}),
)
def test_jar_02(row: Row) -> None:
    row.holds("JAR-02")


def uses(algorithm: object) -> dict[str, object]:
    return SIGNS | {"request_object_signing_alg": algorithm}


LISTED = "request_object_signing_alg_values_supported"


@decisions(
    Row("not_applicable", "no algorithm of request objects", HIGH_VALUE),
    Row("not_applicable", "sends no authorization requests", SIGNS | NO_FRONT_CHANNEL),
    Row(
        "not_applicable",
        "applies only where",
        uses("PS256") | {"marked_high_value": False, "requests_rewritten": False},
    ),
    Row("unknown", "whether the control applies", uses(UNSEEN), missing=("request_object_signing_alg",)),
    Row("fail", "the algorithm is none", uses("none")),
    Row("fail", "symmetric", uses("HS512")),
    Row("fail", "not on the server's list", uses("RS256")),
    Row("fail", "none of PS256, ES256 and EdDSA", uses("RS256"), {LISTED: ["RS256"]}, under="strict"),
    Row("fail", "none of PS256, ES256 and EdDSA", uses("PS512"), {LISTED: UNSEEN}, under="message-signing"),
    Row("warn", "none of RS*, PS*, ES* and EdDSA", uses("ES256K"), {LISTED: None}),
    Row("unknown", "list of algorithms", uses("PS256"), {LISTED: UNSEEN}, missing=(LISTED,)),
    Row("unknown", "at least a warning", uses("ES256K"), {LISTED: UNSEEN}, at_least_warn=True),
    Row("pass", "asymmetric and allowed", uses("ES256")),
    Row("pass", "asymmetric and allowed", uses("RS256"), {LISTED: None}),
    Row("pass", "asymmetric and allowed", uses("Ed448"), {LISTED: []}),
    Row("pass", "asymmetric and allowed", uses("EdDSA"), {LISTED: ["EdDSA"]}, under="message-signing"),
)
def test_jar_03(row: Row) -> None:
    row.holds("JAR-03")


FETCHES = {"request_uri_parameter_supported": True}
REGISTERED = {"require_request_uri_registration": True}
SILENT = {"request_uri_parameter_supported": None}
NOT_SEEN = "whether request_uri values are fetched freely could not be seen"


@decisions(
    Row("fail", "any request_uri is fetched", {}, FETCHES, to="platform"),
    Row("fail", "any request_uri is fetched", {}, FETCHES | {"require_request_uri_registration": False}, to="platform"),
    Row("fail", "not https or holds a wildcard", {"request_uris": ["https://a.example.com/ro*"]}),
    Row("fail", "not https or holds a wildcard", {"request_uris": ["http://a.example.com/ro"]}, REGISTERED),
    Row(
        "fail",
        "not https or holds a wildcard",
        {"request_uris": ["http://a.example.com/ro"]},
        dict.fromkeys(FETCHES, UNSEEN),
    ),
    Row("warn", "nothing says whether request_uri is fetched", {}, SILENT, to="platform"),
    Row("unknown", "at least a warning", {"request_uris": UNSEEN}, SILENT, to="platform", at_least_warn=True),
    Row("unknown", NOT_SEEN, {"request_uris": UNSEEN}, to="platform", missing=("request_uris",)),
    Row("unknown", NOT_SEEN, {}, dict.fromkeys(FETCHES, UNSEEN), to="platform", missing=tuple(FETCHES)),
    Row(
        "unknown",
        NOT_SEEN,
        {},
        FETCHES | dict.fromkeys(REGISTERED, UNSEEN),
        to="platform",
        missing=("require_request_uri_registration",),
    ),
    Row("pass", "not fetched, or only where it is registered", {}, to="platform"),
    Row("pass", "not fetched, or only where it is registered", {}, FETCHES | REGISTERED, to="platform"),
    Row("pass", "only where", {"request_uris": ["HTTPS://a.example.com/ro#v1"]}, SILENT | REGISTERED, to="platform"),
)
def test_jar_05(row: Row) -> None:
    row.holds("JAR-05")


def test_of_two_proofs_that_an_algorithm_is_fixed_the_better_known_one_counts() -> None:
    required = SIGNS | REQUIRES
    assert verdict("JAR-01", required).rung is Rung.DECLARED
    assert verdict("JAR-01", required, rungs={"require_signed_request_object": Rung.ATTESTED}).rung is Rung.ADVERTISED


@pytest.mark.parametrize(
    ("changes", "proved"),
    [
        ({"require_pushed_authorization_requests": True}, ("PAR-02",)),
        ({"require_pushed_authorization_requests": UNSEEN}, ()),
        ({}, ()),
    ],
)
def test_pushed_requests_make_up_for_unsigned_ones(changes: dict[str, object], proved: tuple[str, ...]) -> None:
    judged = verdict("JAR-01", HIGH_VALUE | changes)
    assert (judged.outcome, judged.compensated_by) == ("fail", proved)
    assert judged.level == ("low" if proved else "medium")
