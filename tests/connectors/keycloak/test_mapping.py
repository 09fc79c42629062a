"""Made-up records, for rows of the mapping that no real file shows."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import NotObserved, Reason, Rung
from tests.connectors.contract import facts
from tests.connectors.keycloak.made import apps, client, mapped, only, realm, source_of


def hand_written(**members: Any) -> dict[str, Any]:
    return {"realm": "acme", "clients": [{"clientId": "app", **members}]}


def unseen(value: Any) -> Reason:
    assert isinstance(value, NotObserved)
    return value.reason


def test_a_complete_record_is_declared() -> None:
    (app,) = apps(realm(client()))
    for fact in ("client_type", "grant_types", "pkce_required", "full_scope_allowed", "redirect_uris"):
        assert source_of(app, fact) == (Rung.DECLARED, "realm.json")
    assert source_of(app, "redirect_uri_expressions")[0] is Rung.ATTESTED


def test_missing_members_are_import_defaults_and_say_so() -> None:
    (app,) = apps(hand_written())
    found = facts(app)
    assert (found["client_type"], found["grant_types"]) == ("confidential", ["authorization_code", "refresh_token"])
    assert (found["full_scope_allowed"], found["redirect_uris"], found["pkce_required"]) == (True, [], False)
    rung, source = source_of(app, "client_type")
    assert rung is Rung.ATTESTED
    assert source.startswith("realm.json (import default: ")
    assert source_of(app, "pkce_required") == (
        Rung.ATTESTED, "realm.json (import default: no client policies in this file)",
    )  # fmt: skip


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
    (app,) = apps(hand_written())
    assert source_of(app, fact)[0] is Rung.ATTESTED


def test_policies_that_did_not_exist_yet_need_no_default() -> None:
    (app,) = apps({"realm": "acme", "keycloakVersion": "11.0.3", "clients": [client()]})
    assert source_of(app, "pkce_required") == (Rung.DECLARED, "realm.json")


def test_clients_exported_alone_say_nothing_about_policies() -> None:
    found = only(client(directAccessGrantsEnabled=True))
    for fact in ("pkce_required", "direct_access_grants", "require_pushed_authorization_requests"):
        assert unseen(found[fact]) is Reason.ABSENT_IN_FILE
    assert found["implicit_flow"] is False
    assert "password" not in found["grant_types"]


@pytest.mark.parametrize(
    ("method", "required", "methods"),
    [("S256", True, ["S256"]), ("s256", True, ["plain"]), ("plain", True, ["plain"]), ("", False, ["S256", "plain"])],
)
def test_pkce(method: str, required: bool, methods: list[str]) -> None:
    found = mapped({"pkce.code.challenge.method": method})
    assert (found["pkce_required"], found["code_challenge_methods"]) == (required, methods)


@pytest.mark.parametrize(
    ("required", "algorithm", "facts_"),
    [
        ("request only", "PS256", (True, True, "PS256")),
        ("request or request_uri", "any", (True, False, None)),
        ("request_uri only", "none", (True, False, "none")),
        ("Request Only", "PS256", (False, False, "PS256")),
        ("", "", (False, False, None)),
    ],
)
def test_request_objects(required: str, algorithm: str, facts_: tuple[Any, ...]) -> None:
    found = mapped({"request.object.required": required, "request.object.signature.alg": algorithm})
    names = ("request_object_required", "require_signed_request_object", "request_object_signing_alg")
    assert tuple(found[name] for name in names) == facts_


def test_other_attributes() -> None:
    found = mapped({
        "request.uris": "https://app.example/ro##https://*",
        "require.pushed.authorization.requests": True,
        "dpop.bound.access.tokens": "TRUE",
        "tls.client.certificate.bound.access.tokens": "true",
        "exclude.issuer.from.auth.response": "true",
        "standard.token.exchange.enabled": "true",
        "oauth2.device.authorization.grant.enabled": "true",
        "oidc.ciba.grant.enabled": "true",
        "request.object.encryption.alg": "any",
        "post.logout.redirect.uris": "https://app.example/bye##+",
    })  # fmt: skip
    assert found["request_uris"] == ["https://app.example/ro", "https://*"]
    for fact in (
        "require_pushed_authorization_requests", "dpop_bound_access_tokens", "iss_excluded",
        "tls_client_certificate_bound_access_tokens",
    ):  # fmt: skip
        assert found[fact] is True
    urn = "urn:ietf:params:oauth:grant-type:"
    assert {urn + "device_code", urn + "token-exchange", "urn:openid:params:grant-type:ciba"} <= {*found["grant_types"]}
    assert found["request_object_encryption_alg"] is None
    assert found["post_logout_redirect_uris"] == ["https://app.example/bye", "https://app.example/cb"]
    assert found["authorization_signed_response_alg"] is None


def test_an_older_server_may_have_no_dpop() -> None:
    document = realm(client({"dpop.bound.access.tokens": "true"}), keycloakVersion="26.3.0")
    assert isinstance(only(document)["dpop_bound_access_tokens"], NotObserved)


def test_switches_that_keycloak_refuses_in_spite_of_the_record() -> None:
    assert mapped(directAccessGrantsEnabled=True, consentRequired=True)["direct_access_grants"] is False
    assert "client_credentials" not in mapped(publicClient=True, serviceAccountsEnabled=True)["grant_types"]
    assert mapped(authorizationServicesEnabled=True, publicClient=True)["client_type"] == "confidential"
    bearer = mapped(bearerOnly=True, serviceAccountsEnabled=True)
    assert (bearer["client_type"], bearer["grant_types"]) == ("resource_server", [])


def test_relative_callbacks_and_web_origins() -> None:
    uris = ["/cb/*", "https://other.example/x", "com.example:/cb", "*"]
    found = mapped(rootUrl="https://root.example/", redirectUris=uris, webOrigins=["+", "https://cors.example"])
    assert found["redirect_uris"] == uris
    assert found["resolved_redirect_uris"] == ["https://root.example//cb/*", *uris[1:]]
    assert found["web_origins"] == ["https://root.example", "https://other.example", "https://cors.example"]
    assert mapped(redirectUris=["/cb"])["resolved_redirect_uris"] == ["{server}/cb"]
    assert mapped(redirectUris=["/cb"], rootUrl="${authBaseUrl}")["resolved_redirect_uris"] == ["{server}/cb"]
    assert mapped()["resolved_redirect_uris"] is None


def test_a_frontend_url_is_the_server() -> None:
    document = realm(client(redirectUris=["/cb"]), attributes={"frontendUrl": "https://id.example/auth"})
    (app,) = apps(document)
    assert app.issuer == "https://id.example/auth/realms/acme"
    assert facts(app)["resolved_redirect_uris"] == ["https://id.example/cb"]


def test_a_variable_of_the_importing_server_leaves_the_host_open() -> None:
    found = mapped(redirectUris=["${HOST}/cb"])
    assert found["redirect_uris"] == ["${HOST}/cb"]
    assert unseen(found["resolved_redirect_uris"]) is Reason.ABSENT_IN_FILE


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"redirectUris": ["http://localhost:*", "com.example:/cb"]}, "native"),
        ({"redirectUris": ["http://localhost:*"], "webOrigins": ["+"]}, None),
        ({"redirectUris": ["*"]}, None),
        ({"redirectUris": ["https://app.example/cb"]}, "spa"),
        ({"redirectUris": ["/cb"]}, "spa"),
        ({"publicClient": False, "standardFlowEnabled": False}, "service"),
        ({"publicClient": False, "redirectUris": []}, None),
    ],
)
def test_application_types(members: dict[str, Any], kind: str | None) -> None:
    found = mapped(**{"publicClient": True, **members})["application_type"]
    assert unseen(found) is Reason.UNCLASSIFIED if kind is None else found == kind


def test_members_of_the_wrong_type_are_not_seen() -> None:
    found = mapped(publicClient=["x"], redirectUris="https://app.example", attributes=7)
    for fact in ("client_type", "redirect_uris", "pkce_required"):
        assert unseen(found[fact]) is Reason.FAILED


def test_a_client_template_decides_where_full_scope_is_missing() -> None:
    assert unseen(only(hand_written(clientTemplate="t"))["full_scope_allowed"]) is Reason.ABSENT_IN_FILE


def test_what_an_import_and_the_admin_api_set_differently_is_left_open() -> None:
    found = only(hand_written(protocol="openid-connect"))
    assert unseen(found["client_type"]) is Reason.ABSENT_IN_FILE


def test_dates_of_secrets() -> None:
    dates = {"client.secret.creation.time": 1700000000, "client.secret.rotated.creation.time": "1600000000"}
    (app,) = apps(realm(client(dates)))
    assert [(found["kid"], found["created_at"]) for found in app.credentials] == [
        ("client.secret", "2023-11-14T22:13:20Z"),
        ("client.secret.rotated", "2020-09-13T12:26:40Z"),
    ]
