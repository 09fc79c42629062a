"""No secret comes out of the connector, from whatever member of an answer or a file it was planted in."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.errors import ConnectorError
from connectors.facts import NotObserved
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.organisation import Organisation
from lab.policies import ENFORCING
from lab.secrets import SECRET_MARK as MARK
from lab.server import KeycloakServer, Reply
from tests.connectors.contract import read_all
from tests.connectors.keycloak.made import client as made_client
from tests.connectors.keycloak.made import connect, mapped, only, opened, realm

KEPT = {
    # of a client
    "id", "clientId", "name", "description", "protocol", "rootUrl", "baseUrl", "clientAuthenticatorType",
    "clientTemplate", "redirectUris", "webOrigins", "defaultClientScopes", "optionalClientScopes", "enabled",
    "bearerOnly", "consentRequired", "standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled",
    "serviceAccountsEnabled", "authorizationServicesEnabled", "publicClient", "fullScopeAllowed", "attributes",
    # of a realm
    "realm", "clients", "keycloakVersion", "sslRequired", "defaultSignatureAlgorithm", "defaultDefaultClientScopes",
    "defaultOptionalClientScopes", "clientPolicies", "clientProfiles",
    # of client policies
    "policies", "profiles", "globalPolicies", "globalProfiles", "conditions", "condition", "executors", "executor",
    "configuration", "is-negative-logic", "scopes", "type",
    # of keys
    "keys", "kty", "kid", "use", "alg", "n", "e", "crv", "x", "y",
}  # fmt: skip
"""Members whose values are meant to be seen. All others are replaced by a mark, whatever they hold."""
ATTRIBUTES_KEPT = {
    "pkce.code.challenge.method", "request.object.required", "request.object.signature.alg",
    "authorization.signed.response.alg", "require.pushed.authorization.requests", "dpop.bound.access.tokens",
    "token.endpoint.auth.signing.alg", "exclude.issuer.from.auth.response", "use.jwks.url",
    "client.secret.creation.time", "client.secret.rotated.creation.time", "client.secret.rotated.expiration.time",
    "realm_client", "tosUri",
}  # fmt: skip
"""Those of them that the lab has."""
KEY: dict[str, Any] = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
PRIVATE_KEY = json.dumps({"keys": [KEY | dict.fromkeys(("d", "p", "q", "dp", "dq", "qi", "oth", "k"), MARK)]})
STRANGE = {"somethingNew": MARK, "client_secret": [MARK], MARK: {"nested": [{"password": MARK}]}}


def address(path: str) -> str:
    return f"https://user:{MARK}@app.example/{path}"


def planted(value: Any, name: str = "") -> Any:
    """The document with marks in place of all that is not kept, and with members that nobody knows."""
    if isinstance(value, list):
        return [planted(entry, name) for entry in value]
    if not isinstance(value, dict):
        return value
    if name == "attributes":
        kept = {key: text for key, text in value.items() if key in ATTRIBUTES_KEPT}
        return dict.fromkeys(value, MARK) | STRANGE | kept | SECRET_ATTRIBUTES
    return {key: planted(part, key) if key in KEPT else MARK for key, part in value.items()} | STRANGE | SECRET_MEMBERS


SECRET_MEMBERS: dict[str, Any] = {
    "secret": MARK, "registrationAccessToken": MARK, "adminUrl": address("admin"),
    "authorizationSettings": {"secret": MARK}, "protocolMappers": [{"config": {"secret": MARK}}],
    "registeredNodes": {MARK: 1}, "smtpServer": {"password": MARK},
    "identityProviders": [{"config": {"clientSecret": MARK}}], "components": {MARK: [{"config": {"key": [MARK]}}]},
    "users": [{"credentials": [{"secretData": MARK}]}], "privateKey": MARK, "codeSecret": MARK, "d": MARK, "k": MARK,
}  # fmt: skip
SECRET_ATTRIBUTES: dict[str, Any] = {
    "client.secret.rotated": MARK, "saml.signing.private.key": MARK, "saml.encryption.private.key": MARK,
    "jwt.credential.private.key": MARK, "jwt.credential.certificate": MARK,
    "jwt.credential.public.key": f"-----BEGIN PRIVATE KEY-----{MARK}", "use.jwks.string": "true",
    "jwks.string": PRIVATE_KEY, "logoUri": {"password": MARK}, "policyUri": address("policy"),
    "jwks.url": address("jwks"), "request.uris": f"{address('one')}##{address('two')}",
    "post.logout.redirect.uris": f"+##{address('out')}", "something.of.theirs": MARK, "frontendUrl": address("id"),
}  # fmt: skip


def with_addresses(document: Any) -> Any:
    """Each client has passwords in the addresses that are kept of it."""
    for client in document:
        client.update(rootUrl=address("root"), baseUrl=address("base"), redirectUris=[address("cb"), "/relative"])
        client.update(webOrigins=["+", address("origin")], description={"secret": MARK})
    return document


class Leaky(KeycloakServer):
    """Answers with marks in every member that is not meant to be seen."""

    def get(self, target: str, authorization: str) -> Reply:
        status, body = super().get(target, authorization)
        path = urlsplit(target).path
        if any(path.endswith(end) for end in self.faults):
            return status, body
        if status != 200:
            return status, json.dumps({"error": MARK, "error_description": MARK, "errorMessage": MARK}).encode()
        document = json.loads(body)
        if path.endswith("/openid-configuration"):
            return status, json.dumps(document | STRANGE).encode()
        document = planted(document)
        if path.endswith("/clients"):
            document = with_addresses(document)
        return status, json.dumps(document).encode()

    def post(self, *asked: Any) -> Reply:
        status, body = super().post(*asked)
        more = {"error_description": MARK, "refresh_token": MARK, "id_token": MARK}
        return status, json.dumps(json.loads(body) | STRANGE | more).encode()


@pytest.fixture
def keycloak() -> Keycloak:
    return Keycloak(Organisation(4, 30), ENFORCING)


@pytest.fixture
def server(keycloak: Keycloak) -> Iterator[Leaky]:
    with Leaky(keycloak) as started:
        yield started


def test_the_marks_are_there(server: Leaky, keycloak: Keycloak) -> None:
    assert MARK in keycloak.accounts[SCANNER].client_secret
    _, body = server.post(
        f"/realms/{keycloak.realm}/protocol/openid-connect/token",
        {
            "grant_type": ["client_credentials"],
            "client_id": [SCANNER],
            "client_secret": [keycloak.accounts[SCANNER].client_secret],
        },
        "",
    )
    token = json.loads(body)["access_token"]
    for path in ("", "/clients", "/client-policies/policies", "/client-policies/profiles"):
        _, body = server.get(f"/admin/realms/{keycloak.realm}{path}", f"Bearer {token}")
        assert MARK.encode() in body


def test_no_marked_secret_of_an_answer_comes_out(
    server: Leaky, keycloak: Keycloak, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connector = connect(server, keycloak)
    connector.check()
    servers, pages, apps = read_all(connector)
    assert len(apps) == keycloak.oauth_clients
    assert MARK not in repr((servers, pages, apps, connector.basis(), connector.missing))
    assert MARK not in caplog.text


def test_no_marked_secret_of_an_export_comes_out(keycloak: Keycloak) -> None:
    document = planted(json.loads(keycloak.export()))
    document["clients"] = with_addresses(planted(document["clients"]))
    document["attributes"] = {"frontendUrl": address("id")}
    assert json.dumps(document).count(MARK) > 1000
    connector = opened(document)
    servers, pages, apps = read_all(connector)
    assert apps
    assert MARK not in repr((servers, pages, apps, connector.basis()))


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        (path, reply)
        for path in ("/openid-configuration", "/certs", "/policies", "/clients")
        for reply in (
            (400, MARK.encode()), (401, MARK.encode()), (403, MARK.encode()), (404, MARK.encode()),
            (500, MARK.encode()), (200, b"<html>" + MARK.encode()), (200, b'{"' + MARK.encode()),
            (200, json.dumps([MARK, {"id": [MARK]}]).encode()), (200, json.dumps({MARK: MARK}).encode()),
        )
    ],
)  # fmt: skip
def test_no_error_repeats_what_was_answered(
    server: Leaky, keycloak: Keycloak, path: str, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults[path] = reply
    connector = connect(server, keycloak)
    try:
        told = repr(read_all(connector))
    except ConnectorError:
        told = traceback.format_exc()
    assert MARK not in told + caplog.text


def test_a_refused_secret_is_not_repeated(server: Leaky, keycloak: Keycloak) -> None:
    with pytest.raises(ConnectorError) as refused:
        connect(server, keycloak, client_secret=f"{MARK}-wrong").check()
    assert MARK not in "".join(traceback.format_exception(refused.value))


def test_passwords_in_addresses_are_masked_and_references_kept() -> None:
    found = mapped(rootUrl=address("root"), redirectUris=[address("cb"), "/cb"], webOrigins=["+"])
    assert found["redirect_uris"] == ["https://user:xxxxx@app.example/cb", "/cb"]
    assert found["web_origins"] == ["https://user:xxxxx@app.example"]
    reference = "https://user:${PASSWORD}@app.example/cb"
    assert mapped(redirectUris=[reference])["redirect_uris"] == [reference]


def test_what_a_database_cannot_hold_is_replaced_inside_a_key_set_too() -> None:
    text = '{"keys": [{"kty": "RSA", "kid": "a\\u0000b\\ud800"}]}'
    found = mapped({"use.jwks.string": "true", "jwks.string": text})
    assert found["jwks"]["keys"] == [{"kty": "RSA", "kid": "a\ufffdb\ufffd"}]


def test_a_key_set_or_a_key_that_cannot_be_read_is_not_observed() -> None:
    for attributes in ({"use.jwks.string": "true", "jwks.string": "{"}, {"jwt.credential.certificate": "AAAA"}):
        assert isinstance(only(realm(made_client(attributes)))["jwks"], NotObserved)
