"""No secret of a record comes out of the connector."""

from __future__ import annotations

import json
from typing import Any

from connectors.facts import NotObserved
from tests.connectors.keycloak.made import client, mapped, only, opened, policy, realm, under

MARK = "MARKED"


def address(name: str) -> str:
    return f"https://user:{MARK}-{name}@app.example/{name}"


def leaky() -> dict[str, Any]:
    key = {"kty": "RSA", "n": "AQAB", "e": "AQAB"} | dict.fromkeys(("d", "p", "q", "dp", "dq", "qi", "k"), MARK)
    attributes = {
        "client.secret.rotated": MARK,
        "saml.signing.private.key": MARK,
        "jwt.credential.private.key": MARK,
        "jwt.credential.certificate": MARK,
        "jwt.credential.public.key": f"-----BEGIN PRIVATE KEY-----{MARK}",
        "use.jwks.string": "true",
        "jwks.string": json.dumps({"keys": [key], "note": MARK}),
        "logoUri": {"password": MARK},
        "policyUri": address("policy"),
        "jwks.url": address("jwks"),
        "request.uris": f"{address('one')}##{address('two')}",
        "post.logout.redirect.uris": f"+##{address('out')}",
        "something.of.theirs": MARK,
    }
    return client(
        attributes,
        secret=MARK,
        registrationAccessToken=MARK,
        rootUrl=address("root"),
        baseUrl=address("base"),
        redirectUris=[address("cb"), "/relative"],
        webOrigins=["+", address("origin")],
        description={"secret": MARK},
        protocolMappers=[{"config": {"secret": MARK}}],
    )


def test_no_marked_secret_comes_out() -> None:
    pair = {"key": "client.secret.rotated", "value": "x"}
    asked = policy(under("client-attributes", attributes=[pair]), "pkce-enforcer")
    document = realm(
        leaky(),
        attributes={"frontendUrl": address("frontend")},
        smtpServer={"password": MARK},
        identityProviders=[{"config": {"clientSecret": MARK}}],
        **asked,
    )
    connector = opened(document)
    servers, pages = list(connector.authorization_servers()), list(connector.apps())
    mapped_apps = [connector.map_app(record, page.source) for page in pages for record in page.records]
    assert mapped_apps
    assert MARK not in repr((servers, pages, mapped_apps, connector.basis()))


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
        assert isinstance(only(realm(client(attributes)))["jwks"], NotObserved)
