"""Records of clients: the members of RFC 7591 that are kept, the few of ours, and what nothing can show."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from connectors.base import Record
from connectors.facts import ATTESTED, CLIENT, Facts, Json, NotObserved, Reason
from connectors.oidc.keys import cut_jwks
from connectors.oidc.members import cut, wrong_type
from connectors.urls import mask_password, safe_url


class Origin(StrEnum):
    """Where a record comes from, which decides what a missing member means."""

    REGISTRATION = "registration"
    """A whole answer of the server (RFC 7592)."""
    FILE = "file"
    """Metadata that somebody wrote or exported."""
    UNREAD = "unread"
    """A configured client whose registration could not be read."""


ABOUT: Final = "amphora"
"""The member of a record that holds what we say about it: origin, identity and the like."""
_REGISTRY: Final = "https://www.iana.org/assignments/oauth-parameters/#client-metadata"
_NO_MEMBER: Final = "no registered client metadata says so"
_UNRETURNED: Final = NotObserved(Reason.NOT_RETURNED, f"{_NO_MEMBER}: {_REGISTRY}")
_UNPROBED: Final = NotObserved(Reason.NOT_PROBED, f"{_NO_MEMBER}; only a probe can tell: {_REGISTRY}")

CANNOT_SEE: Final[Mapping[str, NotObserved]] = {
    **dict.fromkeys(
        ("description", "enabled", "publisher", "owners", "updated_at", "last_used_at", "web_origins"), _UNRETURNED
    ),
    "full_scope_allowed": _UNRETURNED,
    "third_party": NotObserved(Reason.UNCLASSIFIED, f"{_NO_MEMBER}: {_REGISTRY}"),
    "iss_excluded": _UNPROBED,
}
NO_SUCH_MEMBER: Final[Facts] = dict.fromkeys(
    (
        "redirect_wildcards_allowed",
        "redirect_uri_expressions",
        "resolved_redirect_uris",
        "implicit_flow",
        "direct_access_grants",
        "request_object_required",
        "jwt_response_required",
    )
)
"""Switches that the standards do not have."""

STATEABLE: Final[Facts] = {
    "pkce_required": _UNPROBED,
    "code_challenge_methods": None,
    "client_type": None,
    "platform_client": None,
}
"""Members of our own that a file may give, with what is known where it does not."""

MAPPED: Final = frozenset(CLIENT.keys() - CANNOT_SEE.keys() - ATTESTED)
_DERIVED: Final = frozenset({"created_at"}) | NO_SUCH_MEMBER.keys() | STATEABLE.keys()
MEMBERS: Final = tuple(fact for fact in CLIENT.values() if fact.name in MAPPED - _DERIVED)
TRANSLATED: Final = frozenset({"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"})
"""Members that may carry a language: client_name#fr."""

_OF_A_CLIENT: Final = frozenset({
    "client_id", "client_name", "redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method",
    "registration_client_uri",
})  # fmt: skip
_OF_OTHERS: Final = frozenset({"issuer", "realm", "clientId", "clients", "auth-server-url"})
_SECRET_END: Final = "client_secret_expires_at"  # noqa: S105  (the name of a member)


def is_client_metadata(document: Json) -> bool:
    """The document is one client in the words of RFC 7591."""
    return (
        isinstance(document, dict)
        and not document.keys().isdisjoint(_OF_A_CLIENT)
        and document.keys().isdisjoint(_OF_OTHERS)
    )


def cut_client(document: Mapping[str, Json], origin: Origin, identity: str) -> Record:
    """What is kept of a client's metadata: no secret and no registration token. `identity` stands for its client_id."""
    kept: Record = {fact.name: cut(fact, document.get(fact.name)) for fact in MEMBERS if fact.name != "jwks"}
    kept["jwks"] = cut_jwks(document.get("jwks"))
    if origin is Origin.FILE:
        kept |= {name: cut(CLIENT[name], document.get(name)) for name in STATEABLE}
    for name, value in document.items():
        base, hash_sign, _ = name.partition("#")
        if hash_sign and base in TRANSLATED and isinstance(value, str):
            kept[name] = mask_password(value) if base.endswith("_uri") else value
    ends = document.get(_SECRET_END)
    kept[_SECRET_END] = ends if type(ends) in {int, type(None)} else wrong_type(ends)
    about: dict[str, Json] = {"origin": origin.value, "identity": identity, "has_secret": _has_secret(document)}
    address = document.get("registration_client_uri")
    if isinstance(address, str) and address:
        about["registration_client_uri"] = safe_url(address)
    return {name: value for name, value in kept.items() if value is not None} | {ABOUT: about}


def unread_client(client_id: str, url: str, refusal: NotObserved) -> Record:
    """A record of a client whose registration could not be read, and why."""
    about = {
        "origin": Origin.UNREAD.value,
        "identity": client_id,
        "registration_client_uri": safe_url(url),
        "refusal": refusal.to_json(),
    }
    return {"client_id": client_id, ABOUT: about}


def _has_secret(document: Mapping[str, Json]) -> bool:
    secret = document.get("client_secret")
    return isinstance(secret, str) and bool(secret)
