"""Keycloak: a realm read by its Admin REST API, or from an export file, through the same mapping.

`live` and `export` bring redacted records (`redaction`); `client` maps one by the decision table, whose rows stand in
`grants` and `protection`; `policies` tells what client policies add; `server` speaks of the realm itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Final, Self
from urllib.parse import urlsplit

from connectors.base import App, Connector, Page, Permission, Record, Server, Setting, Source
from connectors.errors import ConnectorError, SettingError
from connectors.facts import Json, NotObserved, Reason, Subject
from connectors.keycloak.admin_api import AdminApi
from connectors.keycloak.client import map_client
from connectors.keycloak.export import RealmFile, read_export
from connectors.keycloak.live import VIEW_CLIENTS, VIEW_REALM, LiveReader
from connectors.keycloak.realm import Realm
from connectors.keycloak.server import file_server
from connectors.urls import url_setting

_CLIENT_PAGE: Final = "https://www.keycloak.org/docs-api/latest/rest-api/index.html#ClientRepresentation"
_NO_MEMBER: Final = NotObserved(Reason.NOT_RETURNED, f"a client has no such member: {_CLIENT_PAGE}")
_ONLY_EVENTS: Final = NotObserved(
    Reason.NOT_RETURNED, f"a client holds no dates, only the event log may, where it is on: {_CLIENT_PAGE}"
)


class KeycloakConnector(Connector):
    """One realm, live; or the realms of an export file."""

    kind: ClassVar[str] = "keycloak"
    label: ClassVar[str] = "Keycloak"
    version: ClassVar[int] = 1
    documentation: ClassVar[str] = "https://www.keycloak.org/docs-api/latest/rest-api/index.html#_clients"
    exports: ClassVar[str] = (
        "realm export (realm with clients or other members of a realm; one object or a list), or clients exported"
        " alone (clientId with publicClient, redirectUris or the like)"
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("base_url", "Server URL", "Without /realms; with /auth at its end where Keycloak has it."),
        Setting("realm", "Realm", "The realm whose clients are read; upper and lower case matter."),
        Setting("client_id", "Client ID", "A confidential client with a service account and no other flow."),
        Setting("client_secret", "Client secret", "Of that client.", secret=True),
        Setting(
            "token_realm",
            "Realm of the service account",
            "Only where it is another than the one that is read: master, for example.",
            required=False,
        ),
    )
    permissions: ClassVar[tuple[Permission, ...]] = (VIEW_CLIENTS, VIEW_REALM)
    cannot_see: ClassVar[Mapping[Subject, Mapping[str, NotObserved]]] = {
        Subject.CLIENT: {
            **dict.fromkeys(("contacts", "software_id", "publisher", "owners"), _NO_MEMBER),
            **dict.fromkeys(("created_at", "updated_at", "last_used_at", "client_id_issued_at"), _ONLY_EVENTS),
            "third_party": NotObserved(
                Reason.UNCLASSIFIED, f"Keycloak does not record whose application a client is: {_CLIENT_PAGE}"
            ),
        },
        Subject.AUTHORIZATION_SERVER: {},
        Subject.CREDENTIAL: {
            "last_used_at": NotObserved(
                Reason.NOT_RETURNED, f"Keycloak does not record when a credential was used: {_CLIENT_PAGE}"
            ),
        },
    }

    def __init__(self, *, live: LiveReader | None = None, files: tuple[RealmFile, ...] = ()) -> None:
        super().__init__()
        self._live = live
        self._files = files
        self._realms: dict[str, Realm] = {file.realm.name: file.realm for file in files}
        if live:
            self.missing = live.missing

    @classmethod
    def connect(cls, settings: Mapping[str, str], *, allow_private: bool = False) -> Self:
        given = {name: value.strip() for name, value in settings.items()}
        for setting in cls.settings:
            if setting.required and not given.get(setting.name):
                raise SettingError(setting.name, f"{setting.label} is missing.")
        base_url = url_setting("base_url", given["base_url"]).rstrip("/")
        if {"realms", "admin"} & set(urlsplit(base_url).path.split("/")):
            raise SettingError("base_url", "Give the server URL up to, and without, /realms or /admin.")
        return cls(live=LiveReader(AdminApi({**given, "base_url": base_url}, allow_private=allow_private)))

    @classmethod
    def open_file(cls, document: Json, name: str) -> Self | None:
        realms = read_export(document, Source(name, datetime.now(UTC)))
        return cls(files=tuple(realms)) if realms else None

    def check(self) -> tuple[Permission, ...]:
        if self._live:
            try:
                self._live.check()
            finally:
                self.requests = self._live.api.requests_sent
        return tuple(self.missing)

    def authorization_servers(self) -> Iterator[Server]:
        if self._live:
            try:
                server = self._live.server()
            finally:
                self.requests = self._live.api.requests_sent
            if self._live.realm:
                self._realms = {self._live.realm.name: self._live.realm}
            yield server
        for file in self._files:
            yield file_server(file.realm)

    def basis(self) -> Json:
        return [realm.basis() for realm in self._realms.values()]

    def apps(self) -> Iterator[Page]:
        if self._live:
            try:
                for page in self._live.pages():
                    self.requests, self.skipped = self._live.api.requests_sent, self._live.skipped
                    yield page
            finally:
                self.requests = self._live.api.requests_sent
        for file in self._files:
            if file.page:
                self.skipped += file.skipped
                yield file.page

    @property
    def lists_apps(self) -> bool:
        return self._live.sees_all if self._live else any(file.page for file in self._files)

    def map_app(self, record: Record, source: Source) -> App:
        realm = self._realms.get(str(record.get("realm")))
        if realm is None:
            raise ConnectorError("The servers are read before an app is mapped.")
        return map_client(record, source, realm)
