"""The connector for any issuer that keeps to the standards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Self, TypeVar

from connectors.base import App, Connector, Page, Permission, Record, Server, Setting, Source
from connectors.errors import SettingError
from connectors.facts import Json, NotObserved, Subject
from connectors.oidc import clients, keys, metadata, records
from connectors.oidc.files import FileReader
from connectors.oidc.live import PUBLIC_KEYS, REGISTRATION_TOKEN, LiveReader, known_clients
from connectors.urls import url_setting

Read = TypeVar("Read")


class OidcConnector(Connector):
    """One issuer, live; or metadata of a server or of clients from a file."""

    kind: ClassVar[str] = "oidc"
    label: ClassVar[str] = "OpenID Connect / OAuth server"
    version: ClassVar[int] = 1
    documentation: ClassVar[str] = "https://www.rfc-editor.org/rfc/rfc7592#section-2.1"
    exports: ClassVar[str] = (
        "authorization server metadata (issuer with endpoints), or client metadata in the words of RFC 7591 (client_id,"
        " redirect_uris or the like; one object, a list, or an object with a list as clients)"
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("issuer", "Issuer", "Exactly as the server's metadata writes it, with or without a slash at its end."),
        Setting(
            "clients",
            "Clients",
            "One a line: client_id registration_client_uri registration_access_token. There is no standard way to list"
            " clients. The token may also change the client: keep it for this use alone.",
            required=False,
            secret=True,
            multiline=True,
        ),
    )
    permissions: ClassVar[tuple[Permission, ...]] = (PUBLIC_KEYS, REGISTRATION_TOKEN)
    cannot_see: ClassVar[Mapping[Subject, Mapping[str, NotObserved]]] = {
        Subject.CLIENT: records.CANNOT_SEE,
        Subject.AUTHORIZATION_SERVER: metadata.CANNOT_SEE,
        Subject.CREDENTIAL: keys.CANNOT_SEE,
    }

    def __init__(self, reader: LiveReader | FileReader) -> None:
        super().__init__()
        self._reader = reader
        if isinstance(reader, LiveReader):
            self.missing = reader.missing

    @classmethod
    def connect(cls, settings: Mapping[str, str], *, allow_private: bool = False) -> Self:
        if not settings.get("issuer", "").strip():
            raise SettingError("issuer", "Issuer is missing.")
        issuer = url_setting("issuer", settings["issuer"])
        known = known_clients("clients", settings.get("clients", ""))
        return cls(LiveReader(issuer, known, allow_private=allow_private))

    @classmethod
    def open_file(cls, document: Json, name: str) -> Self | None:
        reader = FileReader.open(document, Source(name, datetime.now(UTC)))
        return cls(reader) if reader else None

    def check(self) -> tuple[Permission, ...]:
        for _ in self.authorization_servers():
            for _ in self.apps():
                pass
        return tuple(self.missing)

    def authorization_servers(self) -> Iterator[Server]:
        return self._counted(self._reader.servers())

    def basis(self) -> Json:
        basis = self._reader.basis
        return [basis.issuer, sorted(basis.known), basis.speaks_openid]

    def apps(self) -> Iterator[Page]:
        return self._counted(self._reader.pages())

    @property
    def lists_apps(self) -> bool:
        return self._reader.lists_apps

    def map_app(self, record: Record, source: Source) -> App:
        return clients.map_client(record, source, self._reader.basis)

    def _counted(self, read: Iterator[Read]) -> Iterator[Read]:
        """Pass on what is read, and keep the count of requests up to date however the reading ends."""
        try:
            for found in read:
                self.requests = self._reader.requests_sent
                yield found
        finally:
            self.requests = self._reader.requests_sent
