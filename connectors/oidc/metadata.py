"""Authorization server metadata (RFC 8414, OpenID Connect Discovery): the members that are kept, and their facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.base import Record
from connectors.facts import AUTHORIZATION_SERVER, Facts, Json, NotObserved, Reason
from connectors.oidc.keys import cut_jwks
from connectors.oidc.members import cut, read_all

_UNPUBLISHED: Final = "no registered metadata says so; only a probe can tell"
CANNOT_SEE: Final[Mapping[str, NotObserved]] = dict.fromkeys(
    ("pkce_required", "jar_support", "redirect_matching"),
    NotObserved(
        Reason.NOT_PROBED,
        f"{_UNPUBLISHED}: https://www.iana.org/assignments/oauth-parameters/#authorization-server-metadata",
    ),
)
_OURS: Final = ("jwks", "issuer_verified")
"""Facts that are told by how the metadata and the keys were read, not by a member."""

MAPPED: Final = frozenset(AUTHORIZATION_SERVER.keys() - CANNOT_SEE.keys())
MEMBERS: Final = tuple(fact for fact in AUTHORIZATION_SERVER.values() if fact.name in MAPPED.difference(_OURS))

_ENDPOINT: Final = "_endpoint"
_SUPPORTED: Final = "_supported"


def is_metadata(document: Json) -> bool:
    """The document is authorization server metadata: it has an issuer beside what only a server has."""
    return (
        isinstance(document, dict)
        and "issuer" in document
        and any(name.endswith((_ENDPOINT, _SUPPORTED)) or name == "jwks_uri" for name in document)
    )


def cut_metadata(document: Mapping[str, Json]) -> Record:
    """What is kept of a metadata document: its registered members, and keys that some publish by value."""
    kept = {fact.name: cut(fact, document.get(fact.name)) for fact in MEMBERS}
    kept["jwks"] = cut_jwks(document.get("jwks"))
    return {name: value for name, value in kept.items() if value is not None}


def metadata_facts(record: Mapping[str, Json]) -> Facts:
    """The facts that metadata tells, None for a member that it lacks; of `cut_metadata`'s record."""
    return read_all(MEMBERS, record)


def known_client_members(facts: Facts) -> frozenset[str]:
    """Flags of clients that the server knows, as its own metadata shows: then one that is missing is off."""
    shown_by = {
        "require_signed_request_object": "require_signed_request_object",
        "require_pushed_authorization_requests": "pushed_authorization_request_endpoint",
        "dpop_bound_access_tokens": "dpop_signing_alg_values_supported",
        "tls_client_certificate_bound_access_tokens": "tls_client_certificate_bound_access_tokens",
    }
    return frozenset(flag for flag, member in shown_by.items() if _is_there(facts, member))


def speaks_openid(facts: Facts) -> bool:
    """The server speaks OpenID Connect, whose registration defaults then hold."""
    members = ("subject_types_supported", "id_token_signing_alg_values_supported", "userinfo_endpoint")
    return any(_is_there(facts, member) for member in members)


def _is_there(facts: Facts, name: str) -> bool:
    value = facts.get(name)
    return value is not None and not isinstance(value, NotObserved)
