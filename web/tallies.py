"""Numbers that always carry their denominator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from posture.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole."""

    part: int
    whole: int

    @property
    def rest(self) -> int:
        return self.whole - self.part

    @property
    def percent(self) -> str:
        """Rounded, but never to 0 or 100 where that would not be true; "–" of nothing."""
        if not self.whole:
            return "–"
        if self.part == self.whole:
            return "100 %"
        if not self.part:
            return "0 %"
        exact = self.part * 100 / self.whole
        if exact < 1:
            return "under 1 %"
        return "over 99 %" if exact > 99 else f"{round(exact)} %"


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts counted by outcome."""

    counts: Counter[Outcome] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts)

    @property
    def passed(self) -> int:
        return self.counts[Outcome.PASS]

    @property
    def warned(self) -> int:
        return self.counts[Outcome.WARN]

    @property
    def failed(self) -> int:
        return self.counts[Outcome.FAIL]

    @property
    def unknown(self) -> int:
        return self.counts[Outcome.UNKNOWN]

    @property
    def not_applicable(self) -> int:
        return self.counts[Outcome.NOT_APPLICABLE]

    @property
    def error(self) -> int:
        return self.counts[Outcome.ERROR]

    @property
    def judged(self) -> int:
        """What could be decided of what applies."""
        return self.passed + self.warned + self.failed

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def posture(self) -> Share:
        """Passed of what could be judged."""
        return Share(self.passed, self.judged)

    @property
    def visibility(self) -> Share:
        """Judged of what applies, so far as that is known."""
        return Share(self.judged, self.judged + self.unknown)


def tally(*, pass_: int = 0, fail: int = 0, warn: int = 0, unknown: int = 0) -> Tally:
    """A tally of counts that something else made."""
    counts = {Outcome.PASS: pass_, Outcome.FAIL: fail, Outcome.WARN: warn, Outcome.UNKNOWN: unknown}
    return Tally(Counter({outcome: count for outcome, count in counts.items() if count}))
