"""The decision of each control, one row a case: facts that differ from a sound web application, and the outcome."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import Rung
from tests.posture.cases import CALLBACK, UNSEEN, judge, outcome, profile, reasons, verdict

VALUED = {"marked_high_value": True}
ABLE = VALUED | {"request_object_signing_alg": "PS256"}
PUBLIC = {"client_type": "public", "token_endpoint_auth_method": "none", "application_type": "spa"}
OFFERED = {
    "response_modes_supported": ["query", "jwt"],
    "authorization_signing_alg_values_supported": ["PS256", "RS256"],
}
NO_FRONT = {"grant_types": ["client_credentials"], "response_types": []}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("JAR-01", {}, {}, "unknown"),
    ("JAR-01", NO_FRONT, {}, "not_applicable"),
    ("JAR-01", {"marked_high_value": False, "requests_rewritten": False}, {}, "not_applicable"),
    ("JAR-01", ABLE, {}, "pass"),
    ("JAR-01", VALUED, {}, "fail"),
    ("JAR-01", ABLE | {"request_object_signing_alg": "none"}, {}, "fail"),
    ("JAR-01", ABLE | {"jwks_uri": None}, {}, "fail"),
    ("JAR-01", ABLE | {"jwks_uri": UNSEEN}, {}, "unknown"),
    (
        "JAR-01",
        ABLE,
        {"request_parameter_supported": False, "request_object_signing_alg_values_supported": None},
        "warn",
    ),
    ("JAR-02", ABLE, {}, "fail"),
    ("JAR-02", ABLE | {"require_signed_request_object": True}, {}, "pass"),
    ("JAR-02", ABLE, {"require_signed_request_object": True}, "pass"),
    ("JAR-02", ABLE | {"require_signed_request_object": UNSEEN}, {}, "unknown"),
    ("JAR-02", VALUED, {}, "not_applicable"),
    ("JAR-03", ABLE, {}, "pass"),
    ("JAR-03", ABLE | {"request_object_signing_alg": "HS256"}, {}, "fail"),
    ("JAR-03", ABLE | {"request_object_signing_alg": "RS256"}, {}, "fail"),
    ("JAR-05", {}, {}, "pass"),
    ("JAR-05", {}, {"request_uri_parameter_supported": True}, "fail"),
    ("JAR-05", {}, {"request_uri_parameter_supported": True, "require_request_uri_registration": True}, "pass"),
    ("JAR-05", {}, {"request_uri_parameter_supported": None}, "warn"),
    ("JAR-05", {"request_uris": ["https://app.example.com/*"]}, {}, "fail"),
    ("JARM-01", {}, {}, "fail"),
    ("JARM-01", {}, OFFERED, "pass"),
    ("JARM-01", {}, {"response_modes_supported": None}, "unknown"),
    ("JARM-01", {}, OFFERED | {"authorization_signing_alg_values_supported": None}, "warn"),
    ("JARM-02", {}, {}, "warn"),
    ("JARM-02", {}, OFFERED, "fail"),
    ("JARM-02", {"authorization_signed_response_alg": "RS256"}, OFFERED, "warn"),
    ("JARM-02", {"response_modes": ["jwt"]}, OFFERED, "pass"),
    ("JARM-02", {"jwt_response_required": True}, OFFERED, "pass"),
    ("JARM-02", {"managed_channel": True, "single_issuer": True}, OFFERED, "not_applicable"),
    ("JARM-04", {"response_modes": ["jwt"], "authorization_signed_response_alg": "HS256"}, OFFERED, "fail"),
    ("JARM-04", {"response_modes": ["jwt"]}, OFFERED, "pass"),
    ("JARM-04", {}, OFFERED, "not_applicable"),
    ("PKCE-01", {}, {}, "pass"),
    ("PKCE-01", {"pkce_required": False}, {}, "warn"),
    ("PKCE-01", PUBLIC | {"pkce_required": False}, {}, "fail"),
    ("PKCE-01", {"pkce_required": UNSEEN}, {}, "unknown"),
    ("PKCE-01", NO_FRONT, {}, "not_applicable"),
    ("PKCE-02", {"code_challenge_methods": ["S256"]}, {}, "pass"),
    ("PKCE-02", {"code_challenge_methods": ["plain"]}, {}, "fail"),
    ("PKCE-02", {"code_challenge_methods": ["S256", "plain"]}, {}, "warn"),
    ("PKCE-03", {}, {}, "pass"),
    ("PKCE-03", {}, {"code_challenge_methods_supported": None}, "warn"),
    ("PKCE-03", {}, {"code_challenge_methods_supported": ["plain"]}, "fail"),
    ("PKCE-05", ABLE, {}, "pass"),
    ("PKCE-05", ABLE | PUBLIC | {"pkce_required": False}, {}, "fail"),
    ("RED-02", {}, {}, "pass"),
    ("RED-02", {}, {"redirect_matching": "prefix"}, "fail"),
    ("RED-02", {}, {"redirect_matching": UNSEEN}, "unknown"),
    ("RSP-01", {}, {}, "warn"),
    ("RSP-01", {}, {"authorization_response_iss_parameter_supported": UNSEEN}, "unknown"),
    ("RSP-03", {}, {}, "pass"),
    ("RSP-03", {"response_types": ["code", "token"]}, {}, "fail"),
    ("RSP-03", {"implicit_flow": True, "grant_types": ["implicit"], "response_types": None}, {}, "fail"),
    ("PAR-01", {}, {}, "pass"),
    ("PAR-01", {}, {"pushed_authorization_request_endpoint": None}, "warn"),
    ("PAR-01", {}, {"pushed_authorization_request_endpoint": "http://id.example.com/par"}, "fail"),
    ("PAR-02", {}, {}, "warn"),
    ("PAR-02", {"require_pushed_authorization_requests": True}, {}, "pass"),
    ("PAR-02", PUBLIC, {}, "not_applicable"),
    ("GRT-01", {}, {}, "pass"),
    ("GRT-01", {"direct_access_grants": True}, {}, "fail"),
    ("GRT-01", {"grant_types": ["authorization_code", "password"]}, {}, "fail"),
    ("GRT-01", {"direct_access_grants": UNSEEN, "grant_types": ["authorization_code"]}, {}, "unknown"),
]


@pytest.mark.parametrize(("control_id", "client", "server", "expected"), CASES)
def test_a_case_is_decided(control_id: str, client: dict[str, Any], server: dict[str, Any], expected: str) -> None:
    assert outcome(control_id, client, server) == expected


def test_the_strict_profile_asks_for_more() -> None:
    assert outcome("PAR-02", {}, {}, profile("strict")) == "fail"
    assert outcome("PKCE-02", {"code_challenge_methods": ["S256", "plain"]}, {}, profile("strict")) == "fail"
    server = {"request_object_signing_alg_values_supported": ["RS256"]}
    weak = ABLE | {"request_object_signing_alg": "RS256"}
    assert outcome("JAR-03", weak, server) == "pass"
    assert outcome("JAR-03", weak, server, profile("message-signing")) == "fail"


def test_a_resource_server_takes_no_part_in_flows() -> None:
    judged = judge({"client_type": "resource_server"})
    ours = {one.outcome for control_id, one in judged.items() if control_id.startswith(("RED-01", "PKCE-01", "GRT"))}
    assert ours == {"not_applicable"}


def test_what_no_flow_reaches_is_a_warning_to_remove_it() -> None:
    judged = verdict("RED-01", NO_FRONT | {"redirect_uris": ["https://*.example.com/cb"]})
    assert judged.outcome == "warn"
    assert judged.message.startswith("unreachable: remove it")
    open_question = verdict(
        "RED-01", {"grant_types": UNSEEN, "redirect_uris": ["https://*.example.com/cb"], "response_types": UNSEEN}
    )
    assert open_question.outcome in {"fail", "unknown"}


def test_a_platform_client_on_the_servers_own_origin_is_a_warning_for_the_platform() -> None:
    own = {
        "platform_client": True,
        "redirect_uris": ["/realms/acme/account/*"],
        "resolved_redirect_uris": ["https://id.example.com/realms/acme/account/*"],
    }
    judged = verdict("RED-01", own)
    assert (judged.outcome, judged.addressee) == ("warn", "platform")
    elsewhere = own | {"resolved_redirect_uris": ["https://evil.example/realms/acme/account/*"]}
    assert verdict("RED-01", elsewhere).outcome == "fail"


def test_a_vendors_app_is_addressed_to_its_maker() -> None:
    assert verdict("GRT-01", {"third_party": True, "direct_access_grants": True}).addressee == "vendor"


def test_a_proved_compensating_set_lowers_the_severity_one_step() -> None:
    pushed = VALUED | {"require_pushed_authorization_requests": True}
    judged = verdict("JAR-01", pushed)
    assert (judged.outcome, judged.compensated_by, judged.level) == ("fail", ("PAR-02",), "low")
    assert verdict("JAR-01", VALUED | {"require_pushed_authorization_requests": UNSEEN}).compensated_by == ()
    signed = {"single_issuer": True}
    assert verdict("JARM-02", signed, OFFERED).compensated_by == ("PKCE-01", "RSP-03", "RED-01", "single issuer")


def test_visibility_names_what_is_missing_and_fails_where_somebody_here_can_mend_it() -> None:
    seen = {"marked_high_value": False, "requests_rewritten": False, "managed_channel": True, "single_issuer": True}
    assert verdict("VIS-01", seen).outcome == "pass"
    denied = verdict("VIS-01", seen | {"pkce_required": UNSEEN})
    assert denied.outcome == "fail"
    assert "pkce_required" in denied.specifics["mendable"]
    assert verdict("VIS-01", {}).outcome == "warn"


def test_the_rung_is_that_of_the_weakest_fact_that_decided() -> None:
    wildcard = {"redirect_uris": ["https://app.example.com/*"]}
    needless = dict.fromkeys(("response_types", "implicit_flow", "redirect_wildcards_allowed"), Rung.ATTESTED)
    assert verdict("RED-01", wildcard, rungs=needless).rung is Rung.DECLARED
    assert verdict("GRT-01", {"direct_access_grants": True}, rungs={"grant_types": Rung.ATTESTED}).rung is Rung.DECLARED
    assert verdict("PKCE-01", {"pkce_required": UNSEEN}).rung is None


def test_unknown_says_what_would_answer_it() -> None:
    assert "pkce_required" in reasons(verdict("PKCE-01", {"pkce_required": UNSEEN}))
    assert "marked_high_value" in reasons(verdict("JAR-01", {"redirect_uris": [CALLBACK]}))


def test_a_key_for_encryption_verifies_nothing() -> None:
    for use, expected in (("sig", "pass"), (None, "pass"), ("enc", "fail")):
        key = {"kty": "RSA", "use": use} if use else {"kty": "RSA"}
        assert outcome("JAR-01", ABLE | {"jwks_uri": None, "jwks": {"keys": [key]}}) == expected
