"""A connector over lists in memory, with everything that a provider may do wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.db.models import Model

from connectors.base import App, Connector, Observed, Page, Permission, Record, Server, Setting, Source
from connectors.errors import DeniedError, SettingError
from connectors.facts import ATTESTED, VOCABULARY, Json, NotObserved, Reason, Rung, Subject
from inventory import leases
from inventory.ingest import ingest
from inventory.leases import Lease
from inventory.models import App as StoredApp
from inventory.models import AuthorizationServer, Credential, Observation, Reading, Sync, Tenant
from inventory.models import Record as StoredRecord

ISSUER = "https://as.example.com"
AT = datetime(2026, 1, 1, tzinfo=UTC)
LIST = Permission("list-apps", "the list of apps", required=True)
SIDE = Permission("side-read", "owners", hides=("owners",))
_SEEN = {"client_id", "client_name", "client_type", "redirect_uris"}
_NEVER = NotObserved(Reason.NOT_RETURNED, "never")


@dataclass
class Listing:
    """What the provider answers: pages of records, and the number of pages after which it refuses."""

    pages: list[list[Record]]
    breaks_after: int | None = None
    server: Record = field(default_factory=dict)
    issuers: Sequence[str] = (ISSUER,)
    basis: Json = None


class Memory(Connector):
    kind = "memory"
    label = "Memory"
    version = 1
    documentation = "https://example.com"
    settings = (
        Setting("base_url", "Address"),
        Setting("realm", "Realm", required=False),
        Setting("password", "Password", secret=True),
    )
    permissions = (LIST, SIDE)
    cannot_see: ClassVar[Mapping[Subject, Mapping[str, NotObserved]]] = {
        Subject.CLIENT: dict.fromkeys(VOCABULARY[Subject.CLIENT].keys() - _SEEN - ATTESTED - {"owners"}, _NEVER),
        Subject.AUTHORIZATION_SERVER: dict.fromkeys(
            VOCABULARY[Subject.AUTHORIZATION_SERVER].keys() - {"code_challenge_methods_supported"}, _NEVER
        ),
    }
    lists: bool = True

    def __init__(self, listing: Listing) -> None:
        super().__init__()
        self.listing = listing
        self.mapped: list[str] = []
        self.clear: dict[str, str] = {}

    @classmethod
    def connect(cls, settings: Mapping[str, str], *, allow_private: bool = False) -> Self:
        if not settings["base_url"].startswith("https://"):
            raise SettingError("base_url", "it must start with https://")
        connector = cls(Listing([]))
        connector.clear = dict(settings)
        return connector

    @classmethod
    def open_file(cls, document: Json, name: str) -> Self | None:
        return None

    def check(self) -> tuple[Permission, ...]:
        return (SIDE,)

    def authorization_servers(self) -> Iterator[Server]:
        for issuer in self.listing.issuers:
            facts = {"code_challenge_methods_supported": self.listing.server.get("methods", ["S256"])}
            observed = Observed.of(Rung.ADVERTISED, Source(f"{issuer}/metadata", AT), facts)
            yield Server(issuer, observed, dict(self.listing.server))

    def basis(self) -> Json:
        return self.listing.basis

    def apps(self) -> Iterator[Page]:
        for number, records in enumerate(self.listing.pages):
            self.requests += 1
            if number == self.listing.breaks_after:
                raise DeniedError(LIST.name, "the listing was refused")
            yield Page(Source(f"{ISSUER}/apps?page={number}", AT), records)

    @property
    def lists_apps(self) -> bool:
        return self.lists

    def map_app(self, record: Record, source: Source) -> App:
        self.mapped.append(record["client_id"])
        facts = {
            "client_id": record["client_id"],
            "client_name": record.get("name"),
            "client_type": record.get("type"),
            "redirect_uris": record.get("uris", []),
            "owners": NotObserved(Reason.DENIED, "side-read"),
        }
        credentials = tuple({"credential_type": "secret", "kid": kid} for kid in record.get("keys", ()))
        issuer = record.get("issuer", ISSUER)
        return App(
            record["client_id"], issuer, record["client_id"], Observed.of(Rung.DECLARED, source, facts), credentials
        )


def record(client_id: str, **more: Any) -> Record:
    return {"client_id": client_id, **more}


def tenant(name: str = "acme", **values: Any) -> Tenant:
    return Tenant.objects.create(name=name, kind="memory", **values)


def lease_of(of: Tenant) -> Lease:
    lease = leases.claim(leases.request_sync(of).pk)
    assert lease
    return lease


def read(of: Tenant, listing: Listing) -> tuple[Sync, Memory]:
    """Ingest a listing; the sync is done afterwards, whatever became of it."""
    lease, connector = lease_of(of), Memory(listing)
    try:
        ingest(lease, connector)
    finally:
        lease.finish(complete=lease.sync.complete)
    return Sync.objects.get(pk=lease.sync.pk), connector


def live() -> set[str]:
    """Ids of the clients that have not ended."""
    return set(StoredApp.objects.filter(ended_at=None).values_list("client_id", flat=True))


def rows() -> list[list[dict[str, Any]]]:
    """All that syncs found."""
    kept: tuple[type[Model], ...] = (AuthorizationServer, StoredApp, StoredRecord, Reading, Observation, Credential)
    return [list(model._default_manager.order_by("pk").values()) for model in kept]
