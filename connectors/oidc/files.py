"""Files: authorization server metadata; client metadata of one or many clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from connectors.base import Observed, Page, Record, Server, Source
from connectors.errors import FileError
from connectors.facts import Json, NotObserved, Reason, Rung
from connectors.oidc.clients import Basis
from connectors.oidc.keys import read_jwks
from connectors.oidc.members import kind_of
from connectors.oidc.metadata import (
    MAPPED,
    cut_metadata,
    is_metadata,
    known_client_members,
    metadata_facts,
    speaks_openid,
)
from connectors.oidc.records import Origin, cut_client, is_client_metadata

_NOTHING_TO_COMPARE = NotObserved(
    Reason.ABSENT_IN_FILE, "a file does not tell which issuer was asked: there is nothing to compare with"
)
_NO_KEYS = NotObserved(Reason.ABSENT_IN_FILE, "the keys are published at jwks_uri and do not stand in the file")
_NO_SERVER = NotObserved(Reason.ABSENT_IN_FILE, "client metadata says nothing about its authorization server")


@dataclass(frozen=True)
class FileReader:
    """A file that was read: the metadata of a server, or client metadata."""

    source: Source
    server: Record | None
    clients: tuple[Record, ...]
    requests_sent = 0

    @classmethod
    def open(cls, document: Json, source: Source) -> Self | None:
        """None when the document is neither of both. Raises FileError naming the place."""
        if is_metadata(document):
            return cls(source, _server_record(document), ())
        clients = _clients(document)
        return None if clients is None else cls(source, None, tuple(_client_records(clients)))

    @property
    def basis(self) -> Basis:
        if self.server is None:
            return Basis("")
        facts = metadata_facts(self.server)
        return Basis(facts["issuer"], known=known_client_members(facts), speaks_openid=speaks_openid(facts))

    @property
    def lists_apps(self) -> bool:
        return self.server is None

    def servers(self) -> Iterator[Server]:
        if self.server is None:
            yield Server("", Observed((), dict.fromkeys(MAPPED, _NO_SERVER)), {})
            return
        facts = metadata_facts(self.server)
        by_value = read_jwks(self.server.get("jwks"))
        facts["jwks"] = _NO_KEYS if by_value is None and "jwks_uri" in self.server else by_value
        facts["issuer_verified"] = _NOTHING_TO_COMPARE
        yield Server(facts["issuer"], Observed.of(Rung.ADVERTISED, self.source, facts), self.server)

    def pages(self) -> Iterator[Page]:
        if self.lists_apps:
            yield Page(self.source, list(self.clients))


def _server_record(document: dict[str, Any]) -> Record:
    issuer = document["issuer"]
    if not isinstance(issuer, str) or not issuer:
        found = "empty" if issuer == "" else kind_of(issuer)
        raise FileError("issuer", f"it is {found}; the issuer of authorization server metadata is text")
    return cut_metadata(document)


def _clients(document: Json) -> list[dict[str, Any]] | None:
    """The client objects of a document: it is one, a list of them, or an object with such a list as `clients`."""
    if is_client_metadata(document):
        return [document]
    place = ""
    if isinstance(document, dict) and document.keys().isdisjoint({"realm", "issuer"}):
        document, place = document.get("clients"), "clients"
    if not isinstance(document, list):
        return None
    nothing_listed = place and not document
    if not nothing_listed and not any(is_client_metadata(entry) for entry in document):
        return None
    for position, entry in enumerate(document):
        if not is_client_metadata(entry):
            raise FileError(
                f"{place}[{position}]", f"it is {kind_of(entry)}, but no client metadata, unlike others of the list"
            )
    return document


def _client_records(clients: list[dict[str, Any]]) -> Iterator[Record]:
    """Position stands for a client_id that is missing, and tells apart those that are called the same."""
    taken: set[str] = set()
    for number, client in enumerate(clients, 1):
        client_id = client.get("client_id")
        identity = client_id if isinstance(client_id, str) and client_id else f"#{number}"
        while identity in taken:
            identity = f"{identity}#{number}"
        taken.add(identity)
        yield cut_client(client, Origin.FILE, identity)
