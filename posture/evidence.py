"""What is known of one subject when it is judged, each fact with the rung it is known by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from connectors.base import Reading
from connectors.facts import ATTESTED, CLIENT, VOCABULARY, Facts, NotObserved, Reason, Rung, Subject

_UNSPOKEN = NotObserved(Reason.NOT_RETURNED, "the connector does not speak of it")


UNKNOWN_RUNG: Final = 99
"""Ranks after every rung: nothing was seen."""


@lru_cache(maxsize=4096)
def _of(reason: Reason, detail: str, name: str) -> NotObserved:
    return NotObserved(reason, detail, name)


def _named(value: Any, name: str) -> Any:
    if type(value) is not NotObserved or value.fact:
        return value
    if value is _UNSPOKEN and name in ATTESTED:
        return _of(Reason.UNCLASSIFIED, "not recorded", name)
    return _of(value.reason, value.detail, name)


_NOTHING_SPOKEN: Final[Mapping[Subject, Facts]] = {
    subject: {name: _named(_UNSPOKEN, name) for name in facts} for subject, facts in VOCABULARY.items()
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts of one subject: values of the strongest reading, reasons for the rest.

    `rungs` holds only what differs from `rung`, which is that of most facts.
    """

    facts: Facts
    rung: Rung
    rungs: Mapping[str, Rung]
    _prepared: dict[str, dict[str, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get(self, name: str) -> Any:
        """The value, or NotObserved with the fact's name filled in."""
        return _named(self.facts.get(name, _UNSPOKEN), name)

    def complete(self, subject: Subject, prefix: str = "") -> Facts:
        """Every fact of the subject's vocabulary by name, with a prefix, as `get` returns it. Not to be changed."""
        prepared = self._prepared.get(prefix)
        if prepared is None:
            facts = {**_NOTHING_SPOKEN[subject], **self.facts}
            for name in [name for name, value in facts.items() if type(value) is NotObserved]:
                value = _named(facts[name], name)
                # A client has a fact of this name, too: a reason must say which one is meant.
                shared = prefix and name in CLIENT
                facts[name] = _of(value.reason, value.detail, prefix + name) if shared else value
            prepared = {prefix + name: value for name, value in facts.items()} if prefix else facts
            self._prepared[prefix] = prepared
        return prepared

    def ranks(self, subject: Subject, prefix: str = "") -> dict[str, int]:
        """The rung of every fact of the subject's vocabulary, `UNKNOWN_RUNG` where it was not seen. Not to be
        changed."""
        key = f"{prefix} rungs"
        ranks = self._prepared.get(key)
        if ranks is None:
            facts = self.complete(subject, prefix)
            ranks = dict.fromkeys(facts, int(self.rung))
            for name, other in self.rungs.items():
                ranks[prefix + name] = other
            for token in [token for token, value in facts.items() if type(value) is NotObserved]:
                ranks[token] = UNKNOWN_RUNG
            self._prepared[key] = ranks
        return ranks

    def rung_of(self, name: str) -> Rung | None:
        if isinstance(self.facts.get(name, _UNSPOKEN), NotObserved):
            return None
        return self.rungs.get(name, self.rung)


def gather(
    readings: Iterable[Reading],
    not_observed: Mapping[str, NotObserved],
    cannot_see: Mapping[str, NotObserved],
) -> Evidence:
    """The strongest value of each fact. Of two readings on one rung the later one counts."""
    ordered = sorted(readings, key=lambda reading: reading.rung)
    facts: Facts = {**cannot_see, **not_observed}
    rungs: dict[str, Rung] = {}
    most = max(ordered, key=lambda reading: len(reading.facts)).rung if ordered else Rung.DECLARED
    for reading in ordered:
        facts.update(reading.facts)
        if reading.rung is not most or rungs:
            rungs.update(dict.fromkeys(reading.facts, reading.rung))
    return Evidence(facts, most, rungs)


NOTHING_SEEN: Mapping[Subject, Evidence] = {
    subject: Evidence({}, Rung.ATTESTED, {}) for subject in (Subject.CLIENT, Subject.AUTHORIZATION_SERVER)
}
