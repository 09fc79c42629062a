"""Every fact of one subject, as pages show it."""

from __future__ import annotations

from connectors.facts import NotObserved
from posture.known import BY_TENANT, Known
from posture.shown import ShownFact


def all_facts(known: Known) -> dict[str, ShownFact]:
    """Fact name -> its strongest reading, or why there is none; in order of names."""
    sources = known.sources()
    found: dict[str, ShownFact] = {}
    for name, value in sorted(known.evidence().facts.items()):
        if isinstance(value, NotObserved):
            found[name] = ShownFact(value, None, "", None)
        else:
            reading = sources[name]
            at = None if reading.source.url == BY_TENANT else reading.source.at
            found[name] = ShownFact(value, reading.rung, reading.source.url, at)
    return found
