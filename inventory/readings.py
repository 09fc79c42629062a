"""Numbers the sources of one sync while it reads, and stores those that showed something new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from connectors.base import Source
from inventory.digests import storable
from inventory.models import Reading, Sync


@dataclass(slots=True)
class Readings:
    """The sources so far, each with the digest of what it answered."""

    _numbers: dict[tuple[Source, bytes], int] = field(default_factory=dict)

    def number(self, source: Source, sha256: bytes) -> int:
        """What stands for this source in what `store` returns."""
        return self._numbers.setdefault((source, sha256), len(self._numbers))

    def store(self, sync: Sync, numbers: Collection[int]) -> dict[int, int]:
        """Write a reading for each source that has one of these numbers, and return their ids by number."""
        rows = {
            number: Reading(sync=sync, url=storable(source.url), at=source.at, sha256=sha256)
            for (source, sha256), number in self._numbers.items()
            if number in numbers
        }
        Reading.objects.bulk_create(rows.values(), batch_size=1000)
        return {number: reading.pk for number, reading in rows.items()}
