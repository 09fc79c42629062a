"""Cuts a client's record to an allow-list, before anything is stored, compared or logged.

Secrets are never on the list. Addresses lose their passwords, JWK sets their private members, and a member of the
wrong type is replaced by the name of its type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Set
from typing import Final

from connectors.base import Record
from connectors.facts import Json
from connectors.json_text import JsonError, parse_text
from connectors.keycloak.conditions import is_secret_attribute
from connectors.keycloak.keys import CERTIFICATE, PUBLIC_KEY, static_jwk
from connectors.oidc.keys import cut_jwks
from connectors.urls import mask_password

WRONG_TYPE: Final = "wrong_type"
"""The one member of what stands for a value of the wrong type; its value is the name of that type."""
_LONGEST_CLIENT_ID: Final = 255

_TEXTS: Final = frozenset({
    "id", "clientId", "name", "description", "protocol", "rootUrl", "baseUrl", "clientAuthenticatorType",
    "clientTemplate",
})  # fmt: skip
_FLAGS: Final = frozenset({
    "enabled", "bearerOnly", "consentRequired", "standardFlowEnabled", "implicitFlowEnabled",
    "directAccessGrantsEnabled", "serviceAccountsEnabled", "authorizationServicesEnabled", "publicClient",
    "fullScopeAllowed", "directGrantsOnly",
})  # fmt: skip
_LISTS: Final = frozenset({"redirectUris", "webOrigins", "defaultClientScopes", "optionalClientScopes"})
_ATTRIBUTES: Final = frozenset({
    "pkce.code.challenge.method", "request.object.required", "request.object.signature.alg",
    "request.object.encryption.alg", "request.object.encryption.enc", "request.uris",
    "authorization.signed.response.alg", "authorization.encrypted.response.alg",
    "authorization.encrypted.response.enc", "require.pushed.authorization.requests",
    "tls.client.certificate.bound.access.tokens", "dpop.bound.access.tokens", "token.endpoint.auth.signing.alg",
    "client.secret.authentication.allowed.method", "use.jwks.url", "jwks.url", "use.jwks.string",
    "client.secret.creation.time", "client.secret.expiration.time", "client.secret.rotated.creation.time",
    "client.secret.rotated.expiration.time", "use.refresh.tokens", "client_credentials.use_refresh_token",
    "oauth2.device.authorization.grant.enabled", "oidc.ciba.grant.enabled", "standard.token.exchange.enabled",
    "oauth2.jwt.authorization.grant.enabled", "exclude.issuer.from.auth.response", "post.logout.redirect.uris",
    "id.token.signed.response.alg", "logoUri", "policyUri", "tosUri", "realm_client",
})  # fmt: skip
_JWKS: Final = "jwks.string"
_KEYS: Final = frozenset({CERTIFICATE, PUBLIC_KEY})
_REFERENCE: Final = re.compile(r"^[^/@:]*://[^/@:]*:\$\{[^{}@]*\}@[^@]*$")
_UNREADABLE: Final = "null"
"""Stands for a key set that is none: JSON, but no set."""


def redact_client(client: Mapping[str, Json], wanted: Set[str]) -> Record:
    """The members of the allow-list that have a value. `wanted`: further attributes that client policies look at."""
    record: Record = {}
    for name, value in client.items():
        if value is None:
            continue
        if name == "clientId" and isinstance(value, str) and len(value) > _LONGEST_CLIENT_ID:
            record[name] = {WRONG_TYPE: f"longer than the {_LONGEST_CLIENT_ID} characters that Keycloak holds"}
        elif name in _TEXTS:
            record[name] = _masked(value) if isinstance(value, str) else _wrong(value)
        elif name in _FLAGS:
            flag = _flag(value)
            record[name] = _wrong(value) if flag is None else flag
        elif name in _LISTS:
            record[name] = _texts(value)
        elif name == "attributes":
            record[name] = _attributes(value, wanted)
    return record


def type_name(value: Json) -> str:
    """The JSON type of a value, for a person; nothing of the value."""
    names = {type(None): "null", bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def _attributes(value: Json, wanted: Set[str]) -> dict[str, Json]:
    if not isinstance(value, dict):
        return _wrong(value)
    found: dict[str, Json] = {}
    for key, entry in value.items():
        if entry is None or entry == "":
            continue
        if key == _JWKS:
            found[key] = _jwks(entry) if isinstance(entry, str) else _wrong(entry)
        elif key in _KEYS:
            found[key] = entry if isinstance(entry, str) and static_jwk(key, entry) else _wrong(entry)
        elif key in _ATTRIBUTES or (key in wanted and not is_secret_attribute(key)):
            text = _attribute_text(entry)
            found[key] = _wrong(entry) if text is None else text
    return found


def _attribute_text(value: Json) -> str | None:
    """Keycloak reads a number and a boolean as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < 10**20:
        return str(value)
    return "##".join(_masked(entry) for entry in value.split("##")) if isinstance(value, str) else None


def _jwks(text: str) -> str:
    try:
        return json.dumps(cut_jwks(parse_text(text)))
    except JsonError:
        return _UNREADABLE


def _flag(value: Json) -> bool | None:
    """Keycloak takes the words true and false as text, too."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _texts(value: Json) -> Json:
    if not isinstance(value, list):
        return _wrong(value)
    if not all(isinstance(entry, str) for entry in value):
        return {WRONG_TYPE: "a list that holds something else than text"}
    return [_masked(entry) for entry in value]


def _masked(text: str) -> str:
    """Without a password in an address; a variable or a vault reference in its place is none."""
    return mask_password(text) if "@" in text and not _REFERENCE.search(text) else text


def _wrong(value: Json) -> dict[str, Json]:
    return {WRONG_TYPE: type_name(value)}
