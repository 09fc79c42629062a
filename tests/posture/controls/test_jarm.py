"""JARM: whether the server offers signed responses, whether the client receives them, and how they are signed."""

from __future__ import annotations

from tests.posture.cases import (
    NO_FRONT_CHANNEL,
    OFFERS_JARM,
    PUBLIC,
    UNSEEN,
    Row,
    decisions,
    outcome,
    profile,
    verdict,
)

ONE_ISSUER = {"single_issuer": True}
MANAGED = {"managed_channel": True}
ONLY_JWT = {"response_modes": ["jwt"]}
MIXED = {"response_modes": ["jwt", "query"]}
REGISTERED = {"authorization_signed_response_alg": "RS256"}
MODES_UNSEEN = {"response_modes_supported": UNSEEN}
LISTED = "authorization_signing_alg_values_supported"


@decisions(
    Row("fail", "no JWT response mode", {}, to="platform"),
    Row("fail", "no JWT response mode", {}, {"response_modes_supported": []}, to="platform"),
    Row("warn", "its algorithms are not", {}, OFFERS_JARM | {LISTED: None}, to="platform"),
    Row("unknown", "says nothing", {}, {"response_modes_supported": None}, to="platform", missing=("probe:P-16",)),
    Row("unknown", "an input", {}, MODES_UNSEEN, to="platform", missing=tuple(MODES_UNSEEN)),
    Row("unknown", "the algorithms", {}, OFFERS_JARM | {LISTED: UNSEEN}, to="platform", missing=(LISTED,)),
    Row("pass", "a JWT response mode and its algorithms", {}, OFFERS_JARM, to="platform"),
    Row("pass", "advertised", {}, OFFERS_JARM | {"response_modes_supported": ["form_post.jwt"]}, to="platform"),
)
def test_jarm_01(row: Row) -> None:
    row.holds("JARM-01")


NOT_SEEN = "whether the client receives signed responses could not be seen"


@decisions(
    Row("not_applicable", "receives no authorization responses", NO_FRONT_CHANNEL),
    Row("not_applicable", "applies only where", MANAGED | ONE_ISSUER),
    Row("unknown", "whether the control applies", MANAGED, missing=("single_issuer",)),
    Row("fail", "nothing shows", MANAGED | {"single_issuer": False}, OFFERS_JARM),
    Row("fail", "nothing shows", MANAGED | ONE_ISSUER, OFFERS_JARM, under="message-signing"),
    Row("warn", "server_lacks_jarm", {}),
    Row("warn", "server_lacks_jarm", ONLY_JWT),
    Row("warn", "JWT response modes are registered beside plain ones", MIXED, OFFERS_JARM),
    Row("warn", "beside plain", MIXED | {"authorization_signed_response_alg": UNSEEN}, OFFERS_JARM),
    Row("warn", "an algorithm of signed responses is registered", REGISTERED, OFFERS_JARM),
    Row("fail", "nothing shows that this client receives them", {}, OFFERS_JARM),
    Row("fail", "nothing shows", {"response_modes": ["query"]}, OFFERS_JARM),
    Row("fail", "nothing shows", {}, OFFERS_JARM | {LISTED: None}),
    Row("unknown", NOT_SEEN, {}, MODES_UNSEEN, missing=tuple(MODES_UNSEEN)),
    Row("unknown", NOT_SEEN, MIXED, MODES_UNSEEN, missing=tuple(MODES_UNSEEN)),
    Row("unknown", NOT_SEEN, {"response_modes": UNSEEN}, OFFERS_JARM, missing=("response_modes",)),
    Row("unknown", NOT_SEEN, {"jwt_response_required": UNSEEN}, OFFERS_JARM, missing=("jwt_response_required",)),
    Row(
        "unknown",
        NOT_SEEN,
        {"authorization_signed_response_alg": UNSEEN},
        OFFERS_JARM,
        missing=("authorization_signed_response_alg",),
    ),
    Row("pass", "only JWT response modes", ONLY_JWT, OFFERS_JARM),
    Row("pass", "only JWT response modes", ONLY_JWT | {"jwt_response_required": UNSEEN}, MODES_UNSEEN),
    Row("pass", "only signed responses are issued", {"jwt_response_required": True}, OFFERS_JARM),
)
def test_jarm_02(row: Row) -> None:
    row.holds("JARM-02")


def signed_with(algorithm: object) -> dict[str, object]:
    return ONLY_JWT | {"authorization_signed_response_alg": algorithm}


@decisions(
    Row("not_applicable", "JARM-02 is pass", {}, OFFERS_JARM),
    Row("unknown", "whether the control applies", {}, MODES_UNSEEN, missing=tuple(MODES_UNSEEN)),
    Row("unknown", "an input", signed_with(UNSEEN), OFFERS_JARM, missing=("authorization_signed_response_alg",)),
    Row("fail", "the algorithm is none", signed_with("none"), OFFERS_JARM),
    Row("fail", "symmetric", signed_with("HS256"), OFFERS_JARM),
    Row("fail", "not on the server's list", signed_with("ES384"), OFFERS_JARM),
    Row("fail", "not on the server's list (RS256 by default", ONLY_JWT, OFFERS_JARM | {LISTED: ["PS256"]}),
    Row("fail", "none of PS256, ES256 and EdDSA (RS256 by default", ONLY_JWT, OFFERS_JARM, under="strict"),
    Row("warn", "none of RS*", signed_with("ES256K"), OFFERS_JARM | {LISTED: ["ES256K"]}),
    Row("pass", "allowed", signed_with("PS256"), OFFERS_JARM, under="message-signing"),
    Row("pass", "allowed (RS256 by default, JARM 3)", ONLY_JWT, OFFERS_JARM),
)
def test_jarm_04(row: Row) -> None:
    row.holds("JARM-04")


def test_a_public_client_is_not_held_to_the_strict_algorithms() -> None:
    assert outcome("JARM-04", PUBLIC | ONLY_JWT, OFFERS_JARM, profile("strict")) == "pass"


def test_one_issuer_and_sound_redirects_make_up_for_plain_responses() -> None:
    judged = verdict("JARM-02", ONE_ISSUER, OFFERS_JARM)
    assert judged.outcome == "fail"
    assert judged.compensated_by == ("PKCE-01", "RSP-03", "RED-01", "single issuer")
    for weaker in (
        {"pkce_required": UNSEEN},
        {"single_issuer": UNSEEN},
        {"redirect_uris": ["https://a.example.com/*"]},
    ):
        assert verdict("JARM-02", ONE_ISSUER | weaker, OFFERS_JARM).compensated_by == ()
