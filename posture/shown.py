"""Verdicts as they are shown: one read model for pages, API, command line and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from connectors.base import Reading
from connectors.facts import AUTHORIZATION_SERVER, CLIENT, Json, NotObserved, Reason, Rung
from inventory.models import App, AuthorizationServer
from posture import catalogue
from posture.case import base_parameters
from posture.control import SERVER_PREFIX, Control, Level, Origin, Parameter
from posture.evidence import Evidence
from posture.known import BY_TENANT, Known, Loader
from posture.models import Assessment, Verdict
from posture.outcome import Addressee, Outcome

CHUNK = 500
"""Apps that are held in memory at a time; the queries of one chunk are as many however many apps it has."""


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact that a control read: its value or why it was not seen, and where it was seen.

    `source` is an address, a place in a file or "recorded by a person"; empty for what was not seen.
    """

    value: Json | NotObserved
    rung: Rung | None
    source: str
    at: datetime | None

    @property
    def seen(self) -> bool:
        return not isinstance(self.value, NotObserved)

    def to_json(self) -> dict[str, Any]:
        if isinstance(self.value, NotObserved):
            return self.value.to_json()
        return {
            "value": self.value,
            "rung": self.rung.label if self.rung else None,
            "source": self.source,
            "at": self.at.isoformat() if self.at else None,
        }


@dataclass(frozen=True)
class ShownVerdict:
    """The verdict of one control on one subject, as it stands."""

    control: Control
    verdict: Verdict
    specifics: Mapping[str, Any]
    since: datetime
    _subject: _Subject

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.verdict.outcome)

    @property
    def message(self) -> str:
        return self.verdict.message

    @property
    def rung(self) -> Rung | None:
        """The rung of the weakest reading that decided; None when nothing did."""
        return None if self.verdict.rung is None else Rung(self.verdict.rung)

    @property
    def addressee(self) -> Addressee:
        return Addressee(self.verdict.addressee)

    @property
    def severity(self) -> Level:
        """Residual severity: one step lower when compensated."""
        return list(Level)[self.verdict.severity]

    @property
    def compensated_by(self) -> tuple[str, ...]:
        return tuple(self.verdict.compensated_by)

    @cached_property
    def reasons(self) -> tuple[NotObserved, ...]:
        """What would have to be seen to decide."""
        return tuple(NotObserved(Reason(said["reason"]), said["detail"], said["fact"]) for said in self.verdict.reasons)

    @cached_property
    def facts(self) -> dict[str, ShownFact]:
        """Every fact that the control reads, by name; a server's is prefixed where the client has one of that name."""
        return self._subject.facts(self.control)

    def to_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome.value,
            "message": self.message,
            "rung": self.rung.label if self.rung else None,
            "addressee": self.addressee.value,
            "compensated": bool(self.compensated_by),
            "facts": {
                name: fact.value.to_json() if isinstance(fact.value, NotObserved) else fact.value
                for name, fact in self.facts.items()
            },
            "reasons": list(self.verdict.reasons),
        }


@dataclass(frozen=True, slots=True)
class InFull:
    """A subject with all its verdicts, in order of control id, and every fact of it by name, seen or not.

    An app has its server's verdicts too; there are none where it was not judged yet.
    """

    verdicts: list[ShownVerdict]
    facts: dict[str, ShownFact]


def app_in_full(app: App) -> InFull:
    _, verdicts, side = next(_loaded([app]))
    return InFull(verdicts, side.facts(CLIENT))


def server_in_full(server: AuthorizationServer) -> InFull:
    side = _Side(Loader([server.tenant_id]).servers([server])[server.pk])
    assessment = Assessment.objects.filter(server=server).first()
    verdicts = _shown(assessment, _verdicts([assessment] if assessment else []), _Subject(None, side))
    return InFull(verdicts, side.facts(AUTHORIZATION_SERVER))


def verdicts_of(app: App) -> list[ShownVerdict]:
    return app_in_full(app).verdicts


def verdicts_of_server(server: AuthorizationServer) -> list[ShownVerdict]:
    return server_in_full(server).verdicts


def many(apps: Iterable[App]) -> Iterator[tuple[App, list[ShownVerdict]]]:
    """Each app with its verdicts, in the order given: a constant number of queries for each `CHUNK` of apps."""
    return ((app, verdicts) for app, verdicts, _ in _loaded(apps))


def _loaded(apps: Iterable[App]) -> Iterator[tuple[App, list[ShownVerdict], _Side]]:
    rest = iter(apps)
    verdicts: dict[int, Verdict] = {}
    servers: dict[int, _Side] = {}
    while chunk := list(islice(rest, CHUNK)):
        loader = Loader({app.tenant_id for app in chunk})
        known = loader.apps(chunk)
        new = {app.server_id for app in chunk} - servers.keys()
        if new:
            found = loader.servers(AuthorizationServer.objects.filter(pk__in=new))
            servers |= {pk: _Side(server) for pk, server in found.items()}
        assessments = {row.app_id: row for row in Assessment.objects.filter(app__in=chunk)}
        verdicts |= _verdicts(assessments.values(), verdicts)
        for app in chunk:
            side = _Side(known[app.pk])
            subject = _Subject(side, servers[app.server_id])
            yield app, _shown(assessments.get(app.pk), verdicts, subject), side


def _verdicts(assessments: Iterable[Assessment], held: Mapping[int, Verdict] | None = None) -> dict[int, Verdict]:
    """The verdicts of assessments by id, those excepted that are held already."""
    wanted = {pk for assessment in assessments for pk in assessment.verdicts} - (held or {}).keys()
    return Verdict.objects.in_bulk(wanted) if wanted else {}


def _shown(assessment: Assessment | None, verdicts: Mapping[int, Verdict], subject: _Subject) -> list[ShownVerdict]:
    if assessment is None:
        return []
    controls = catalogue.by_id()
    rows = ((verdicts[pk], since) for pk, since in zip(assessment.verdicts, assessment.since, strict=True))
    return [
        ShownVerdict(
            controls[verdict.control_id], verdict, assessment.specifics.get(verdict.control_id, {}), since, subject
        )
        for verdict, since in rows
        if verdict.control_id in controls
    ]


class _Side:
    """A client or a server: what is known of it, put together when first asked for."""

    def __init__(self, known: Known) -> None:
        self._known = known

    @cached_property
    def evidence(self) -> Evidence:
        return self._known.evidence()

    @cached_property
    def sources(self) -> dict[str, Reading]:
        return self._known.sources()

    def facts(self, vocabulary: Iterable[str]) -> dict[str, ShownFact]:
        """All of these facts by name, in order of names."""
        return {name: self.fact(name) for name in sorted(vocabulary)}

    def fact(self, token: str) -> ShownFact:
        name = token.removeprefix(SERVER_PREFIX)
        value = self.evidence.get(name)
        if isinstance(value, NotObserved):
            return ShownFact(value, None, "", None)
        reading = self.sources[name]
        at = None if reading.source.url == BY_TENANT else reading.source.at
        return ShownFact(value, reading.rung, reading.source.url, at)


class _Subject:
    """A client with its server, or a server alone; each fact is looked up once, however many controls read it."""

    def __init__(self, client: _Side | None, server: _Side) -> None:
        self._sides = {Origin.CLIENT: client, Origin.SERVER: server}
        self._found: dict[str, ShownFact] = {}

    def facts(self, control: Control) -> dict[str, ShownFact]:
        found = {}
        for token, fact in _inputs(control).items():
            side = self._sides.get(fact.origin)
            if side:
                found[fact.name] = self._found.get(token) or self._found.setdefault(token, side.fact(token))
        return found


@lru_cache(maxsize=1024)
def _inputs(control: Control) -> dict[str, Parameter]:
    return base_parameters(control.inputs.values())
