"""The one vocabulary of facts about OAuth clients, authorization servers and credentials.

A record of facts is a plain mapping from a name below to a JSON value or to `NotObserved`. Names are those the
standards register (RFC 7591 and OpenID Connect registration for clients, RFC 8414 and OpenID Discovery for
servers, RFC 7517 for keys); the few of our own follow the same style and say "Amphora" as their standard.

`None`, an empty list, an empty string and `False` always mean *seen to be absent*. A standard's default is never
filled in here: derivations (`posture.derived`) apply it, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final, NoReturn, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with str keys."""


class Subject(StrEnum):
    """What a fact is about."""

    CLIENT = "client"
    AUTHORIZATION_SERVER = "authorization_server"
    CREDENTIAL = "credential"


class Rung(IntEnum):
    """How a fact is known, weakest first."""

    ATTESTED = 1
    ADVERTISED = 2
    DECLARED = 3
    CAPTURED = 4
    VERIFIED = 5

    @property
    def label(self) -> str:
        return self.name.lower()

    @property
    def meaning(self) -> str:
        return _RUNG_MEANINGS[self]


_RUNG_MEANINGS: Final = {
    Rung.ATTESTED: "a person or the vendor's documentation says so",
    Rung.ADVERTISED: "the authorization server's metadata says so",
    Rung.DECLARED: "the registration says so, read from the admin API or an export",
    Rung.CAPTURED: "seen in recorded traffic or logs",
    Rung.VERIFIED: "an active probe saw the server enforce it",
}


class Actor(StrEnum):
    """Who can make a fact visible."""

    US = "us"
    TENANT_ADMIN = "tenant admin"
    VENDOR = "vendor"
    NOBODY = "nobody"


class Reason(StrEnum):
    """Why a fact could not be seen."""

    NOT_RETURNED = "not_returned"
    CONSOLE_ONLY = "console_only"
    LICENCE = "licence"
    DENIED = "denied"
    ABSENT_IN_FILE = "absent_in_file"
    EXPIRED = "expired"
    FAILED = "failed"
    PENDING = "pending"
    NOT_PROBED = "not_probed"
    UNCLASSIFIED = "unclassified"

    @property
    def remedy(self) -> str:
        return _REMEDIES[self][1]

    @property
    def actor(self) -> Actor:
        return _REMEDIES[self][0]


_REMEDIES: Final = {
    Reason.NOT_RETURNED: (Actor.VENDOR, "no interface of the platform returns it"),
    Reason.CONSOLE_ONLY: (Actor.US, "a person sees it in the console: record it as attested"),
    Reason.LICENCE: (Actor.TENANT_ADMIN, "an edition or add-on that the tenant lacks would show it"),
    Reason.DENIED: (Actor.TENANT_ADMIN, "grant the missing read permission"),
    Reason.ABSENT_IN_FILE: (Actor.US, "the file does not hold it: take a full export or connect the tenant"),
    Reason.EXPIRED: (Actor.TENANT_ADMIN, "the log no longer reaches back: lengthen its retention"),
    Reason.FAILED: (Actor.US, "the read failed: scan again, and look at the scan's error if it stays"),
    Reason.PENDING: (Actor.US, "a long read has not come to it yet: wait for the scan to finish"),
    Reason.NOT_PROBED: (Actor.NOBODY, "only an active probe can tell, and this version sends none"),
    Reason.UNCLASSIFIED: (Actor.US, "a person must say: record it for the app or the tenant"),
}


@dataclass(frozen=True, slots=True)
class NotObserved:
    """A fact that could not be seen, and why.

    Not `None`, because `None` already means "seen to be absent". Its truth value raises: `if fact:` on
    something unseen is always a bug. `fact` is the name of the fact, filled in where a control receives it.
    """

    reason: Reason
    detail: str = ""
    fact: str = ""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.fact or 'a fact'} was not observed ({self.reason}): test with isinstance")

    def to_json(self) -> dict[str, str]:
        return {"not_observed": self.reason.value, "detail": self.detail}


FactType: TypeAlias = type[bool] | type[str] | type[int] | type[list] | type[dict]  # type: ignore[type-arg]


@dataclass(frozen=True, slots=True)
class Fact:
    """One word of the vocabulary. `type` is the JSON type of an observed value other than None."""

    name: str
    subject: Subject
    type: FactType
    standard: str
    meaning: str


def _declare(subject: Subject, *facts: tuple[str, FactType, str, str]) -> dict[str, Fact]:
    return {name: Fact(name, subject, kind, standard, meaning) for name, kind, standard, meaning in facts}


CLIENT: Final = _declare(
    Subject.CLIENT,
    ("client_id", str, "RFC 7591 3.2.1", "Identifier of the client at its authorization server."),
    ("client_name", str, "RFC 7591 2", "Name shown to users."),
    ("client_uri", str, "RFC 7591 2", "Page about the client."),
    ("logo_uri", str, "RFC 7591 2", "Logo shown to users."),
    ("tos_uri", str, "RFC 7591 2", "Terms of service."),
    ("policy_uri", str, "RFC 7591 2", "Privacy policy."),
    ("contacts", list, "RFC 7591 2", "Ways to reach the people responsible for the client."),
    ("software_id", str, "RFC 7591 2", "Identifier of the client software, the same for all its registrations."),
    ("redirect_uris", list, "RFC 7591 2", "Registered callbacks, raw as registered, never normalised."),
    (
        "grant_types",
        list,
        "RFC 7591 2",
        (
            "Grants that the client may certainly use; a grant whose switch is on while"
            " something that may block it could not be read is left out and shown by its own fact."
        ),
    ),
    ("response_types", list, "RFC 7591 2", "Response types that the client may certainly use."),
    ("response_modes", list, "FAPI 2.0 Message Signing 5.3.3", "Response modes the client is limited to."),
    ("application_type", str, "OIDC Registration 2", "web, native, spa or service."),
    ("scope", str, "RFC 7591 2", "Space-separated scopes that the client may ask for."),
    ("token_endpoint_auth_method", str, "RFC 7591 2", "How the client authenticates at the token endpoint."),
    ("token_endpoint_auth_signing_alg", str, "OIDC Registration 2", "Algorithm of its client assertions."),
    ("jwks", dict, "RFC 7591 2", "The client's public keys, by value (public members only)."),
    ("jwks_uri", str, "RFC 7591 2", "Where the client publishes its public keys."),
    ("id_token_signed_response_alg", str, "OIDC Registration 2", "Algorithm of ID tokens for this client."),
    ("post_logout_redirect_uris", list, "OIDC RP-Initiated Logout 3.1", "Where the browser may go after logout."),
    ("client_id_issued_at", int, "RFC 7591 3.2.1", "When the client was registered, epoch seconds."),
    ("require_signed_request_object", bool, "RFC 9101 10.5", "Only signed request objects are accepted (JAR)."),
    ("request_object_signing_alg", str, "OIDC Registration 2", "The one algorithm of its request objects."),
    ("request_object_encryption_alg", str, "OIDC Registration 2", "Key algorithm of encrypted request objects."),
    ("request_object_encryption_enc", str, "OIDC Registration 2", "Content algorithm of encrypted request objects."),
    ("request_uris", list, "OIDC Registration 2", "Pre-registered places of request objects."),
    ("require_pushed_authorization_requests", bool, "RFC 9126 6", "Only pushed requests are accepted (PAR)."),
    ("authorization_signed_response_alg", str, "JARM 3", "Algorithm of signed responses; no evidence of use."),
    ("authorization_encrypted_response_alg", str, "JARM 3", "Key algorithm of encrypted responses."),
    ("authorization_encrypted_response_enc", str, "JARM 3", "Content algorithm of encrypted responses."),
    ("dpop_bound_access_tokens", bool, "RFC 9449 5.2", "Access tokens are always bound to a DPoP key."),
    ("tls_client_certificate_bound_access_tokens", bool, "RFC 8705 3.4", "Access tokens are bound to a certificate."),
    ("client_type", str, "RFC 6749 2.1", "confidential, public, or resource_server (accepts tokens only)."),
    ("description", str, "Amphora", "Description for administrators."),
    ("enabled", bool, "Amphora", "The client may be used at all."),
    ("platform_client", bool, "Amphora", "The platform made the client for its own use."),
    ("third_party", bool, "Amphora", "The client belongs to somebody outside the organisation."),
    ("publisher", dict, "Amphora", "Who publishes the app: name, domain, verified."),
    ("owners", list, "Amphora", "Accountable people as the platform records them."),
    ("created_at", str, "Amphora", "Creation, RFC 3339."),
    ("updated_at", str, "Amphora", "Last change of the registration, RFC 3339."),
    ("last_used_at", str, "Amphora", "Last use, RFC 3339."),
    (
        "resolved_redirect_uris",
        list,
        "Amphora",
        (
            "redirect_uris in the same order, relative ones resolved as the"
            " platform resolves them ({server} stands for an unknown server origin); None: nothing to resolve."
        ),
    ),
    ("redirect_wildcards_allowed", bool, "Amphora", "A switch of the platform that lets callbacks hold wildcards."),
    ("redirect_uri_expressions", bool, "Amphora", "The platform reads callbacks as regular expressions."),
    ("web_origins", list, "Amphora", "Origins that browsers may call the server from."),
    ("implicit_flow", bool, "Amphora", "The platform's switch for the implicit flow; None: no such switch."),
    ("direct_access_grants", bool, "Amphora", "The platform's switch for the password grant; None: no such switch."),
    ("pkce_required", bool, "Amphora", "Requests without code_challenge are refused for this client."),
    (
        "code_challenge_methods",
        list,
        "RFC 7636 4.3",
        "PKCE methods that the server accepts from this client; None: no setting of the client limits them.",
    ),
    ("request_object_required", bool, "Amphora", "A request object is required, signed or not."),
    ("jwt_response_required", bool, "Amphora", "Only JWT responses (JARM) are issued to this client."),
    ("iss_excluded", bool, "RFC 9207 2", "The server leaves iss out of responses to this client."),
    ("full_scope_allowed", bool, "Amphora", "All roles of the user may enter the client's tokens."),
    ("environment", str, "Amphora", "production or development, as recorded by a person."),
    ("marked_high_value", bool, "Amphora", "A person marked the app as high value."),
    ("requests_rewritten", bool, "Amphora", "A person marked that something rewrites its authorization requests."),
    ("managed_channel", bool, "Amphora", "A person marked that no ordinary browser carries its responses."),
    ("single_issuer", bool, "Amphora", "A person marked that the app uses no other authorization server."),
)

AUTHORIZATION_SERVER: Final = _declare(
    Subject.AUTHORIZATION_SERVER,
    ("issuer", str, "RFC 8414 2", "Identifier of the authorization server."),
    ("authorization_endpoint", str, "RFC 8414 2", "Where authorization requests go."),
    ("token_endpoint", str, "RFC 8414 2", "Where tokens are issued."),
    ("jwks_uri", str, "RFC 8414 2", "Where the server publishes its keys."),
    ("jwks", dict, "RFC 7517", "The server's published keys (public members only)."),
    ("registration_endpoint", str, "RFC 8414 2", "Where clients register themselves."),
    ("revocation_endpoint", str, "RFC 8414 2", "Where tokens are revoked."),
    ("introspection_endpoint", str, "RFC 8414 2", "Where tokens are introspected."),
    ("userinfo_endpoint", str, "OIDC Discovery 3", "Where claims about the user are read."),
    ("end_session_endpoint", str, "OIDC RP-Initiated Logout 2.1", "Where clients start a logout."),
    ("scopes_supported", list, "RFC 8414 2", "Scopes on offer."),
    ("response_types_supported", list, "RFC 8414 2", "Response types on offer."),
    ("response_modes_supported", list, "RFC 8414 2", "Response modes on offer."),
    ("grant_types_supported", list, "RFC 8414 2", "Grants on offer."),
    ("code_challenge_methods_supported", list, "RFC 8414 2", "PKCE methods on offer."),
    ("token_endpoint_auth_methods_supported", list, "RFC 8414 2", "Client authentication methods on offer."),
    ("token_endpoint_auth_signing_alg_values_supported", list, "RFC 8414 2", "Algorithms of client assertions."),
    ("id_token_signing_alg_values_supported", list, "OIDC Discovery 3", "Algorithms of ID tokens."),
    ("subject_types_supported", list, "OIDC Discovery 3", "public or pairwise subjects."),
    ("request_parameter_supported", bool, "OIDC Discovery 3", "Request objects by value are accepted."),
    ("request_uri_parameter_supported", bool, "OIDC Discovery 3", "Request objects by reference are accepted."),
    ("require_request_uri_registration", bool, "OIDC Discovery 3", "Such references must be registered."),
    ("require_signed_request_object", bool, "RFC 9101 10.5", "Only signed request objects are accepted, of all."),
    ("request_object_signing_alg_values_supported", list, "OIDC Discovery 3", "Algorithms of request objects."),
    ("request_object_encryption_alg_values_supported", list, "OIDC Discovery 3", "Key algorithms of those."),
    ("request_object_encryption_enc_values_supported", list, "OIDC Discovery 3", "Content algorithms of those."),
    ("pushed_authorization_request_endpoint", str, "RFC 9126 5", "Where requests are pushed."),
    ("require_pushed_authorization_requests", bool, "RFC 9126 5", "Only pushed requests are accepted, of all."),
    ("authorization_signing_alg_values_supported", list, "JARM 4", "Algorithms of signed responses."),
    ("authorization_encryption_alg_values_supported", list, "JARM 4", "Key algorithms of encrypted responses."),
    ("authorization_encryption_enc_values_supported", list, "JARM 4", "Content algorithms of encrypted responses."),
    ("authorization_response_iss_parameter_supported", bool, "RFC 9207 3", "Responses carry iss."),
    ("dpop_signing_alg_values_supported", list, "RFC 9449 5.1", "Algorithms of DPoP proofs."),
    ("tls_client_certificate_bound_access_tokens", bool, "RFC 8705 3.3", "Tokens can be bound to a certificate."),
    ("mtls_endpoint_aliases", dict, "RFC 8705 5", "Endpoints for clients that use mutual TLS."),
    ("device_authorization_endpoint", str, "RFC 8628 4", "Where device sign-in starts."),
    ("backchannel_authentication_endpoint", str, "CIBA Core 4", "Where backchannel sign-in starts."),
    ("backchannel_token_delivery_modes_supported", list, "CIBA Core 4", "How its tokens are delivered."),
    ("authorization_details_types_supported", list, "RFC 9396 10", "Types of rich authorization requests."),
    (
        "client_id_metadata_document_supported",
        bool,
        "draft-ietf-oauth-client-id-metadata-document",
        "Clients may be named by a URL of their metadata.",
    ),
    ("protected_resources", list, "RFC 9728 4", "Resources that the server issues tokens for."),
    ("pkce_required", bool, "Amphora", "Requests without code_challenge are refused, of all clients."),
    ("jar_support", bool, "Amphora", "The platform documents that it accepts signed request objects."),
    (
        "redirect_matching",
        str,
        "Amphora",
        "How the platform documents that it compares callbacks: exact, prefix, sub-path, subdomain or pattern.",
    ),
    ("issuer_verified", bool, "RFC 8414 3.3", "The metadata's issuer equals the one asked for, byte for byte."),
)

CREDENTIAL: Final = _declare(
    Subject.CREDENTIAL,
    ("credential_type", str, "Amphora", "secret, key or certificate."),
    ("kid", str, "RFC 7517 4.5", "Key id, or the platform's own id of a secret."),
    ("kty", str, "RFC 7517 4.1", "Key type."),
    ("alg", str, "RFC 7517 4.4", "Algorithm the key is meant for."),
    ("use", str, "RFC 7517 4.2", "sig or enc."),
    ("key_size", int, "RFC 7518", "Bits of the modulus or the curve."),
    ("created_at", str, "Amphora", "Creation, RFC 3339."),
    ("expires_at", str, "Amphora", "End of validity, RFC 3339; None: it never ends."),
    ("last_used_at", str, "Amphora", "Last use, RFC 3339."),
)

VOCABULARY: Final[Mapping[Subject, Mapping[str, Fact]]] = {
    Subject.CLIENT: CLIENT,
    Subject.AUTHORIZATION_SERVER: AUTHORIZATION_SERVER,
    Subject.CREDENTIAL: CREDENTIAL,
}

ATTESTED: Final = frozenset(
    {"environment", "marked_high_value", "requests_rewritten", "managed_channel", "single_issuer"}
)
"""Client facts that only a person can give; no connector reads them."""

Facts: TypeAlias = dict[str, Json]
"""A record of facts: name -> JSON value or `NotObserved`."""


def split(facts: Facts) -> tuple[Facts, dict[str, NotObserved]]:
    """Part what was seen from what was not."""
    seen = {name: value for name, value in facts.items() if not isinstance(value, NotObserved)}
    unseen = {name: value for name, value in facts.items() if isinstance(value, NotObserved)}
    return seen, unseen


def to_json(facts: Facts) -> dict[str, Json]:
    """The record as pure JSON; `from_json` is its inverse."""
    return {name: v.to_json() if isinstance(v, NotObserved) else v for name, v in facts.items()}


def from_json(document: Mapping[str, Json]) -> Facts:
    """Read a record written by `to_json`. Raises ValueError for an unknown reason."""
    return {name: not_observed(v) if is_not_observed(v) else v for name, v in document.items()}


def is_not_observed(value: Json) -> bool:
    return isinstance(value, dict) and "not_observed" in value


def not_observed(document: Mapping[str, str]) -> NotObserved:
    return NotObserved(Reason(document["not_observed"]), document.get("detail", ""))
