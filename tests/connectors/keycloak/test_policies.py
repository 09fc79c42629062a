"""Client policies: what they require and block, and when they do neither."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import NotObserved, Reason, Rung
from tests.connectors.contract import facts
from tests.connectors.keycloak.made import apps, client, only, policy, realm, source_of, under

ANY = under("any-client")
GOLD = under("client-attributes", attributes='[{"key": "tier", "value": "gold"}]')


def bound(condition: Any, executor: str, fact: str = "pkce_required", **members: Any) -> Any:
    return only(realm(client(**members), **policy(condition, executor)))[fact]


@pytest.mark.parametrize(
    ("executor", "fact", "value"),
    [
        ("pkce-enforcer", "pkce_required", True),
        ("pkce-enforcer", "code_challenge_methods", ["S256"]),
        ("secure-request-object", "request_object_required", True),
        ("secure-request-object", "require_signed_request_object", False),
        ("secure-response-type", "jwt_response_required", True),
        ("secure-response-type", "response_modes", ["jwt"]),
        ("secure-response-type", "authorization_signed_response_alg", "RS256"),
        ("secure-par-content", "require_pushed_authorization_requests", True),
        ("dpop-bind-enforcer", "dpop_bound_access_tokens", True),
        ("holder-of-key-enforcer", "tls_client_certificate_bound_access_tokens", True),
    ],
)
def test_what_a_policy_requires(executor: str, fact: str, value: Any) -> None:
    (app,) = apps(realm(client(), **policy(ANY, executor)))
    assert facts(app)[fact] == value
    assert source_of(app, fact) == (Rung.DECLARED, "realm.json")
    assert facts(apps(realm(client()))[0])[fact] in (False, None, ["S256", "plain"])


@pytest.mark.parametrize(
    ("executor", "switch", "fact"),
    [
        ("reject-implicit-grant", "implicitFlowEnabled", "implicit_flow"),
        ("reject-ropc-grant", "directAccessGrantsEnabled", "direct_access_grants"),
    ],
)
def test_what_a_policy_blocks(executor: str, switch: str, fact: str) -> None:
    assert bound(ANY, executor, fact, **{switch: True}) is False
    assert bound(ANY, "pkce-enforcer", fact, **{switch: True}) is True


def test_jwt_responses_can_be_avoided_by_the_hybrid_flow_of_which_little_is_left() -> None:
    found = only(realm(client(implicitFlowEnabled=True), **policy(ANY, "secure-response-type")))
    assert found["jwt_response_required"] is False
    assert found["response_types"] == ["code"]
    assert found["implicit_flow"].reason is Reason.UNCLASSIFIED
    assert "refuses most of its response types" in found["implicit_flow"].detail
    both = only(realm(client(implicitFlowEnabled=True), **policy(ANY, "secure-response-type", "reject-implicit-grant")))
    assert (both["implicit_flow"], both["jwt_response_required"]) == (False, True)


def test_the_algorithm_of_required_responses_is_the_clients_else_the_realms() -> None:
    document = realm(client(), **policy(ANY, "secure-response-type"), defaultSignatureAlgorithm="ES256")
    assert only(document)["authorization_signed_response_alg"] == "ES256"
    document["clients"] = [client({"authorization.signed.response.alg": "PS512"})]
    assert only(document)["authorization_signed_response_alg"] == "PS512"


def test_what_the_record_requires_already_is_the_records() -> None:
    """A policy raises what the record shows, and never lowers it."""
    (app,) = apps(realm(client({"pkce.code.challenge.method": "S256"}), **policy(ANY, "pkce-enforcer")))
    assert source_of(app, "pkce_required") == (Rung.DECLARED, "realm.json")
    plain = {"attributes": {"pkce.code.challenge.method": "plain"}}
    assert bound(ANY, "pkce-enforcer", "code_challenge_methods", **plain) == ["S256"]
    assert bound(ANY, "secure-par-content", "pkce_required", **plain) is True
    signed = {"request.object.required": "request only", "request.object.signature.alg": "PS256"}
    assert bound(ANY, "secure-request-object", "require_signed_request_object", attributes=signed) is True


def test_dpop_by_policy_acts_where_a_code_is_redeemed() -> None:
    service = {"standardFlowEnabled": False, "serviceAccountsEnabled": True}
    assert bound(ANY, "dpop-bind-enforcer", "dpop_bound_access_tokens", **service) is False
    assert bound(ANY, "holder-of-key-enforcer", "tls_client_certificate_bound_access_tokens", **service) is True


@pytest.mark.parametrize(
    ("executor", "public", "is_open"),
    [("reject-request", True, True), ("reject-request", False, True), ("confidential-client", True, True),
     ("confidential-client", False, False)],
)  # fmt: skip
def test_what_a_policy_refuses_altogether_is_not_failed(executor: str, public: bool, is_open: bool) -> None:
    switches = {"publicClient": public, "implicitFlowEnabled": True, "directAccessGrantsEnabled": True}
    found = only(realm(client(**switches), **policy(ANY, executor)))
    for fact, otherwise in (("pkce_required", False), ("implicit_flow", True), ("direct_access_grants", True)):
        assert isinstance(found[fact], NotObserved) if is_open else found[fact] is otherwise


@pytest.mark.parametrize(
    ("condition", "members", "applies"),
    [
        (under("client-access-type", type=["confidential"]), {}, True),
        (under("client-access-type", type=["public"]), {}, False),
        (under("client-access-type", type=["public"], **{"is-negative-logic": True}), {}, True),
        (under("client-access-type", type=["confidential"], **{"is-negative-logic": "true"}), {}, False),
        (under("client-access-type", type=["public", "confidential"]), {"publicClient": True}, True),
        (under("any-client", **{"is-negative-logic": True}), {}, False),
        (under("client-type", protocol="openid-connect"), {}, True),
        (under("client-scopes", scopes=["profile"], type="Default"), {}, True),
        (under("client-scopes", scopes=["pay"], type="Optional"), {"optionalClientScopes": ["pay"]}, False),
        (GOLD, {"attributes": {"tier": "gold"}}, True),
        (GOLD, {}, False),
        (under("client-scopes", scopes=["pay"], type="Optional"), {}, False),
        (under("client-scopes", scopes=["pay"], type="Default"), {"optionalClientScopes": ["pay"]}, False),
        (under("client-scopes", scopes=["profile"], type="Default", **{"is-negative-logic": True}), {}, False),
        (under("client-attributes", attributes=[{"key": "tier", "value": "gold"}, {"key": "tier", "value": "x"}]),
         {"attributes": {"tier": "gold"}}, False),
        (under("client-updater-context"), {}, False),
    ],
)  # fmt: skip
def test_conditions(condition: Any, members: dict[str, Any], applies: bool) -> None:
    assert bound(condition, "pkce-enforcer", **members) is applies


def test_a_condition_on_roles_looks_at_the_clients_own() -> None:
    document = realm(client(), **policy(under("client-roles", roles=["bank"]), "pkce-enforcer"))
    assert only(document)["pkce_required"] is False
    assert only(document | {"roles": {"client": {"app": [{"name": "bank"}]}}})["pkce_required"] is True


def test_a_condition_that_abstains_does_not_enforce() -> None:
    condition = under("client-access-type", type=["confidential"])
    assert bound(condition, "secure-par-content", "require_pushed_authorization_requests") is False
    rejected = policy(condition, "reject-ropc-grant")
    for version, on in (("26.5.5", True), ("26.6.0", False), ("26.4.13", False)):
        document = realm(client(directAccessGrantsEnabled=True), keycloakVersion=version, **rejected)
        assert only(document)["direct_access_grants"] is on


@pytest.mark.parametrize(
    "condition",
    [{}, 7, under("grant-type"), under("client-attributes", attributes="{"), under("client-roles", roles=[7])],
)
def test_a_condition_that_cannot_be_decided_leaves_it_open(condition: Any) -> None:
    assert isinstance(bound(condition, "pkce-enforcer"), NotObserved)
    assert isinstance(bound(condition, "reject-implicit-grant", "implicit_flow", implicitFlowEnabled=True), NotObserved)
    assert bound(condition, "reject-implicit-grant", "implicit_flow") is False
    assert bound(condition, "pkce-enforcer", attributes={"pkce.code.challenge.method": "plain"}) is True


def test_a_condition_on_what_may_be_a_secret_is_not_decided() -> None:
    for key in ("client.secret.rotated", "my.Password", "saml.signing.private.key", "jwks.string"):
        condition = under("client-attributes", attributes={key: "x"})
        assert isinstance(bound(condition, "pkce-enforcer", attributes={key: "x"}), NotObserved)


def test_conditions_are_joined_by_and() -> None:
    document = realm(client(optionalClientScopes=["pay"]), **policy(ANY, "pkce-enforcer"))
    (entry,) = document["clientPolicies"]["policies"]
    for also, required in ((under("client-access-type", type=["confidential"]), True),
                           (under("client-access-type", type=["public"]), False),
                           (under("client-scopes", scopes=["pay"], type="Optional"), False),
                           (under("client-updater-context"), True)):  # fmt: skip
        entry["conditions"] = [ANY, also]
        assert only(document)["pkce_required"] is required
    entry["conditions"] = [under("grant-type"), under("client-access-type", type=["public"])]
    assert only(document)["pkce_required"] is False
    entry["conditions"] = [ANY, under("grant-type")]
    assert isinstance(only(document)["pkce_required"], NotObserved)


OPEN = {
    "pkce_required", "code_challenge_methods", "request_object_required", "require_signed_request_object",
    "jwt_response_required", "response_modes", "authorization_signed_response_alg",
    "require_pushed_authorization_requests", "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens", "implicit_flow", "direct_access_grants",
}  # fmt: skip


def test_an_unknown_executor_leaves_open_all_that_a_policy_could_raise_and_nothing_else() -> None:
    switches = client(implicitFlowEnabled=True, directAccessGrantsEnabled=True)
    (app,) = apps(realm(switches, **policy(ANY, "our-own")))
    assert app.observed.not_observed.keys() == OPEN
    assert {why.reason for why in app.observed.not_observed.values()} == {Reason.UNCLASSIFIED}
    (app,) = apps(realm(switches, **policy(under("client-access-type", type=["public"]), "our-own")))
    assert "pkce_required" not in app.observed.not_observed
    (app,) = apps(realm(switches, **policy(ANY, "our-own", "pkce-enforcer", "reject-implicit-grant")))
    assert (facts(app)["pkce_required"], facts(app)["implicit_flow"]) == (True, False)


def test_an_unknown_executor_and_a_global_profile_leave_open_what_they_could_require() -> None:
    assert bound(ANY, "our-own").reason is Reason.UNCLASSIFIED
    document = realm(client(), **policy(ANY, "consent-required"))
    assert only(document)["pkce_required"] is False
    document["clientPolicies"]["policies"][0]["profiles"] = ["fapi-2-security-profile"]
    assert only(document)["pkce_required"].reason is Reason.ABSENT_IN_FILE


def test_a_policy_that_is_off_or_has_no_condition_never_applies() -> None:
    document = realm(client(), **policy(ANY, "pkce-enforcer"))
    (entry,) = document["clientPolicies"]["policies"]
    entry["enabled"] = False
    assert only(document)["pkce_required"] is False
    entry |= {"enabled": True, "conditions": []}
    assert only(document)["pkce_required"] is False


def test_malformed_policies_are_not_read() -> None:
    for broken in ([], {"policies": 7}, {"policies": [7]}, {"policies": [{"enabled": True, "conditions": 7}]}):
        assert only(realm(client(), clientPolicies=broken))["pkce_required"].reason is Reason.FAILED
