"""What a file lacks, or holds in a form that cannot be: a documented default, or not observed, never an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import FileError
from connectors.facts import NotObserved, Reason, Rung
from connectors.keycloak.export import is_oauth_client
from tests.connectors.contract import facts, keeps_the_vocabulary, read_all
from tests.connectors.keycloak.made import apps, client, mapped, only, opened, realm, source_of

DEFAULT = "realm.json (import default: the client lacks a member, so Keycloak sets it)"
NO_POLICIES = "realm.json (import default: no client policies in this file)"


def hand_written(**members: Any) -> dict[str, Any]:
    return {"realm": "acme", "clients": [{"clientId": "app", **members}]}


def without(*missing: str, **members: Any) -> dict[str, Any]:
    """A realm with a client that lacks members of a complete record, and the protocol."""
    return realm({name: value for name, value in client(**members).items() if name not in {*missing, "protocol"}})


def unseen(value: Any) -> Reason:
    assert isinstance(value, NotObserved)
    return value.reason


def test_a_complete_record_is_declared() -> None:
    (app,) = apps(realm(client()))
    for fact in ("client_type", "grant_types", "pkce_required", "full_scope_allowed", "redirect_uris"):
        assert source_of(app, fact) == (Rung.DECLARED, "realm.json")
    assert source_of(app, "redirect_uri_expressions")[0] is Rung.ATTESTED


@pytest.mark.parametrize(
    ("member", "fact", "value"),
    [
        ("enabled", "enabled", True),
        ("publicClient", "client_type", "confidential"),
        ("bearerOnly", "client_type", "confidential"),
        ("standardFlowEnabled", "response_types", ["code"]),
        ("implicitFlowEnabled", "implicit_flow", False),
        ("directAccessGrantsEnabled", "direct_access_grants", False),
        ("serviceAccountsEnabled", "grant_types", ["authorization_code", "refresh_token"]),
        ("fullScopeAllowed", "full_scope_allowed", True),
        ("redirectUris", "redirect_uris", []),
        ("webOrigins", "web_origins", ["https://app.example"]),
    ],
)
def test_a_missing_member_takes_the_value_of_an_import_and_says_so(member: str, fact: str, value: Any) -> None:
    (app,) = apps(without(member))
    assert facts(app)[fact] == value
    assert source_of(app, fact) == (Rung.ATTESTED, DEFAULT)


def test_further_defaults() -> None:
    assert only(without("clientAuthenticatorType"))["token_endpoint_auth_method"] == "client_secret_basic"
    assert only(without("fullScopeAllowed", consentRequired=True))["full_scope_allowed"] is False
    assert only(without("consentRequired", directAccessGrantsEnabled=True))["direct_access_grants"] is True
    scopes = {"defaultDefaultClientScopes": ["email"], "defaultOptionalClientScopes": ["phone"]}
    document = without("defaultClientScopes", "optionalClientScopes")
    assert only(document | scopes)["scope"] == "email phone"
    assert unseen(only(document)["scope"]) is Reason.ABSENT_IN_FILE


def test_an_attribute_that_is_missing_is_seen_to_be_absent() -> None:
    for document in (without("attributes"), hand_written(), realm(client(attributes=None))):
        found = only(document)
        assert (found["pkce_required"], found["iss_excluded"], found["request_uris"]) == (False, False, [])


def test_where_a_file_has_no_policies_an_import_makes_none_and_that_is_said() -> None:
    (app,) = apps(hand_written())
    assert facts(app)["pkce_required"] is False
    assert source_of(app, "pkce_required") == (Rung.ATTESTED, NO_POLICIES)
    (app,) = apps({"realm": "acme", "keycloakVersion": "11.0.3", "clients": [client()]})
    assert source_of(app, "pkce_required") == (Rung.DECLARED, "realm.json")


def test_clients_exported_alone_say_nothing_about_policies() -> None:
    found = only(client(directAccessGrantsEnabled=True, implicitFlowEnabled=True))
    for fact in ("pkce_required", "direct_access_grants", "implicit_flow", "require_pushed_authorization_requests"):
        assert unseen(found[fact]) is Reason.ABSENT_IN_FILE
    assert found["grant_types"] == ["authorization_code", "refresh_token"]
    certain = only(client({"pkce.code.challenge.method": "S256", "require.pushed.authorization.requests": "true"}))
    for fact in ("pkce_required", "require_pushed_authorization_requests"):
        assert certain[fact] is True
    for fact in ("direct_access_grants", "implicit_flow"):
        assert certain[fact] is False


@pytest.mark.parametrize(
    ("member", "fact"),
    [("directAccessGrantsEnabled", "direct_access_grants"), ("implicitFlowEnabled", "implicit_flow")],
)
def test_a_switch_that_a_record_holds_is_declared_whatever_else_it_lacks(member: str, fact: str) -> None:
    for switch in (True, False):
        (app,) = apps(hand_written(**{member: switch}))
        assert facts(app)[fact] is switch
        assert source_of(app, fact) == (Rung.DECLARED, "realm.json")
        assert source_of(app, "grant_types")[0] is Rung.ATTESTED


@pytest.mark.parametrize(
    ("member", "fact"), [("publicClient", "client_type"), ("directAccessGrantsEnabled", "direct_access_grants")]
)
def test_what_an_import_and_the_admin_api_set_differently_is_left_open(member: str, fact: str) -> None:
    assert unseen(only(without(member) | {"clients": [{**client(), member: None}]})[fact]) is Reason.ABSENT_IN_FILE


def test_a_client_template_decides_where_full_scope_is_missing() -> None:
    assert unseen(only(hand_written(clientTemplate="t"))["full_scope_allowed"]) is Reason.ABSENT_IN_FILE


@pytest.mark.parametrize(
    ("version", "members", "code", "password"),
    [
        ("1.9.8", {"directGrantsOnly": True}, False, True),
        ("1.9.8", {"directGrantsOnly": False}, True, False),
        ("24.0.5", {"directGrantsOnly": True, "standardFlowEnabled": True}, True, True),
        ("25.0.0", {"directGrantsOnly": True, "standardFlowEnabled": True}, False, True),
        (None, {"directGrantsOnly": True, "directAccessGrantsEnabled": False}, False, True),
    ],
)
def test_a_member_that_was_removed_stands_for_two_switches(
    version: str | None, members: dict[str, bool], code: bool, password: bool
) -> None:
    found = only(hand_written(**members) | {"keycloakVersion": version})
    assert ("authorization_code" in found["grant_types"], found["direct_access_grants"]) == (code, password)


def test_a_variable_of_the_importing_server_leaves_the_host_open() -> None:
    for uris, root in ((["${HOST}/cb"], None), (["/cb"], "https://${HOST}")):
        found = mapped(redirectUris=uris, rootUrl=root)
        assert found["redirect_uris"] == uris
        assert unseen(found["resolved_redirect_uris"]) is Reason.ABSENT_IN_FILE


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({"publicClient": ["x"]}, {"client_type", "application_type", "token_endpoint_auth_method"}),
        ({"bearerOnly": "maybe"}, {"client_type", "grant_types", "pkce_required", "implicit_flow"}),
        ({"redirectUris": "https://app.example"}, {"redirect_uris", "resolved_redirect_uris"}),
        ({"redirectUris": [7]}, {"redirect_uris"}),
        ({"attributes": 7}, {"pkce_required", "platform_client", "iss_excluded", "request_uris"}),
        ({"attributes": {"pkce.code.challenge.method": {}}}, {"pkce_required", "code_challenge_methods"}),
        ({"enabled": 1}, {"enabled"}),
    ],
)
def test_a_member_of_the_wrong_type_is_not_observed(members: dict[str, Any], names: set[str]) -> None:
    found = mapped(**members)
    for name in names:
        assert unseen(found[name]) is Reason.FAILED
    assert found["client_id"] == "app"


def test_text_that_jackson_reads_as_a_switch_is_one() -> None:
    assert mapped(fullScopeAllowed="false", enabled="True")["full_scope_allowed"] is False


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"realm": 7, "clients": []}, "realm"),
        ({"clients": [], "users": []}, "realm"),
        (realm() | {"clients": {}}, "clients"),
        (realm(client(), client()), "clients[1].clientId"),
        ({"realm": "acme", "clients": [client(), 7]}, "clients[1]"),
        ([realm(client()), 7], "[1]"),
        ([realm(client()), realm(client())], "[1].realm"),
        ([realm() | {"clients": [None]}], "[0].clients[0]"),
    ],
)
def test_a_broken_export_is_refused_with_the_place(document: Any, place: str) -> None:
    with pytest.raises(FileError) as refused:
        opened(document)
    assert refused.value.place == place


def test_a_file_without_clients_says_nothing_about_them() -> None:
    connector = opened({"realm": "acme", "sslRequired": "none"})
    assert not connector.lists_apps
    assert read_all(connector)[1:] == ([], [])


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
TELLING = st.sampled_from([
    True, "true", "false", "+", "*", "-", "##", "/", "any", "none", "plain", "${x}", "http://[", "urn:x", "{", "1e9",
    "9" * 400, '{"keys": [{}]}', "\ud800", "AAAA", [""], ["/"], {"wrong_type": "x"}, {"not_observed": "x"},
])  # fmt: skip
MEMBERS = [*client(), "name", "description", "rootUrl", "baseUrl", "directGrantsOnly", "clientTemplate",
           "authorizationServicesEnabled", "secret", "roles", "realm", "position"]  # fmt: skip
ATTRIBUTES = [
    "pkce.code.challenge.method", "request.object.required", "request.uris", "use.jwks.url", "jwks.url",
    "use.jwks.string", "jwks.string", "jwt.credential.certificate", "jwt.credential.public.key",
    "client.secret.creation.time", "client.secret.expiration.time", "client.secret.rotated.creation.time",
    "post.logout.redirect.uris", "realm_client", "tier",
]  # fmt: skip
CLIENTS = st.dictionaries(
    st.sampled_from(MEMBERS) | st.text(max_size=8),
    ANY_JSON | TELLING | st.dictionaries(st.sampled_from(ATTRIBUTES), ANY_JSON | TELLING, max_size=6),
    max_size=8,
)


@given(CLIENTS, st.booleans(), st.sampled_from([{}, {"clientPolicies": None}, {"attributes": 7, "roles": []}]))
def test_no_record_whatever_breaks_the_mapping(made: dict[str, Any], whole: bool, members: dict[str, Any]) -> None:
    record = (client() if whole else {}) | made
    connector = opened(realm(record, **members))
    servers, pages, found = read_all(connector)
    assert len(found) == is_oauth_client(record)
    keeps_the_vocabulary(connector, servers, found)
    json.dumps([page.records for page in pages])
