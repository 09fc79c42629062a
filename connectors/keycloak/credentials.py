"""A client's keys, and its credentials with their dates: never a value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from connectors.facts import Facts, Json, NotObserved, Reason
from connectors.keycloak.keys import CERTIFICATE, PUBLIC_KEY, certificate_facts, static_jwk
from connectors.keycloak.members import Client
from connectors.keycloak.redaction import WRONG_TYPE
from connectors.keycloak.unseen import Unseen
from connectors.oidc.keys import key_facts, read_jwks

_WITH_SECRET: Final = frozenset({"client-secret", "client-secret-jwt"})
_ABOUT_KEYS: Final = frozenset({"use.jwks.url", "use.jwks.string", CERTIFICATE, PUBLIC_KEY, WRONG_TYPE})
_NO_DATE: Final = NotObserved(Reason.NOT_RETURNED, "Keycloak dates only the secrets that it made itself")

_UNDATED: Final = NotObserved(Reason.NOT_RETURNED, "a key states no date of creation (RFC 7517)")

Keys = tuple[dict[str, Json] | None, str | None]


def client_keys(client: Client) -> Keys:
    """The keys by value, and where they are published: a URL comes first, then a JWK set, then a static key.

    With a static certificate and a static public key both, Keycloak loads neither. Raises Unseen.
    """
    if client.attributes and client.attributes.keys().isdisjoint(_ABOUT_KEYS):
        return None, None
    if client.switched_on("use.jwks.url"):
        url = client.attribute("jwks.url")
        return None, client.realm.roots.resolve(url, client.text("rootUrl")) if url else None
    if client.switched_on("use.jwks.string"):
        return _jwk_set(client), None
    certificate, public_key = client.attribute(CERTIFICATE), client.attribute(PUBLIC_KEY)
    if certificate and public_key:
        return {"keys": []}, None
    if not certificate and not public_key:
        return None, None
    name, text = (CERTIFICATE, certificate) if certificate else (PUBLIC_KEY, public_key)
    key = static_jwk(name, text or "")
    if key is None:
        raise Unseen(NotObserved(Reason.FAILED, f"attributes[{name}] cannot be read"))
    return {"keys": [key]}, None


def _jwk_set(client: Client) -> dict[str, Json] | None:
    """The record holds the public members only, as JSON text."""
    text = client.attribute("jwks.string")
    if text is None:
        return None
    try:
        jwks = read_jwks(json.loads(text))
    except (ValueError, RecursionError):
        jwks = None
    if not isinstance(jwks, dict):
        raise Unseen(NotObserved(Reason.FAILED, "attributes[jwks.string] is no set of keys"))
    return jwks


def credentials(client: Client, *, resource_server: bool) -> tuple[Facts, ...]:
    """Secrets, keys and certificates. What cannot be read of them is left out here; its fact says why."""
    found: list[Facts] = []
    try:
        if client.is_confidential():
            found += _secrets(client, used=not resource_server)
        jwks, _ = client_keys(client)
        certificate = client.attribute(CERTIFICATE)
    except Unseen:
        return tuple(found)
    if jwks is None:
        return tuple(found)
    if certificate and jwks["keys"] and not client.switched_on("use.jwks.string"):
        return (*found, certificate_facts(certificate))
    return (*found, *({**facts, "created_at": _UNDATED} for facts in key_facts(jwks)))


def _secrets(client: Client, *, used: bool) -> list[Facts]:
    """The client secret and the rotated one, told by their dates and by the client's way of authentication."""
    created = client.attribute("client.secret.creation.time")
    authenticator = client.text("clientAuthenticatorType") or "client-secret"
    found = []
    if (used and authenticator in _WITH_SECRET) or created:
        found.append(_secret("client.secret", created, client.attribute("client.secret.expiration.time")))
    rotated = client.attribute("client.secret.rotated.creation.time")
    ends = client.attribute("client.secret.rotated.expiration.time")
    if rotated or ends:
        found.append(_secret("client.secret.rotated", rotated, ends))
    return found


def _secret(name: str, created: str | None, expires: str | None) -> Facts:
    return {
        "credential_type": "secret",
        "kid": name,
        "kty": None,
        "alg": None,
        "use": None,
        "key_size": None,
        "created_at": _date(created) or _NO_DATE,
        "expires_at": _end(expires),
    }


def _end(seconds: str | None) -> str | NotObserved | None:
    """Absent, and 0, mean never."""
    if seconds is None or seconds == "0":
        return None
    return _date(seconds) or NotObserved(Reason.FAILED, "its expiry is not a number of seconds")


def _date(seconds: str | None) -> str | None:
    """RFC 3339 of epoch seconds; None for what is none."""
    if not seconds or not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
