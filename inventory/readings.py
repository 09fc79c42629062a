"""Numbers the sources of one sync while it reads, and stores those that showed something new."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.base import Source
from inventory.digests import storable
from inventory.models import Reading, Sync


@dataclass(slots=True)
class Readings:
    """The sources so far, each with the digest of what it answered."""

    _numbers: dict[tuple[Source, bytes], int] = field(default_factory=dict)

    def number(self, source: Source, sha256: bytes) -> int:
        """The place of this source in what `store` returns."""
        return self._numbers.setdefault((source, sha256), len(self._numbers))

    def store(self, sync: Sync) -> list[int]:
        """Write one reading for each source, and return their ids in order of number."""
        rows = [
            Reading(sync=sync, url=storable(source.url), at=source.at, sha256=sha256)
            for source, sha256 in self._numbers
        ]
        return [reading.pk for reading in Reading.objects.bulk_create(rows, batch_size=1000)]
