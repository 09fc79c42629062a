"""A client's keys and credentials: told by their dates and public parts, never by a value."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.facts import Facts, NotObserved, Reason
from tests.connectors.contract import facts
from tests.connectors.keycloak.made import apps, client, mapped, realm

CERTIFICATE, PUBLIC_KEY = "jwt.credential.certificate", "jwt.credential.public.key"
FROM, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
JWKS = '{"keys": [{"kty": "RSA", "kid": "one", "n": "AQAB", "e": "AQAB", "d": "x"}, {"kty": "EC", "kid": "two"}]}'


@cache
def key(kind: str) -> Any:
    made = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ec": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed": ed25519.Ed25519PrivateKey.generate,
        "x": x25519.X25519PrivateKey.generate,
    }
    return made[kind]()


def public_key(kind: str) -> str:
    """As Keycloak holds it: the body of a PEM."""
    der = key(kind).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@cache
def certificate(kind: str) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    made = x509.CertificateBuilder(name, name, key(kind).public_key(), 255, FROM, UNTIL)
    signed = made.sign(key(kind), None if kind == "ed" else hashes.SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()


def credentials(attributes: dict[str, Any] | None = None, **members: Any) -> list[Facts]:
    (app,) = apps(realm(client(attributes, **members)))
    return list(app.credentials)


def keys(attributes: dict[str, Any]) -> Any:
    return mapped(attributes)["jwks"]


@pytest.mark.parametrize(
    ("attributes", "members", "found"),
    [
        ({}, {}, [("client.secret", None, None)]),
        ({"client.secret.creation.time": 1700000000}, {}, [("client.secret", "2023-11-14T22:13:20Z", None)]),
        ({"client.secret.creation.time": "1700000000", "client.secret.expiration.time": "1700003600"}, {},
         [("client.secret", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20Z")]),
        ({"client.secret.expiration.time": "0"}, {}, [("client.secret", None, None)]),
        ({"client.secret.rotated.creation.time": "1600000000", "client.secret.rotated.expiration.time": "1700000000"},
         {}, [("client.secret", None, None),
              ("client.secret.rotated", "2020-09-13T12:26:40Z", "2023-11-14T22:13:20Z")]),
        ({}, {"publicClient": True}, []),
        ({}, {"clientAuthenticatorType": "client-jwt"}, []),
        ({}, {"bearerOnly": True}, []),
        ({}, {"clientAuthenticatorType": "client-secret-jwt"}, [("client.secret", None, None)]),
    ],
)  # fmt: skip
def test_secrets_are_told_by_their_dates(
    attributes: dict[str, Any], members: dict[str, Any], found: list[tuple[str, str | None, str | None]]
) -> None:
    shown = credentials(attributes, **members)
    dates = [tuple(None if isinstance(each[name], NotObserved) else each[name] for name in
                   ("kid", "created_at", "expires_at")) for each in shown]  # fmt: skip
    assert dates == found
    assert {each["credential_type"] for each in shown} <= {"secret"}


@pytest.mark.parametrize("date", ["soon", "1e9", "-5", "9" * 30, "\u0661\u0662"])
def test_a_date_that_is_none_is_not_observed(date: str) -> None:
    (found,) = credentials({"client.secret.creation.time": date, "client.secret.expiration.time": date})
    for name in ("created_at", "expires_at"):
        assert isinstance(found[name], NotObserved)


@pytest.mark.parametrize(
    ("kind", "kty", "size"), [("rsa", "RSA", 2048), ("ec", "EC", 384), ("ed", "OKP", 256)], ids=["rsa", "ec", "ed"]
)
def test_a_static_key_is_shown_as_a_jwk(kind: str, kty: str, size: int) -> None:
    for attribute, text in ((PUBLIC_KEY, public_key(kind)), (CERTIFICATE, certificate(kind))):
        (shown,) = keys({attribute: text})["keys"]
        assert shown["kty"] == kty
    used = credentials({CERTIFICATE: certificate(kind)}, clientAuthenticatorType="client-jwt")
    (found,) = used
    assert (found["credential_type"], found["kid"], found["kty"], found["key_size"]) == ("certificate", "ff", kty, size)
    assert (found["created_at"], found["expires_at"]) == ("2024-01-01T00:00:00Z", "2034-01-01T00:00:00Z")


def test_a_static_key_may_be_framed_as_a_pem() -> None:
    framed = f"-----BEGIN PUBLIC KEY-----\n{public_key('rsa')}\n-----END PUBLIC KEY-----\n"
    assert keys({PUBLIC_KEY: framed}) == keys({PUBLIC_KEY: public_key("rsa")})


@pytest.mark.parametrize("text", ["AAAA", "no base64", "é", certificate("rsa")[:-8]])
def test_a_static_key_that_cannot_be_read_is_not_observed(text: str) -> None:
    for attribute in (CERTIFICATE, PUBLIC_KEY):
        found = keys({attribute: text})
        assert isinstance(found, NotObserved)
        assert found.reason is Reason.FAILED
    assert isinstance(keys({PUBLIC_KEY: public_key("x")}), NotObserved), "a key that signs nothing"


def test_where_keys_stand_a_url_comes_first_then_a_set_then_a_static_key() -> None:
    static = {CERTIFICATE: certificate("rsa")}
    by_set = {"use.jwks.string": "true", "jwks.string": JWKS, **static}
    by_url = {"use.jwks.url": "true", "jwks.url": "/jwks.json", **by_set}
    (app,) = apps(realm(client(by_url, rootUrl="https://app.example")))
    assert (facts(app)["jwks"], facts(app)["jwks_uri"]) == (None, "https://app.example/jwks.json")
    assert [each["kid"] for each in keys(by_set)["keys"]] == ["one", "two"]
    assert [each["kid"] for each in credentials(by_set, clientAuthenticatorType="client-jwt")] == ["one", "two"]
    assert len(keys(static)["keys"]) == 1
    assert keys({**by_set, "use.jwks.string": "false"}) == keys(static)
    assert keys({"jwks.string": JWKS}) is None
    assert keys({"use.jwks.string": "true"}) is None


def test_with_two_static_keys_keycloak_loads_none() -> None:
    both = {CERTIFICATE: certificate("rsa"), PUBLIC_KEY: public_key("ec")}
    assert keys(both) == {"keys": []}
    assert credentials(both, clientAuthenticatorType="client-jwt") == []
