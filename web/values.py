"""Facts and specifics of verdicts as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from connectors.facts import Json, NotObserved
from inventory.models import Tenant
from posture.shown import ShownFact, ShownVerdict
from web.times import moment

_BREAK_AFTER = re.compile(r"([_/.])")


def is_unseen(value: object) -> bool:
    return isinstance(value, NotObserved)


def fact_value(value: Json) -> SafeString:
    """A fact as it is shown: absent is "not set", a list has one line for each entry."""
    if isinstance(value, bool):
        return format_html("{}", "yes" if value else "no")
    if value is None or value == "":
        return format_html('<span class="muted">{}</span>', "not set")
    if isinstance(value, list):
        if not value:
            return format_html('<span class="muted">{}</span>', "none")
        return format_html_join(mark_safe("<br>"), "<code>{}</code>", ((_plain(entry),) for entry in value))
    if isinstance(value, dict):
        return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))
    return format_html("<code>{}</code>", value)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def breakable(text: str) -> SafeString:
    """A long name that may break after `_`, `/` and `.`."""
    return mark_safe(_BREAK_AFTER.sub(r"\1<wbr>", str(conditional_escape(text))))  # noqa: S308 - escaped before


def callbacks(verdict: ShownVerdict) -> list[Mapping[str, str]]:
    """What a verdict says of single redirect URIs: objects of uri, outcome and why."""
    return [said for said in verdict.specifics.get("uris", []) if isinstance(said, dict)]


def unseen_inputs(verdict: ShownVerdict) -> list[str]:
    """Names of the facts that a verdict says were not seen, those first that somebody here can mend."""
    mendable, missing = (verdict.specifics.get(key, []) for key in ("mendable", "missing"))
    return list(dict.fromkeys([*mendable, *missing]))


def specifics(verdict: ShownVerdict) -> list[tuple[str, Any]]:
    """What else is particular to this app: a name in words, and a value."""
    others = dict(verdict.specifics)
    if callbacks(verdict):
        del others["uris"]
    return [(name.replace("_", " "), value) for name, value in others.items()]


def distinct_facts(verdicts: Iterable[ShownVerdict]) -> dict[str, ShownFact]:
    """Every fact that these verdicts read, each once, by name."""
    found: dict[str, ShownFact] = {}
    for verdict in verdicts:
        found |= verdict.facts
    return dict(sorted(found.items()))


def stored_time(value: str | None) -> str:
    """An RFC 3339 time of a fact as it is shown, the text itself where it is none."""
    if not value:
        return "not set"
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment(at if at.tzinfo else at.replace(tzinfo=UTC))


def as_hex(value: bytes | memoryview) -> str:
    return bytes(value).hex()


def tenant_label(tenant: Tenant) -> str:
    """A tenant's name; of an export file the last part of its path."""
    return Path(tenant.name).name if tenant.origin == Tenant.Origin.FILE else tenant.name
