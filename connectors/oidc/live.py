"""Reads a live authorization server: its metadata and keys without a credential, and configured clients by RFC 7592."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from connectors.base import Observed, Page, Permission, Reading, Server, Source
from connectors.errors import AuthenticationError, ConnectorError, DeniedError, ProtocolError, SettingError
from connectors.facts import Json, NotObserved, Reason, Rung, split
from connectors.http import Answer, HttpSession, Limits
from connectors.oidc.clients import Basis
from connectors.oidc.keys import cut_jwks, read_jwks
from connectors.oidc.metadata import cut_metadata, known_client_members, metadata_facts, speaks_openid
from connectors.oidc.records import MAPPED, Origin, cut_client, unread_client
from connectors.urls import safe_url, show_origin, url_setting

_METADATA_LIMITS: Final = Limits(read=20, total=60, body=1024 * 1024)
_JWKS_LIMITS: Final = Limits(read=20, total=60, body=256 * 1024)

PUBLIC_KEYS: Final = Permission(
    "read access to jwks_uri", "the server's keys, which are public by the standards", hides=("jwks",)
)
REGISTRATION_TOKEN: Final = Permission(
    "registration access token", "reading a configured client (RFC 7592)", hides=tuple(sorted(MAPPED - {"client_id"}))
)


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client that the tenant's settings name, with the place and the token of its registration."""

    client_id: str
    registration_client_uri: str
    token: str


def known_clients(setting: str, text: str) -> tuple[KnownClient, ...]:
    """Clients of a setting: one a line, of client_id, registration_client_uri and registration_access_token.

    Raises SettingError naming the line; its message holds nothing of it.
    """
    found: dict[str, KnownClient] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 3:
            raise SettingError(
                setting,
                f"Line {number} must hold client_id, registration_client_uri and registration_access_token, separated"
                " by blanks.",
            )
        client_id, url, token = words
        try:
            url_setting(setting, url, query=True)
        except SettingError as fault:
            raise SettingError(setting, f"Line {number}: {fault}") from None
        if client_id in found:
            raise SettingError(setting, f"Line {number} names a client that another line names, too.")
        found[client_id] = KnownClient(client_id, url, token)
    return tuple(found.values())


def well_known(issuer: str) -> tuple[str, ...]:
    """Where an issuer's metadata may stand: suffix (OpenID Discovery 4), insertion (RFC 8414 3), alias (8414 5)."""
    path = urlsplit(issuer).path.rstrip("/")
    host = show_origin(issuer)
    places = (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{host}/.well-known/oauth-authorization-server{path}",
        f"{host}/.well-known/openid-configuration{path}",
    )
    return tuple(dict.fromkeys(places))


class LiveReader:
    """One issuer, and the clients that are configured for it."""

    def __init__(self, issuer: str, clients: tuple[KnownClient, ...], *, allow_private: bool) -> None:
        self._issuer = issuer
        self._clients = clients
        self._allow_private = allow_private
        self._sessions: dict[tuple[str, Limits], HttpSession] = {}
        self.missing: list[Permission] = []
        self.basis = Basis(issuer)

    @property
    def requests_sent(self) -> int:
        return sum(session.requests_sent for session in self._sessions.values())

    @property
    def lists_apps(self) -> bool:
        return bool(self._clients)

    def servers(self) -> Iterator[Server]:
        answer = self._discover()
        record = cut_metadata(answer.body)
        facts = metadata_facts(record)
        self.basis = Basis(self._issuer, known=known_client_members(facts), speaks_openid=speaks_openid(facts))
        jwks, published = self._keys(record.get("jwks"), facts["jwks_uri"])
        if isinstance(jwks, dict):
            record["jwks"] = jwks
        seen, unseen = split({**facts, "issuer_verified": True})
        readings = [Reading(Rung.ADVERTISED, answer.source, seen)]
        keys = jwks if isinstance(jwks, NotObserved) else read_jwks(jwks)
        if isinstance(keys, NotObserved):
            unseen["jwks"] = keys
        elif published:
            readings.append(Reading(Rung.ADVERTISED, published, {"jwks": keys}))
        else:
            seen["jwks"] = keys
        yield Server(self._issuer, Observed(tuple(readings), unseen), record)

    def pages(self) -> Iterator[Page]:
        for client in self._clients:
            yield self._page(client)

    def _discover(self) -> Answer:
        """The first document that names this very issuer. Raises the error that tells most."""
        fault: ConnectorError | None = None
        mismatch: ConnectorError | None = None
        places = well_known(self._issuer)
        for place in places:
            try:
                answer = self._session(place, _METADATA_LIMITS).get(place, expect=dict, unique_keys=True)
            except (ProtocolError, DeniedError, AuthenticationError) as refusal:
                if fault is None and getattr(refusal, "status", None) != 404:
                    fault = refusal
                continue
            if answer.body.get("issuer") == self._issuer:
                return answer
            mismatch = mismatch or _mismatch(answer.source.url, self._issuer, answer.body.get("issuer"))
        nothing = ProtocolError(
            safe_url(places[0]), "There is no metadata of this issuer, here or at the other well-known places", 404
        )
        raise mismatch or fault or nothing

    def _keys(self, by_value: Json, jwks_uri: Json) -> tuple[Json, Source | None]:
        """The server's keys, cut, and where they were read when that is another place than the metadata."""
        if not isinstance(jwks_uri, str) or not jwks_uri:
            unread = isinstance(jwks_uri, NotObserved) and by_value is None
            return (jwks_uri if unread else by_value), None
        try:
            answer = self._session(jwks_uri, _JWKS_LIMITS).get(jwks_uri, expect=dict, permission=PUBLIC_KEYS.name)
        except (DeniedError, AuthenticationError) as refusal:
            self._note(PUBLIC_KEYS)
            return NotObserved(Reason.DENIED, str(refusal)), None
        except ConnectorError as fault:
            return NotObserved(Reason.FAILED, str(fault)), None
        return cut_jwks(answer.body), answer.source

    def _page(self, client: KnownClient) -> Page:
        """One client. A refusal or a fault over it leaves it there, with nothing seen of it."""
        url = client.registration_client_uri
        try:
            answer = self._session(url, _METADATA_LIMITS).get(
                url, expect=dict, permission=REGISTRATION_TOKEN.name, authorization=f"Bearer {client.token}"
            )
        except (DeniedError, AuthenticationError) as refusal:
            self._note(REGISTRATION_TOKEN)
            return _unread(client, NotObserved(Reason.DENIED, str(refusal)))
        except ConnectorError as fault:
            return _unread(client, NotObserved(Reason.FAILED, str(fault)))
        if answer.body.get("client_id") != client.client_id:
            return _unread(client, NotObserved(Reason.FAILED, "the answer is about another client_id than configured"))
        document = {**answer.body, "registration_client_uri": url}
        return Page(answer.source, [cut_client(document, Origin.REGISTRATION, client.client_id)])

    def _session(self, url: str, limits: Limits) -> HttpSession:
        """The session with the origin of an address. Raises ConnectorError for what is none."""
        try:
            base_url = show_origin(url)
        except ValueError as fault:
            raise ConnectorError(f"The address {safe_url(url)} cannot be used: {fault}.") from None
        session = self._sessions.get((base_url, limits))
        if session is None:
            session = HttpSession(base_url, allow_private=self._allow_private, limits=limits)
            self._sessions[base_url, limits] = session
        return session

    def _note(self, permission: Permission) -> None:
        if permission not in self.missing:
            self.missing.append(permission)


def _mismatch(place: str, wanted: str, found: Json) -> ProtocolError:
    named = repr(safe_url(found)) if isinstance(found, str) else "none"
    return ProtocolError(
        place,
        f"The metadata names another issuer and was discarded: asked for {wanted!r}, found {named}; they must be equal"
        " byte for byte (RFC 8414 3.3)",
    )


def _unread(client: KnownClient, refusal: NotObserved) -> Page:
    source = Source(safe_url(client.registration_client_uri), datetime.now(UTC))
    return Page(source, [unread_client(client.client_id, client.registration_client_uri, refusal)])
