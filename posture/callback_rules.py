"""How the verdict of a redirect control comes from what it finds in each registered URI.

A URI that no flow reaches does no harm yet, so without a front channel a fail becomes a warning to remove it; where
the front channel was not seen, a fail is unknown with the remark `at_least_warn`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from posture.outcome import (
    Missing,
    Result,
    Truth,
    Unseen,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)
from posture.redirects import RedirectUri

CALLBACKS: Final = ("callbacks",)


class Remark(NamedTuple):
    """What is wrong with a URI, in words that hold for every app."""

    why: str
    is_fail: bool


def fails(why: str) -> Remark:
    return Remark(why, is_fail=True)


def warns(why: str) -> Remark:
    return Remark(why, is_fail=False)


Found = Remark | Unseen
Look = Callable[[RedirectUri], Iterable[Found]]


def has_callbacks(callbacks: tuple[RedirectUri, ...] | Missing) -> Truth | Result:
    """redirect URIs are registered"""
    if isinstance(callbacks, Missing):
        return callbacks
    return True if callbacks else not_applicable("no redirect URI is registered")


def judge_callbacks(
    callbacks: Iterable[RedirectUri],
    look: Look,
    front_channel: bool | Missing,
    passing: str,
    *,
    because: tuple[str, ...] = CALLBACKS,
    more: Iterable[Found] = (),
) -> Result:
    """The verdict over all URIs. `look` says what it finds in one; `more` is found beside them; `because` names what
    a pass or a warning rests on, `passing` says a pass in words."""
    found = [(uri, one) for uri in callbacks for one in (*look(uri), *_left_open(uri))]
    rest = list(more)
    if not found and not rest:
        return passed(passing, because=because)
    uris = [
        {"uri": uri.raw, "outcome": "fail" if one.is_fail else "warn", "why": one.why}
        for uri, one in found
        if isinstance(one, Remark)
    ]
    return _conclude([one for _, one in found] + rest, front_channel, passing, because, {"uris": uris} if uris else {})


def _left_open(uri: RedirectUri) -> Iterable[Unseen]:
    return [uri.unseen] if uri.is_open and uri.unseen is not None else []


def _conclude(
    found: list[Found],
    front_channel: bool | Missing,
    passing: str,
    because: tuple[str, ...],
    specifics: dict[str, Any],
) -> Result:
    fail = _words(one.why for one in found if isinstance(one, Remark) and one.is_fail)
    warn = _words(one.why for one in found if isinstance(one, Remark) and not one.is_fail)
    unseen = [one for one in found if not isinstance(one, Remark)]
    reached = (*because, "front_channel")
    if fail and front_channel is True:
        return failed(fail, because=reached, **specifics)
    if fail and front_channel is False:
        return warned(f"unreachable: remove it ({fail})", because=reached, **specifics)
    if fail and isinstance(front_channel, Missing):
        return unknown(f"at least a warning: {fail}", front_channel, at_least_warn=True, **specifics)
    # Without a front channel nothing that is still unseen can make it worse than a warning.
    if unseen and not (warn and front_channel is False):
        if warn:
            return unknown(f"at least a warning: {warn}", *unseen, at_least_warn=True, **specifics)
        return unknown("what a redirect URI is judged by could not be seen", *unseen)
    return warned(warn, because=because, **specifics) if warn else passed(passing, because=because)


def _words(whys: Iterable[str]) -> str:
    """Each reason once, in one order for all apps, so that the same case has the same message."""
    return "; ".join(sorted(set(whys)))
