"""What a connector is: one class per provider that turns a tenant, or an export file, into facts.

Transport and mapping are apart: `apps()` yields pages of redacted provider records, wherever they come from, and
`map_app` turns one record into facts. Ingest compares records before it maps them, so that what has not changed
costs nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from connectors.facts import Facts, Json, NotObserved, Rung, Subject, split

Record = dict[str, Json]
"""One object of a provider's answer, cut to the connector's allow-list: it never holds a secret."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the tenant form. `secret` ones are stored encrypted or by reference, never shown again."""

    name: str
    label: str
    help: str = ""
    required: bool = True
    secret: bool = False
    default: str = ""
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """A right of the provider that the connector reads with, and what stays unseen without it."""

    name: str
    needed_for: str
    hides: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The request, or the place in a file, that showed something. `url` holds no secret."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source showed of a subject: observed facts only."""

    rung: Rung
    source: Source
    facts: Facts


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of one subject: its readings, and the facts that could not be seen though others' can.

    A fact that the connector can never see (`Connector.cannot_see`) is in neither. A fact stands in one reading
    of a rung only; where two sources bear on it (a client record and a client policy), the one that decided has it.
    """

    readings: tuple[Reading, ...]
    not_observed: Mapping[str, NotObserved] = field(default_factory=dict)

    @classmethod
    def of(cls, rung: Rung, source: Source, facts: Facts) -> Self:
        """One reading of a record that may hold `NotObserved` values."""
        seen, unseen = split(facts)
        return cls((Reading(rung, source, seen),), unseen)


@dataclass(frozen=True, slots=True)
class Server:
    """An authorization server; `record` is the redacted document that the facts were read from."""

    issuer: str
    observed: Observed
    record: Record


@dataclass(frozen=True, slots=True)
class App:
    """An OAuth client as mapped from one record. `credentials` are facts of the vocabulary of credentials."""

    external_id: str
    issuer: str
    client_id: str
    observed: Observed
    credentials: tuple[Facts, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The records that one request, or one file, showed."""

    source: Source
    records: list[Record]


class Connector(ABC):
    """Base of every connector. Make one with `connect` or `open_file`, then read servers first, apps second.

    A broken main listing raises a `connectors.errors.ConnectorError`; an optional read that is refused adds the
    permission to `missing` and makes the facts it hides `NotObserved(DENIED)`.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    version: ClassVar[int]
    """Raised whenever the mapping changes, so that every record is mapped again."""
    documentation: ClassVar[str]
    """The provider's page about reading its clients."""
    exports: ClassVar[str] = ""
    """The export files that `open_file` recognises and by which members, for a person; empty: none."""
    settings: ClassVar[tuple[Setting, ...]]
    permissions: ClassVar[tuple[Permission, ...]]
    cannot_see: ClassVar[Mapping[Subject, Mapping[str, NotObserved]]]

    def __init__(self) -> None:
        self.missing: list[Permission] = []
        """Optional permissions that a read so far was refused for."""
        self.skipped = 0
        """Records of the listing so far that are no OAuth client (a SAML client, for example)."""
        self.requests = 0
        """Requests sent so far; 0 for a file."""

    @classmethod
    @abstractmethod
    def connect(cls, settings: Mapping[str, str], *, allow_private: bool = False) -> Self:
        """A reader of a live tenant. `settings` holds clear values, secrets included, by setting name.

        Raises ConnectorError with a message for the person who filled in the form. Sends nothing yet.
        """

    @classmethod
    @abstractmethod
    def open_file(cls, document: Json, name: str) -> Self | None:
        """A reader of a parsed export file, or None when the document is not of this provider.

        Raises FileError, naming the place, when it is of this provider but malformed.
        """

    @abstractmethod
    def check(self) -> tuple[Permission, ...]:
        """Try the connection and return the permissions that are missing. Raises when nothing can be read."""

    @abstractmethod
    def authorization_servers(self) -> Iterator[Server]:
        """The tenant's servers, and with them everything that `map_app` depends on beside the record."""

    @abstractmethod
    def basis(self) -> Json:
        """What the mapping depends on beside the record, as JSON; known once the servers were read."""

    @abstractmethod
    def apps(self) -> Iterator[Page]:
        """Every page of OAuth clients; coming to its end means that the listing was complete.

        Records are redacted to the connector's allow-list. What is no OAuth client is left out and counted in
        `skipped`. Raises ConnectorError where the listing breaks off.
        """

    @property
    def lists_apps(self) -> bool:
        """False when the source says nothing about clients: then no app may end."""
        return True

    @abstractmethod
    def map_app(self, record: Record, source: Source) -> App:
        """Facts of one record of `apps()`. Pure: it depends on the record, `basis()` and `version` alone.

        Never raises on a record that `apps()` yielded: a member of the wrong type becomes `NotObserved(FAILED)`.
        """
