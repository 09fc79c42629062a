"""Instants and durations as words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

_UNITS = ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))


def _words(seconds: float) -> str:
    """The largest whole unit; empty under a minute."""
    for size, name in _UNITS:
        count = int(seconds // size)
        if count:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return ""


def moment(at: datetime | None) -> str:
    """`25 Nov 2026, 03:02 UTC`, or "never"."""
    if at is None:
        return "never"
    there = at.astimezone(UTC)
    return f"{there.day} {there:%b %Y, %H:%M} UTC"


def age(at: datetime | None) -> str | SafeString:
    """How long ago, with the exact time when pointed at."""
    if at is None:
        return "never"
    words = _words((timezone.now() - at).total_seconds())
    text = f"{words} ago" if words else "just now"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), moment(at), text)


def due(at: datetime | None) -> str | SafeString:
    """When something comes, as words: "in 5 minutes", or "now" where that is past."""
    if at is None:
        return "never"
    words = _words((at - timezone.now()).total_seconds())
    text = f"in {words}" if words else "now"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), moment(at), text)


def length_of_time(length: timedelta | None) -> str:
    """`6 hours`; of what is exact in a smaller unit only, that unit: `90 minutes`."""
    if length is None:
        return ""
    seconds = int(length.total_seconds())
    for size, name in _UNITS[2:]:
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def spoken(length: timedelta | None) -> str:
    """How often something is done: `every 6 hours`, or "only on demand"."""
    return f"every {length_of_time(length)}" if length else "only on demand"


def took(start: datetime | None, end: datetime | None = None) -> str:
    """How long it took, or takes by now: `4.2 s`, `3 min 5 s`."""
    if start is None:
        return "not started"
    seconds = max(((end or timezone.now()) - start).total_seconds(), 0.0)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
