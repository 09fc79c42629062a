"""What judging ends in, and how a control says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from connectors.facts import NotObserved, Reason


class Outcome(StrEnum):
    """Decided in the order not_applicable, fail, unknown, warn, pass; `error`: the control itself raised."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    WARN = "warn"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"
    ERROR = "error"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


class Addressee(StrEnum):
    """Who can act on a verdict. Only what is addressed to the owner counts in our posture."""

    OWNER = "owner"
    VENDOR = "vendor"
    PLATFORM = "platform"


class Result(NamedTuple):
    """What a control decided. Made for every control and subject, hence a tuple.

    `message` is the same text for every app in the same case; what is particular to one app (which URI, which
    algorithm) stands in `specifics`. `because` names the facts that decided, when not all that were read did.
    `due` is the instant at which the same facts would be judged differently.
    """

    outcome: Outcome
    message: str
    specifics: Mapping[str, Any] = {}
    because: tuple[str, ...] = ()
    missing: tuple[NotObserved, ...] = ()
    due: datetime | None = None


def passed(message: str, *, because: tuple[str, ...] = (), **specifics: Any) -> Result:
    return Result(Outcome.PASS, message, specifics, because) if specifics else _plain_pass(message, because)


@lru_cache(maxsize=4096)
def _plain_pass(message: str, because: tuple[str, ...]) -> Result:
    """Most subjects pass most controls, for a handful of reasons."""
    return Result(Outcome.PASS, message, because=because)


def failed(message: str, *, because: tuple[str, ...] = (), **specifics: Any) -> Result:
    return Result(Outcome.FAIL, message, specifics, because)


def warned(message: str, *, because: tuple[str, ...] = (), **specifics: Any) -> Result:
    return Result(Outcome.WARN, message, specifics, because)


@lru_cache(maxsize=4096)
def not_applicable(message: str, *, because: tuple[str, ...] = ()) -> Result:
    return Result(Outcome.NOT_APPLICABLE, message, because=because)


def unknown(message: str, *missing: Unseen, **specifics: Any) -> Result:
    """Something that could still change the outcome was not seen: `missing` says what."""
    return Result(Outcome.UNKNOWN, message, specifics, missing=merge(*missing))


def not_probed(probe: str, would_show: str) -> NotObserved:
    """An active probe that did not run, as the input it would have been."""
    return NotObserved(Reason.NOT_PROBED, would_show, f"probe:{probe}")


@dataclass(frozen=True, slots=True)
class Missing:
    """The unknown of three-valued logic: what would have to be seen to decide. Its truth value raises."""

    facts: tuple[NotObserved, ...]

    def __bool__(self) -> bool:
        raise TypeError("an undecided condition has no truth value: test with `is True` or `is False`")


Unseen = NotObserved | Missing
UNSEEN: Final = (NotObserved, Missing)
Truth = bool | NotObserved | Missing


def merge(*unseen: Unseen) -> tuple[NotObserved, ...]:
    """All facts named, each once, in order."""
    facts = [n for u in unseen for n in (u.facts if isinstance(u, Missing) else (u,))]
    return tuple(dict.fromkeys(facts))


def all_of(*parts: Truth) -> bool | Missing:
    """AND: false as soon as one part is proved false, unknown while one is open."""
    if any(part is False for part in parts):
        return False
    undecided = _open(parts)
    return True if undecided is None else undecided


def any_of(*parts: Truth) -> bool | Missing:
    """OR: true as soon as one part is proved true, unknown while one is open."""
    if any(part is True for part in parts):
        return True
    undecided = _open(parts)
    return False if undecided is None else undecided


def _open(parts: tuple[Truth, ...]) -> Missing | None:
    unseen = [part for part in parts if isinstance(part, UNSEEN)]
    return Missing(merge(*unseen)) if unseen else None


def equals(value: object, expected: object) -> Truth:
    """Whether a fact has a value; open when the fact was not observed."""
    return value if isinstance(value, UNSEEN) else value == expected


def passes(outcome: Outcome) -> Truth:
    """Whether another control passed; open while it is unknown, or could not be judged. The engine adds its reasons."""
    if outcome in {Outcome.UNKNOWN, Outcome.ERROR}:
        return Missing(())
    return outcome is Outcome.PASS


def flag(value: object) -> Truth:
    """A boolean fact as a truth: seen to be absent counts as false, the default of every flag here."""
    return value if isinstance(value, UNSEEN) else value is True
