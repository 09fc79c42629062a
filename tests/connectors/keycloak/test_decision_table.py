"""The decision table, row by row, on made-up records: what each member and attribute makes of the facts.

Rows that client policies have a part in are in `test_policies`, what a file lacks is in `test_mapping`.
"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import NotObserved, Reason
from connectors.keycloak import KeycloakConnector
from tests.connectors.contract import facts
from tests.connectors.keycloak.made import apps, client, mapped, only, opened, realm

URN = "urn:ietf:params:oauth:grant-type:"
CODE = {"authorization_code", "refresh_token"}
PUBLIC = {"publicClient": True}
NO_FLOW = {"standardFlowEnabled": False}
SERVICE = {**NO_FLOW, "serviceAccountsEnabled": True}
NATIVE = {**PUBLIC, "redirectUris": ["com.example.app:/cb"]}
UNKNOWN = Reason.UNCLASSIFIED
LEFT_OUT = Reason.ABSENT_IN_FILE


def told(value: Any) -> Any:
    """A value, or the reason why there is none; lists in one order."""
    if isinstance(value, NotObserved):
        return value.reason
    return sorted(value) if isinstance(value, list) else value


# Rows 1 to 4: what a client is


def test_row_1_other_protocols_are_counted_as_skipped() -> None:
    protocols = ("saml", "docker-v2", "openid-connect", "", None)
    connector = opened(realm(*(client(clientId=str(protocol), protocol=protocol) for protocol in protocols)))
    (page,) = connector.apps()
    assert [record["clientId"] for record in page.records] == ["openid-connect", "", "None"]
    assert connector.skipped == 2


def test_row_2_a_bearer_only_client_takes_no_grant() -> None:
    found = mapped(bearerOnly=True, serviceAccountsEnabled=True, implicitFlowEnabled=True, fullScopeAllowed=True)
    assert (found["client_type"], found["grant_types"], found["response_types"]) == ("resource_server", [], [])
    assert (found["implicit_flow"], found["application_type"], found["full_scope_allowed"]) == (False, None, True)


@pytest.mark.parametrize(
    ("realm_name", "members", "built_in"),
    [
        *(("acme", {"clientId": name}, True) for name in (
            "account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console",
            "admin-permissions", "_system",
        )),
        ("master", {"clientId": "realm-management"}, False),
        ("acme", {"clientId": "Account"}, False),
        ("acme", {"clientId": "any", "attributes": {"realm_client": "TRUE"}}, True),
        ("acme", {"clientId": "any", "attributes": {"realm_client": "false"}}, False),
        ("master", {"clientId": "acme-realm", "bearerOnly": True}, True),
        ("acme", {"clientId": "acme-realm", "bearerOnly": True}, True),
        ("acme", {"clientId": "acme-realm", "bearerOnly": False}, False),
        ("acme", {"clientId": "other-realm", "bearerOnly": True}, False),
        ("acme", {"clientId": "other-realm", "bearerOnly": True, "name": "other Realm"}, True),
    ],
)  # fmt: skip
def test_row_3_built_in_clients(realm_name: str, members: dict[str, Any], built_in: bool) -> None:
    assert only(realm(client(**members), realm=realm_name))["platform_client"] is built_in


@pytest.mark.parametrize(
    ("members", "attributes", "kind", "method"),
    [
        ({}, {}, "confidential", "client_secret_basic"),
        (PUBLIC, {}, "public", "none"),
        (PUBLIC | {"clientAuthenticatorType": "client-jwt"}, {}, "public", "none"),
        (PUBLIC | {"authorizationServicesEnabled": True}, {}, "confidential", "client_secret_basic"),
        ({"clientAuthenticatorType": "client-secret-jwt"}, {}, "confidential", "client_secret_jwt"),
        ({"clientAuthenticatorType": "client-jwt"}, {}, "confidential", "private_key_jwt"),
        ({"clientAuthenticatorType": "client-x509"}, {}, "confidential", "tls_client_auth"),
        ({"clientAuthenticatorType": "federated-jwt"}, {}, "confidential", UNKNOWN),
        ({}, {"client.secret.authentication.allowed.method": "client_secret_post"}, "confidential",
         "client_secret_post"),
    ],
)  # fmt: skip
def test_row_4_client_type_and_authentication(
    members: dict[str, Any], attributes: dict[str, str], kind: str, method: Any
) -> None:
    found = mapped(attributes, **members)
    assert (found["client_type"], told(found["token_endpoint_auth_method"])) == (kind, method)


# Rows 5 to 7 and 24: where a client lives


@pytest.mark.parametrize(
    ("members", "attributes", "kind"),
    [
        ({}, {}, "web"),
        ({"redirectUris": ["http://localhost/cb"]}, {}, "web"),
        ({"redirectUris": []}, {}, UNKNOWN),
        (SERVICE, {}, "service"),
        (NO_FLOW, {"oauth2.device.authorization.grant.enabled": "true"}, UNKNOWN),
        ({**PUBLIC, **NO_FLOW}, {}, UNKNOWN),
        ({**PUBLIC, **NO_FLOW, "implicitFlowEnabled": True}, {}, "spa"),
        ({**PUBLIC, "redirectUris": ["https://app.example/cb"]}, {}, "spa"),
        ({**PUBLIC, "redirectUris": ["com.example.app:/cb", "https://*"]}, {}, "spa"),
        ({**PUBLIC, "redirectUris": ["/cb"]}, {}, "spa"),
        ({**PUBLIC, "redirectUris": ["/cb"], "rootUrl": "http://localhost:3000"}, {}, "native"),
        (NATIVE, {}, "native"),
        ({**PUBLIC, "redirectUris": ["http://127.0.0.1/cb", "http://[::1]:*", "urn:ietf:wg:oauth:2.0:oob"]}, {},
         "native"),
        ({**NATIVE, "webOrigins": ["+"]}, {}, UNKNOWN),
        ({**NATIVE, "redirectUris": []}, {}, UNKNOWN),
        ({**NATIVE, "redirectUris": ["*"]}, {}, UNKNOWN),
        ({**NATIVE, "redirectUris": ["com.example.app:/cb", "app/*"]}, {}, UNKNOWN),
    ],
)  # fmt: skip
def test_row_6_application_types(members: dict[str, Any], attributes: dict[str, str], kind: Any) -> None:
    assert told(mapped(attributes, **members)["application_type"]) == kind


@pytest.mark.parametrize(
    ("root", "frontend", "uri", "resolved"),
    [
        ("https://root.example", None, "/cb/*", "https://root.example/cb/*"),
        ("https://root.example/", None, "/cb", "https://root.example//cb"),
        ("https://root.example/app", None, "/cb", "https://root.example/app/cb"),
        (None, None, "/cb", "{server}/cb"),
        ("", "https://id.example/auth/", "/cb", "https://id.example/cb"),
        ("${authBaseUrl}", None, "/cb", "{server}/cb"),
        ("${authBaseUrl}", "https://id.example/auth/", "/cb", "https://id.example/auth/cb"),
        ("${authAdminUrl}", "https://id.example/auth", "/cb", "https://id.example/auth/cb"),
        ("https://root.example", None, "app/*", "app/*"),
        ("https://root.example", None, "+", "+"),
        ("https://root.example", None, "*", "*"),
    ],
)
def test_row_7_relative_callbacks_are_shown_raw_and_judged_resolved(
    root: str | None, frontend: str | None, uri: str, resolved: str
) -> None:
    uris = [uri, "https://other.example/*"]
    found = only(realm(client(rootUrl=root, redirectUris=uris), attributes={"frontendUrl": frontend}))
    assert found["redirect_uris"] == uris
    assert found["resolved_redirect_uris"] == (None if resolved == uri else [resolved, uris[1]])


@pytest.mark.parametrize(
    ("origins", "uris", "found"),
    [
        (["+"], ["https://a.example/cb", "https://a.example/x", "http://b.example:81/*"],
         ["http://b.example:81", "https://a.example"]),
        (["+"], ["*", "com.example.app:/cb"], []),
        (["+", "https://c.example"], ["/cb"], ["https://c.example", "{server}"]),
        (["+"], ["http://localhost:*"], ["http://localhost:*"]),
        (["*"], ["https://a.example/cb"], ["*"]),
        ([], ["https://a.example/cb"], []),
        (None, ["https://a.example/cb", "/relative", "com.example.app:/cb"], ["https://a.example"]),
    ],
)  # fmt: skip
def test_row_24_web_origins(origins: list[str] | None, uris: list[str], found: list[str]) -> None:
    assert told(mapped(webOrigins=origins, redirectUris=uris)["web_origins"]) == found


# Rows 8 to 13 and 21 to 23: how requests and responses are protected


@pytest.mark.parametrize(
    ("method", "required", "methods"),
    [
        ("S256", True, ["S256"]), ("plain", True, ["plain"]), ("s256", True, ["plain"]), ("x", True, ["plain"]),
        ("", False, ["S256", "plain"]), (None, False, ["S256", "plain"]),
    ],
)  # fmt: skip
def test_row_8_pkce(method: str | None, required: bool, methods: list[str]) -> None:
    found = mapped({"pkce.code.challenge.method": method})
    assert (found["pkce_required"], found["code_challenge_methods"]) == (required, methods)


@pytest.mark.parametrize("required", ["request or request_uri", "request only", "request_uri only", "Request Only", ""])
@pytest.mark.parametrize(
    ("algorithm", "shown", "signed"),
    [("PS256", "PS256", True), ("none", "none", False), ("any", None, False), ("", None, False), (None, None, False)],
)
def test_row_9_request_objects(required: str, algorithm: str | None, shown: str | None, signed: bool) -> None:
    found = mapped({"request.object.required": required, "request.object.signature.alg": algorithm})
    is_required = required in {"request or request_uri", "request only", "request_uri only"}
    assert found["request_object_required"] is is_required
    assert found["require_signed_request_object"] is (is_required and signed)
    assert found["request_object_signing_alg"] == shown


@pytest.mark.parametrize(
    ("key", "text", "fact", "value"),
    [
        ("authorization.signed.response.alg", "PS256", "authorization_signed_response_alg", "PS256"),
        ("authorization.signed.response.alg", "PS256", "jwt_response_required", False),
        ("authorization.signed.response.alg", "", "authorization_signed_response_alg", None),
        ("authorization.encrypted.response.alg", "RSA-OAEP", "authorization_encrypted_response_alg", "RSA-OAEP"),
        ("authorization.encrypted.response.enc", "A256GCM", "authorization_encrypted_response_enc", "A256GCM"),
        ("request.object.encryption.alg", "any", "request_object_encryption_alg", None),
        ("request.object.encryption.enc", "A256GCM", "request_object_encryption_enc", "A256GCM"),
        ("require.pushed.authorization.requests", "true", "require_pushed_authorization_requests", True),
        ("require.pushed.authorization.requests", "True", "require_pushed_authorization_requests", True),
        ("require.pushed.authorization.requests", True, "require_pushed_authorization_requests", True),
        ("require.pushed.authorization.requests", "yes", "require_pushed_authorization_requests", False),
        ("require.pushed.authorization.requests", "", "require_pushed_authorization_requests", False),
        ("tls.client.certificate.bound.access.tokens", "true", "tls_client_certificate_bound_access_tokens", True),
        ("tls.client.certificate.bound.access.tokens", "false", "tls_client_certificate_bound_access_tokens", False),
        ("exclude.issuer.from.auth.response", "true", "iss_excluded", True),
        ("exclude.issuer.from.auth.response", None, "iss_excluded", False),
        ("request.uris", "https://a.example/ro##https://*", "request_uris", ["https://*", "https://a.example/ro"]),
        ("request.uris", "", "request_uris", []),
        ("post.logout.redirect.uris", None, "post_logout_redirect_uris", ["https://app.example/cb"]),
        ("post.logout.redirect.uris", "https://a.example/##+", "post_logout_redirect_uris",
         ["https://a.example/", "https://app.example/cb"]),
        ("post.logout.redirect.uris", "-##https://a.example/", "post_logout_redirect_uris", []),
        ("token.endpoint.auth.signing.alg", "PS256", "token_endpoint_auth_signing_alg", "PS256"),
        ("id.token.signed.response.alg", "ES256", "id_token_signed_response_alg", "ES256"),
        ("logoUri", "https://a.example/logo", "logo_uri", "https://a.example/logo"),
    ],
)  # fmt: skip
def test_rows_10_to_23_attributes(key: str, text: Any, fact: str, value: Any) -> None:
    assert told(mapped({key: text})[fact]) == value


@pytest.mark.parametrize(
    ("version", "attribute", "bound"),
    [("26.4.0", "true", True), ("26.3.5", "true", LEFT_OUT), (None, "true", LEFT_OUT), ("26.3.5", "false", False)],
)
def test_row_12_dpop_does_nothing_on_a_server_that_has_it_off(version: str | None, attribute: str, bound: Any) -> None:
    found = only(realm(client({"dpop.bound.access.tokens": attribute}), keycloakVersion=version))
    assert told(found["dpop_bound_access_tokens"]) == bound


# Rows 14 to 20: grants


@pytest.mark.parametrize(
    ("members", "attributes", "grants"),
    [
        ({}, {}, CODE),
        ({}, {"use.refresh.tokens": "false"}, {"authorization_code"}),
        ({}, {"use.refresh.tokens": "FALSE"}, {"authorization_code"}),
        ({**NO_FLOW, "implicitFlowEnabled": True}, {}, {"implicit"}),
        ({"implicitFlowEnabled": True}, {}, {*CODE, "implicit"}),
        ({**NO_FLOW, "directAccessGrantsEnabled": True}, {}, {"password", "refresh_token"}),
        ({**NO_FLOW, "directAccessGrantsEnabled": True, "consentRequired": True}, {}, set()),
        (SERVICE, {}, {"client_credentials"}),
        (SERVICE, {"client_credentials.use_refresh_token": "true"}, {"client_credentials", "refresh_token"}),
        ({**SERVICE, **PUBLIC}, {}, set()),
        ({**NO_FLOW, "authorizationServicesEnabled": True}, {}, {"client_credentials", URN + "uma-ticket"}),
        (NO_FLOW, {"oauth2.device.authorization.grant.enabled": "true"}, {URN + "device_code", "refresh_token"}),
        (NO_FLOW, {"oidc.ciba.grant.enabled": "true"}, {"urn:openid:params:grant-type:ciba", "refresh_token"}),
        (NO_FLOW, {"standard.token.exchange.enabled": "true"}, {URN + "token-exchange"}),
        ({**NO_FLOW, **PUBLIC}, {"standard.token.exchange.enabled": "true"}, set()),
        (NO_FLOW, {"oauth2.jwt.authorization.grant.enabled": "true"}, {URN + "jwt-bearer"}),
    ],
)
def test_rows_14_to_20_grants(members: dict[str, Any], attributes: dict[str, str], grants: set[str]) -> None:
    assert {*mapped(attributes, **members)["grant_types"]} == grants


@pytest.mark.parametrize(
    ("version", "attribute", "grant", "there"),
    [
        ("12.0.4", "oauth2.device.authorization.grant.enabled", URN + "device_code", False),
        ("13.0.0", "oauth2.device.authorization.grant.enabled", URN + "device_code", True),
        ("7.4.10.GA", "oidc.ciba.grant.enabled", "urn:openid:params:grant-type:ciba", False),
        ("26.1.5", "standard.token.exchange.enabled", URN + "token-exchange", False),
        (None, "standard.token.exchange.enabled", URN + "token-exchange", False),
        ("26.2.0", "standard.token.exchange.enabled", URN + "token-exchange", True),
    ],
)
def test_rows_18_to_20_a_grant_does_not_exist_before_its_version(
    version: str | None, attribute: str, grant: str, there: bool
) -> None:
    found = only(realm(client({attribute: "true"}), keycloakVersion=version))
    assert (grant in found["grant_types"]) is there


@pytest.mark.parametrize(
    ("code", "implicit", "types"),
    [
        (True, False, ["code"]),
        (False, True, ["id_token", "id_token token", "token"]),
        (True, True, ["code", "code id_token", "code id_token token", "code token", "id_token", "id_token token",
                      "token"]),
        (False, False, []),
    ],
)  # fmt: skip
def test_rows_14_and_15_response_types(code: bool, implicit: bool, types: list[str]) -> None:
    found = mapped(standardFlowEnabled=code, implicitFlowEnabled=implicit)
    assert sorted(found["response_types"]) == types
    assert found["implicit_flow"] is implicit


# The other facts


def test_a_name_falls_back_to_the_client_id_and_empty_text_is_none() -> None:
    found = mapped(name="", description="", baseUrl="")
    assert (found["client_name"], found["description"], found["client_uri"]) == ("app", None, None)
    assert mapped(name="${client_x}", baseUrl="/home", rootUrl="https://a.example")["client_uri"].endswith("/home")


def test_scopes_are_default_and_optional_ones_once() -> None:
    found = mapped(defaultClientScopes=["profile", "email"], optionalClientScopes=["email", "offline_access"])
    assert found["scope"] == "profile email offline_access"


@pytest.mark.parametrize(
    ("keycloak", "version"),
    [("7.0.0.GA", (1, 9, 8)), ("7.4.3.GA", (9, 0, 3)), ("26.0.5", (26, 0, 5)), ("22.0.6.redhat-00001", (22, 0, 6)),
     ("999.0.0-SNAPSHOT", (999, 0, 0)), ("7.9.0.GA", None), ("nightly", None), (26, None), (None, None)],
)  # fmt: skip
def test_versions(keycloak: Any, version: tuple[int, int, int] | None) -> None:
    connector = opened(realm(client(), keycloakVersion=keycloak))
    (basis,) = connector.basis()
    assert (None if version is None else list(version)) in basis


def test_a_client_is_told_by_its_id_where_keycloak_could_not_hold_its_client_id() -> None:
    long, short = client(clientId="x" * 256), client(clientId="y" * 255)
    unnamed = {name: value for name, value in client(id=7).items() if name != "clientId"}
    found = {app.client_id: facts(app)["client_id"] for app in apps(realm(long, short, unnamed))}
    assert found["y" * 255] == "y" * 255
    assert told(found["#1"]) is Reason.FAILED
    assert told(found["#3"]) is LEFT_OUT


def test_what_is_no_export_of_keycloak_is_left_to_others() -> None:
    for document in ({}, [], [7], {"client_id": "app"}, {"realm": "acme", "auth-server-url": "https://id.example"}):
        assert KeycloakConnector.open_file(document, "x.json") is None
