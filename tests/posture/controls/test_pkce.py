"""PKCE: whether it is required, with which method, whether that is published, and that signing does not replace it."""

from __future__ import annotations

from tests.posture.cases import HIGH_VALUE, NO_FRONT_CHANNEL, OFFERS_JARM, PUBLIC, SIGNS, UNSEEN, Row, decisions

OPTIONAL = {"pkce_required": False}
TYPE_UNSEEN = {"client_type": UNSEEN, "token_endpoint_auth_method": UNSEEN}
ENFORCED = {"pkce_required": True}


@decisions(
    Row("not_applicable", "authorization_code is among", NO_FRONT_CHANNEL),
    Row("not_applicable", "authorization_code is among", {"grant_types": ["implicit"], "response_types": ["token"]}),
    Row("unknown", "whether the control applies", {"grant_types": UNSEEN}, missing=("grant_types",)),
    Row("fail", "of this public client", PUBLIC | OPTIONAL),
    Row("fail", "of this public client", PUBLIC | OPTIONAL, under="strict"),
    Row("fail", "PKCE is not required", OPTIONAL, under="strict"),
    Row("fail", "PKCE is not required", OPTIONAL | TYPE_UNSEEN, under="message-signing"),
    Row("warn", "of this confidential client", OPTIONAL),
    Row("warn", "of this confidential client", OPTIONAL | {"grant_types": None}),
    Row("unknown", "at least a warning", OPTIONAL | TYPE_UNSEEN, missing=tuple(TYPE_UNSEEN), at_least_warn=True),
    Row("unknown", "could not be seen", {"pkce_required": UNSEEN}, missing=("pkce_required", "probe:P-11")),
    Row("unknown", "could not be seen", OPTIONAL, {"pkce_required": UNSEEN}, missing=("server_pkce_required",)),
    Row("pass", "without code_challenge are refused", {}),
    Row("pass", "without code_challenge are refused", {"pkce_required": True}, {"pkce_required": UNSEEN}),
    Row("pass", "without code_challenge are refused", PUBLIC | {"pkce_required": UNSEEN}, ENFORCED, to="owner"),
    Row("fail", "of this public client", PUBLIC | OPTIONAL | {"third_party": True}, to="vendor"),
    Row("fail", "of this public client", PUBLIC | OPTIONAL | {"platform_client": True}, to="platform"),
)
def test_pkce_01(row: Row) -> None:
    row.holds("PKCE-01")


NO_SETTING = {"code_challenge_methods": None}
BOTH = {"code_challenge_methods_supported": ["S256", "plain"]}


@decisions(
    Row("not_applicable", "authorization_code is among", NO_FRONT_CHANNEL),
    Row("fail", "forces plain", {"code_challenge_methods": ["plain"]}),
    Row("warn", "no setting forces S256", {"code_challenge_methods": ["S256", "plain"]}),
    Row("warn", "the server lists plain", NO_SETTING, BOTH),
    Row("fail", "the server lists plain", NO_SETTING, BOTH, under="strict"),
    Row("fail", "no setting forces S256", {"code_challenge_methods": ["S256", "plain"]}, under="message-signing"),
    Row("unknown", "no setting", NO_SETTING, {"code_challenge_methods_supported": None}, missing=("probe:P-12",)),
    Row(
        "unknown",
        "which methods",
        {"code_challenge_methods": UNSEEN},
        {"code_challenge_methods_supported": UNSEEN},
        missing=("code_challenge_methods", "code_challenge_methods_supported", "probe:P-12"),
    ),
    Row("unknown", "whether a setting", {"code_challenge_methods": UNSEEN}, BOTH, missing=("code_challenge_methods",)),
    Row("pass", "the client's setting forces S256", {}, BOTH),
    Row("pass", "the client's setting forces S256", {}, {"code_challenge_methods_supported": UNSEEN}),
    Row("pass", "the server lists S256 only", NO_SETTING),
    Row("pass", "the server lists S256 only", {"code_challenge_methods": UNSEEN}),
)
def test_pkce_02(row: Row) -> None:
    row.holds("PKCE-02")


@decisions(
    Row("warn", "says nothing about support", {}, {"code_challenge_methods_supported": None}, to="platform"),
    Row("fail", "without S256", {}, {"code_challenge_methods_supported": ["plain"]}, to="platform"),
    Row("fail", "without S256", {}, {"code_challenge_methods_supported": []}, to="platform"),
    Row("unknown", "an input", {}, {"code_challenge_methods_supported": UNSEEN}, to="platform"),
    Row("pass", "S256 is advertised", {}, BOTH, to="platform"),
)
def test_pkce_03(row: Row) -> None:
    row.holds("PKCE-03")


@decisions(
    Row("not_applicable", "signed requests", HIGH_VALUE),
    Row("not_applicable", "signed requests", SIGNS | {"grant_types": ["implicit"], "response_types": ["code"]}),
    Row("unknown", "whether the control applies", {}, missing=("marked_high_value",)),
    Row("fail", "PKCE is not required", SIGNS | PUBLIC | OPTIONAL),
    Row("warn", "nothing shows that PKCE is required", SIGNS | OPTIONAL),
    Row("unknown", "whether PKCE is required", SIGNS | {"pkce_required": UNSEEN}, missing=("pkce_required",)),
    Row("pass", "beside signed messages", SIGNS),
    Row("pass", "beside signed messages", {"response_modes": ["jwt"]}, OFFERS_JARM),
)
def test_pkce_05(row: Row) -> None:
    row.holds("PKCE-05")
