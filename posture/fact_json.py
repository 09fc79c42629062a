"""Facts with where they were seen, as JSON for the API and the evidence."""

from __future__ import annotations

from typing import Any

from connectors.facts import NotObserved
from posture.known import BY_TENANT, Known
from posture.shown import ShownFact


def fact_json(fact: ShownFact) -> dict[str, Any]:
    """{"value", "rung", "source", "at"} of what was seen, {"not_observed", "detail"} of what was not."""
    if isinstance(fact.value, NotObserved):
        return fact.value.to_json()
    return {
        "value": fact.value,
        "rung": fact.rung.label if fact.rung else None,
        "source": fact.source,
        "at": fact.at.isoformat() if fact.at else None,
    }


def facts_json(known: Known) -> dict[str, Any]:
    """Every fact of one subject, by name: the strongest reading of each, or why there is none."""
    sources = known.sources()
    found: dict[str, Any] = {}
    for name, value in sorted(known.evidence().facts.items()):
        if isinstance(value, NotObserved):
            found[name] = value.to_json()
        else:
            reading = sources[name]
            at = None if reading.source.url == BY_TENANT else reading.source.at
            found[name] = fact_json(ShownFact(value, reading.rung, reading.source.url, at))
    return found
