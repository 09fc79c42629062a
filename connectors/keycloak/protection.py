"""Rows of the mapping on what a client's requests and responses are protected by."""

from __future__ import annotations

from typing import Final

from connectors.facts import NotObserved, Reason
from connectors.keycloak.grants import implicit_allowed
from connectors.keycloak.members import DEFAULT, POLICY, RECORD, Client
from connectors.keycloak.redirects import origins

Answer = bool | NotObserved

_REQUIRING: Final = frozenset({"request or request_uri", "request only", "request_uri only"})
_NO_ALGORITHM: Final = "any"
_DEFAULT_ALGORITHM: Final = "RS256"
_DPOP_UNKNOWN: Final = NotObserved(
    Reason.ABSENT_IN_FILE, "whether the server has DPoP switched on; without it the client's setting does nothing"
)


def full_scope_allowed(client: Client) -> bool:
    return client.full_scope()


def web_origins(client: Client) -> list[str]:
    """`+` stands for the origins of the callbacks; where all are missing, an import takes those of absolute ones."""
    listed = client.web_origins()
    if listed is None:
        client.basis |= DEFAULT
        return origins(uri for uri in client.redirect_uris() if uri.startswith("http"))
    found: list[str] = []
    for entry in listed:
        found += origins(client.resolved_redirect_uris()) if entry == "+" else [entry]
    return list(dict.fromkeys(found))


def pkce(client: Client) -> tuple[Answer, list[str] | NotObserved]:
    """Whether PKCE is required, and the methods that are accepted."""
    method = client.attribute("pkce.code.challenge.method")
    if method == "S256":
        return True, ["S256"]
    bound = client.bound("pkce-enforcer")
    if bound is True:
        return True, ["S256"]
    if method:
        # What is not exactly S256 is verified as plain.
        client.basis = RECORD
        return True, ["plain"]
    if isinstance(bound, NotObserved):
        return bound, bound
    return False, ["S256", "plain"]


def request_objects(client: Client) -> tuple[Answer, Answer]:
    """Whether a request object is required, and whether it must be signed: by any algorithm, none included."""
    signed = request_object_signing_alg(client) not in {None, "none"}
    if client.attribute("request.object.required") in _REQUIRING:
        return True, signed
    bound = client.bound("secure-request-object")
    if isinstance(bound, NotObserved):
        return bound, bound
    return bound, bound and signed


def request_object_signing_alg(client: Client) -> str | None:
    return _fixed(client, "request.object.signature.alg")


def request_object_encryption(client: Client) -> tuple[str | None, str | None]:
    """Algorithms of the key and of the content."""
    return _fixed(client, "request.object.encryption.alg"), _fixed(client, "request.object.encryption.enc")


def jwt_response(client: Client) -> tuple[Answer, list[str] | NotObserved | None]:
    """Whether responses are JWTs (JARM) only, and the response modes that this leaves."""
    required = _jwt_response_required(client)
    if isinstance(required, NotObserved):
        return required, required
    return required, ["jwt"] if required else None


def authorization_signed_response_alg(client: Client) -> str | NotObserved | None:
    """Stated, or in use because JWT responses are required."""
    stated = client.attribute("authorization.signed.response.alg")
    if stated:
        return stated
    required = _jwt_response_required(client)
    if isinstance(required, NotObserved):
        return required
    default = client.realm.signature_algorithm
    if isinstance(default, NotObserved):
        return default if required else None
    return (default or _DEFAULT_ALGORITHM) if required else None


def _jwt_response_required(client: Client) -> Answer:
    """The executor lets `code id_token` pass instead, where the implicit flow is on."""
    bound = client.bound("secure-response-type")
    if bound is not True:
        return bound
    implicit = implicit_allowed(client)
    client.basis |= POLICY
    return implicit if isinstance(implicit, NotObserved) else not implicit


def pushed_requests(client: Client) -> Answer:
    return client.switched_on("require.pushed.authorization.requests") or client.bound("secure-par-content")


def dpop(client: Client) -> Answer:
    """With DPoP switched off at the server, neither the attribute nor a policy does anything. A policy acts where a
    code is redeemed, and not on client_credentials."""
    bound: Answer = client.switched_on("dpop.bound.access.tokens")
    if not bound and client.flag("standardFlowEnabled"):
        bound = client.bound("dpop-bind-enforcer")
    if bound is not True:
        return bound
    return _DPOP_UNKNOWN if client.realm.dpop is None else client.realm.dpop


def certificate_bound(client: Client) -> Answer:
    on = client.switched_on("tls.client.certificate.bound.access.tokens")
    return on or client.bound("holder-of-key-enforcer")


def _fixed(client: Client, key: str) -> str | None:
    """`any` fixes nothing."""
    value = client.attribute(key)
    return None if value == _NO_ALGORITHM else value
