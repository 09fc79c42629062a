"""How templates show ages, shares, outcomes and facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connectors.facts import Reason
from inventory.models import App, Sync
from posture.control import Level
from posture.outcome import Addressee, Outcome
from web import times, values
from web.selectors.visibility import Cell, FactRow
from web.tallies import Share, Tally
from web.words import ADDRESSEES, FACTORS, FITS, FRAMEWORKS, OUTCOMES, PLATFORMS, WORDS, reason_label

register = template.Library()

_MARKS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✕",
    Outcome.WARN: "!",
    Outcome.UNKNOWN: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.ERROR: "⚠",
}

for _filter in (
    times.age,
    times.due,
    times.moment,
    times.length_of_time,
    times.spoken,
    times.took,
    values.breakable,
    values.callbacks,
    values.distinct_facts,
    values.fact_value,
    values.is_unseen,
    values.specifics,
    values.stored_time,
    values.tenant_label,
    values.unseen_inputs,
):
    register.filter(_filter.__name__, _filter)
register.filter("hex", values.as_hex)


@register.simple_tag
def term(key: str, text: str = "") -> SafeString:
    """A term of `web.words` that says what it means when pointed at, and leads to its explanation."""
    word = WORDS[key]
    address = f"{reverse('words')}#{key}"
    return format_html('<a class="term" href="{}" title="{}">{}</a>', address, word.meaning, text or word.term)


@register.filter
def outcome(value: str) -> SafeString:
    """An outcome as a badge of mark, colour and word."""
    known = Outcome(value)
    return format_html(
        '<span class="badge {}" title="{}"><span aria-hidden="true">{}</span> {}</span>',
        known.value.replace("_", "-"),
        OUTCOMES[known],
        _MARKS[known],
        known.label,
    )


@register.filter
def level(value: Level | int | str) -> SafeString:
    """A severity, given as a level or as its rank, as a badge; nothing for -1."""
    if isinstance(value, int):
        if value < 0:
            return format_html('<span class="muted">{}</span>', "none failed")
        value = list(Level)[value]
    known = Level(value)
    return format_html('<span class="badge {}">{}</span>', known.value, known.value)


@register.filter
def reason_words(reason: Reason | str) -> str:
    return reason_label(reason)


@register.filter
def reason_remedy(reason: Reason | str) -> str:
    return Reason(reason).remedy


@register.filter
def reason_actor(reason: Reason | str) -> str:
    """Who can make it visible, as words."""
    return {"us": "you", "tenant admin": "an administrator of the tenant", "vendor": "the vendor"}.get(
        Reason(reason).actor.value, "nobody"
    )


@register.filter
def addressee_help(addressee: Addressee | str) -> str:
    return ADDRESSEES[Addressee(addressee)]


@register.filter
def framework(key: str) -> str:
    return FRAMEWORKS.get(key, key.replace("_", " "))


@register.filter
def platform(key: str) -> str:
    return PLATFORMS.get(key, key.capitalize())


@register.filter
def fit_help(fit: str) -> str:
    return FITS.get(fit, "")


@register.filter
def factor(name: str) -> tuple[str, str]:
    """Name and meaning of a factor of severity."""
    return FACTORS.get(name, (name, ""))


@register.filter
def spaced(text: str) -> str:
    """`required_where_applicable` as words."""
    return str(text).replace("_", " ")


@register.filter
def sentence(text: str) -> str:
    """With a capital letter first, unless it begins with a name as standards write it: `request_uri is fetched`."""
    first = text.split(" ", 1)[0]
    return text if "_" in first or not first.islower() else text[0].upper() + text[1:]


@register.filter
def app_name(app: App) -> str:
    """What an app is called: its name, or its client id where that is blank."""
    return app.client_name.strip() or app.client_id


@register.filter
def counted(count: int, noun: str) -> str:
    """`{{ 2|counted:"app" }}` is "2 apps"."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


@register.filter
def number(count: int) -> str:
    """With a thin space between thousands."""
    return f"{count:,}".replace(",", "\u202f")


@register.inclusion_tag("partials/bar.html")
def outcome_bar(tally: Tally, label: str) -> dict[str, Any]:
    """A stacked bar of pass, warn and fail, with its numbers as text alternative."""
    parts = [("pass", tally.passed), ("warn", tally.warned), ("fail", tally.failed)]
    return _bar(parts, label)


@register.inclusion_tag("partials/bar.html")
def seen_bar(share: Share, label: str) -> dict[str, Any]:
    """A bar of what was seen and what was not."""
    return _bar([("seen", share.part), ("unseen", share.whole - share.part)], label)


@register.inclusion_tag("partials/bar.html")
def part_bar(part: int, whole: int, css: str, label: str) -> dict[str, Any]:
    """One part of a whole, in the colour of a class."""
    return _bar([(css, part), ("rest", max(whole - part, 0))], label)


def _bar(parts: list[tuple[str, int]], label: str) -> dict[str, Any]:
    whole = sum(count for _, count in parts)
    segments, left = [], 0.0
    for css, count in parts:
        width = count * 100 / whole if whole else 0.0
        segments.append({"css": css, "x": f"{left:.2f}%", "width": f"{width:.2f}%"})
        left += width
    text = ", ".join(f"{count} {css}" for css, count in parts if css != "rest")
    return {"segments": segments, "label": f"{label}: {text} of {whole}"}


@register.filter
def by_scan(row: FactRow, syncs: list[Sync]) -> Iterator[tuple[Sync, Cell]]:
    """A row's cells, each with the scan that it was counted by."""
    return zip(syncs, row.cells, strict=True)


@register.filter
def is_going(sync: Sync) -> bool:
    """Whether a scan waits or runs."""
    return sync.state in Sync.UNFINISHED


@register.filter
def steps(sync: Sync) -> list[dict[str, str]]:
    """The steps of a scan, each done, now or to come."""
    order: list[Sync.Step] = [step for step in Sync.Step if step is not Sync.Step.FINISHED]
    at = order.index(Sync.Step(sync.step)) if sync.step in order else len(order)
    states = ["done" if place < at else "now" if place == at else "later" for place in range(len(order))]
    return [{"label": str(step.label), "css": state} for step, state in zip(order, states, strict=True)]
