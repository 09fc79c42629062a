"""Controls: the catalogue with its verdicts as they stand, and one control in full."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture import catalogue
from posture.control import Control
from posture.outcome import Addressee, Outcome
from posture.policy import COMPENSATING_SETS
from web.selectors import posture
from web.tallies import Tally

_COLUMNS = (
    Outcome.FAIL,
    Outcome.WARN,
    Outcome.UNKNOWN,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
    Outcome.ERROR,
)


@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    tallies = _tallies()
    controls = sorted(catalogue.controls(), key=lambda control: (control.family.title, control.id))
    ours = [control for control in controls if tallies[control.id].get(Addressee.OWNER, Tally()).total]
    families = [
        {"title": title, "lines": [_line(control, tallies) for control in members]}
        for title, members in groupby(ours, key=lambda control: control.family.title)
    ]
    others = [
        {"control": control, "tally": sum_}
        for control in controls
        if (sum_ := _of_others(tallies, control)).total - sum_.not_applicable
    ]
    context = {
        "families": families,
        "others": others,
        "quiet": [
            control
            for control in controls
            if control not in ours and control not in [line["control"] for line in others]
        ],
        "count": len(controls),
        "total": posture.by_addressee(tallies)[Addressee.OWNER],
    }
    return render(request, "controls/list.html", context)


@require_safe
def detail(request: HttpRequest, control_id: str) -> HttpResponse:
    control = catalogue.by_id().get(control_id)
    if control is None:
        raise Http404("there is no such control")
    tallies = _tallies()[control.id]
    context = {
        "control": control,
        "by_app": posture.counts_by_app(control),
        "columns": [outcome.label.capitalize() for outcome in _COLUMNS],
        "rows": [_row(addressee, tallies.get(addressee, Tally())) for addressee in Addressee],
        "compensation": [", ".join(members) for members in COMPENSATING_SETS.get(control.compensation, ())],
    }
    return render(request, "controls/detail.html", context)


def _tallies() -> posture.ControlTallies:
    return posture.by_control(posture.held())


def _line(control: Control, tallies: posture.ControlTallies) -> dict[str, Any]:
    return {
        "control": control,
        "tally": tallies[control.id][Addressee.OWNER],
        "by_app": posture.counts_by_app(control),
    }


def _of_others(tallies: posture.ControlTallies, control: Control) -> Tally:
    """What vendors and platforms must change, together."""
    of_control = tallies[control.id]
    return of_control.get(Addressee.VENDOR, Tally()) + of_control.get(Addressee.PLATFORM, Tally())


def _row(addressee: Addressee, tally: Tally) -> dict[str, Any]:
    cells = [{"outcome": outcome, "count": tally.counts[outcome]} for outcome in _COLUMNS]
    return {"addressee": addressee, "cells": cells}
