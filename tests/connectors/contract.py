"""What every connector owes, for its own tests to call."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.base import App, Connector, Observed, Page, Server
from connectors.facts import ATTESTED, VOCABULARY, Facts, NotObserved, Subject, from_json, to_json


def facts(subject: App | Server) -> Facts:
    """All that is known of an app or a server."""
    known: Facts = dict(subject.observed.not_observed)
    for reading in subject.observed.readings:
        known |= reading.facts
    return known


def read_all(connector: Connector) -> tuple[list[Server], list[Page], list[App]]:
    """Servers first, apps second, as ingest does."""
    servers = list(connector.authorization_servers())
    pages = list(connector.apps())
    return servers, pages, [connector.map_app(record, page.source) for page in pages for record in page.records]


def keeps_the_vocabulary(connector: Connector, servers: Iterable[Server], apps: Iterable[App]) -> None:
    """mapped, cannot_see and attested facts are the whole vocabulary, each once; values have their type."""
    cannot_see = connector.cannot_see
    for server in servers:
        _whole(Subject.AUTHORIZATION_SERVER, server.observed, cannot_see[Subject.AUTHORIZATION_SERVER].keys())
    for app in apps:
        _whole(Subject.CLIENT, app.observed, cannot_see[Subject.CLIENT].keys() | ATTESTED)
        for credential in app.credentials:
            names = sorted([*credential, *(cannot_see[Subject.CREDENTIAL].keys() - credential.keys())])
            assert names == sorted(VOCABULARY[Subject.CREDENTIAL])


def _whole(subject: Subject, observed: Observed, unmapped: Iterable[str]) -> None:
    seen = [name for reading in observed.readings for name in reading.facts]
    assert sorted([*seen, *observed.not_observed, *unmapped]) == sorted(VOCABULARY[subject])
    for reading in observed.readings:
        assert from_json(to_json(reading.facts)) == reading.facts
        for name, value in reading.facts.items():
            assert not isinstance(value, NotObserved)
            assert value is None or isinstance(value, VOCABULARY[subject][name].type), name
