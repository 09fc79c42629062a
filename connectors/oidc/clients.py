"""From a record of a client to facts, by what a missing member means where the record comes from.

No default of a standard is filled in here. Defaults that a server echoes are no evidence of a choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.base import App, Observed, Reading, Record, Source
from connectors.facts import CLIENT, Facts, Json, NotObserved, Reason, Rung, not_observed, split
from connectors.oidc.keys import key_facts, read_jwks, secret_facts
from connectors.oidc.members import read, wrong
from connectors.oidc.records import ABOUT, MAPPED, MEMBERS, NO_SUCH_MEMBER, STATEABLE, TRANSLATED, Origin
from connectors.urls import stays_on_device

_FLAGS: Final = frozenset({
    "require_signed_request_object", "require_pushed_authorization_requests", "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
})  # fmt: skip
_NOT_CONCLUDED_FROM_FILE: Final = _FLAGS | {"client_id", "redirect_uris", "application_type"}
_APPLICATION_TYPES: Final = frozenset({"web", "native", "spa", "service"})
_CLIENT_TYPES: Final = frozenset({"confidential", "public", "resource_server"})
_NO_AUTHENTICATION: Final = "none"


@dataclass(frozen=True, slots=True)
class Basis:
    """What the mapping takes from the server: its issuer, the flags of clients that it knows (`known`), and whether
    it speaks OpenID Connect."""

    issuer: str
    known: frozenset[str] = frozenset()
    speaks_openid: bool = False


def map_client(record: Record, source: Source, basis: Basis) -> App:
    """Facts of one client. Never raises on a record of `cut_client` or `unread_client`."""
    origin = Origin(record[ABOUT]["origin"])
    if origin is Origin.UNREAD:
        refusal = not_observed(record[ABOUT]["refusal"])
        configured = Reading(Rung.ATTESTED, source, {"client_id": record["client_id"]})
        return _app(record, basis, Observed((configured,), dict.fromkeys(MAPPED - {"client_id"}, refusal)))
    stated, unstated = split(_stated(record))
    facts = _facts(record, origin, basis)
    seen, unseen = split({name: value for name, value in facts.items() if name not in stated | unstated})
    readings = [Reading(Rung.DECLARED, source, seen)]
    if stated:
        readings.append(Reading(Rung.ATTESTED, source, stated))
    return _app(record, basis, Observed(tuple(readings), unseen | unstated), tuple(_credentials(record)))


def _app(record: Record, basis: Basis, observed: Observed, credentials: tuple[Facts, ...] = ()) -> App:
    about = record[ABOUT]
    return App(
        external_id=about.get("registration_client_uri") or about["identity"],
        issuer=basis.issuer,
        client_id=about["identity"],
        observed=observed,
        credentials=credentials,
    )


def _facts(record: Record, origin: Origin, basis: Basis) -> Facts:
    facts: Facts = {**NO_SUCH_MEMBER, **STATEABLE}
    for fact in MEMBERS:
        value = record.get(fact.name)
        if value is None and fact.name in TRANSLATED:
            value = _translation(record, fact.name) or None
        if value is None or (fact.name == "client_id" and value == ""):
            facts[fact.name] = _missing(fact.name, origin, basis)
        else:
            facts[fact.name] = read_jwks(value) if fact.name == "jwks" else read(fact, value)
    facts["application_type"] = _application_type(facts, origin)
    facts["client_type"] = _client_type(facts["token_endpoint_auth_method"])
    facts["created_at"] = _created(facts["client_id_issued_at"], origin)
    return facts


def _missing(name: str, origin: Origin, basis: Basis) -> NotObserved | None:
    """What it means that a member is missing: None where it is then seen to be absent."""
    if origin is Origin.FILE:
        absent = NotObserved(Reason.ABSENT_IN_FILE, f"the client metadata has no {name}, which concludes nothing")
        return absent if name in _NOT_CONCLUDED_FROM_FILE else None
    if name == "client_id":
        return NotObserved(Reason.NOT_RETURNED, "the answer has no client_id")
    known = name in basis.known if name in _FLAGS else basis.speaks_openid or name != "application_type"
    return None if known else NotObserved(Reason.NOT_RETURNED, f"the server does not show that it knows {name}")


def _stated(record: Record) -> Facts:
    """Members of our own that a file gives."""
    stated = {name: read(CLIENT[name], record[name]) for name in STATEABLE if name in record}
    client_type = stated.get("client_type")
    if isinstance(client_type, str) and client_type not in _CLIENT_TYPES:
        stated["client_type"] = wrong("client_type", client_type, ", ".join(sorted(_CLIENT_TYPES)))
    return stated


def _translation(record: Record, name: str) -> str:
    """The value in the first language that there is, where there is none without a language."""
    found = sorted(member for member in record if member.startswith(f"{name}#"))
    return str(record[found[0]]) if found else ""


def _application_type(facts: Facts, origin: Origin) -> Json:
    """A server echoes web where none was registered: it proves nothing for a client that looks native."""
    value = facts["application_type"]
    if not isinstance(value, str):
        return value
    if value not in _APPLICATION_TYPES:
        return wrong("application_type", value, "web, native, spa or service")
    uris = facts["redirect_uris"]
    if (
        origin is Origin.REGISTRATION
        and value == "web"
        and facts["token_endpoint_auth_method"] == _NO_AUTHENTICATION
        and isinstance(uris, list)
        and uris
        and all(stays_on_device(uri) for uri in uris)
    ):
        return NotObserved(
            Reason.UNCLASSIFIED, "web may be the server's default: all callbacks are those of a native app"
        )
    return value


def _client_type(method: Json) -> Json:
    """Public for the method none, confidential for another that is registered; else it is not told."""
    if not isinstance(method, str):
        return method
    return "public" if method == _NO_AUTHENTICATION else "confidential"


def _created(issued_at: Json, origin: Origin) -> str | NotObserved:
    if isinstance(issued_at, NotObserved):
        return issued_at
    if issued_at is None:
        reason = Reason.ABSENT_IN_FILE if origin is Origin.FILE else Reason.NOT_RETURNED
        return NotObserved(reason, "the client metadata has no client_id_issued_at")
    return _instant(issued_at)


def _instant(seconds: int) -> str | NotObserved:
    """RFC 3339 of epoch seconds."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return NotObserved(Reason.FAILED, "the time is out of range")


def _credentials(record: Record) -> Iterable[Facts]:
    ends = record.get("client_secret_expires_at")
    if record[ABOUT]["has_secret"] or (isinstance(ends, int) and ends > 0):
        if isinstance(ends, int):
            yield secret_facts(_instant(ends) if ends else None)
        elif ends is None:
            yield secret_facts(NotObserved(Reason.NOT_RETURNED, "there is no client_secret_expires_at"))
        else:
            yield secret_facts(wrong("client_secret_expires_at", ends, "a number"))
    yield from key_facts(read_jwks(record.get("jwks")))
