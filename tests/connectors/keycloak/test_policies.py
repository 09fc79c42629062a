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


def test_jwt_responses_can_be_avoided_by_the_implicit_flow() -> None:
    assert bound(ANY, "secure-response-type", "jwt_response_required", implicitFlowEnabled=True) is False


@pytest.mark.parametrize(
    ("condition", "members", "applies"),
    [
        (under("client-access-type", type=["confidential"]), {}, True),
        (under("client-access-type", type=["public"]), {}, False),
        (under("client-access-type", type=["public"], **{"is-negative-logic": True}), {}, True),
        (under("client-type", protocol="openid-connect"), {}, True),
        (under("client-scopes", scopes=["profile"], type="Default"), {}, True),
        (under("client-scopes", scopes=["pay"], type="Optional"), {"optionalClientScopes": ["pay"]}, False),
        (GOLD, {"attributes": {"tier": "gold"}}, True),
        (GOLD, {}, False),
        (under("client-updater-context"), {}, False),
    ],
)
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
