"""The overview: how well it holds, how much we see, and where to look first."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.control import Level
from posture.outcome import Addressee
from web.selectors import posture
from web.selectors.tenants import lines
from web.tallies import Tally

_WORST_SHOWN: Final = 10
_REASONS_SHOWN: Final = 5


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    verdicts = posture.held()
    tallies = posture.by_addressee(posture.by_control(verdicts))
    live = posture.live_apps()
    of_tenants = posture.by_tenant()
    ranks = _ranks(posture.apps_by_worst())
    context = {
        "owner": tallies[Addressee.OWNER],
        "others": [
            (addressee, tallies[addressee])
            for addressee in (Addressee.PLATFORM, Addressee.VENDOR)
            if tallies[addressee].total
        ],
        "live": live,
        "ours": live["all"] - live["platform"],
        "lines": [(line, of_tenants.get(line.tenant.pk, Tally())) for line in lines()],
        "worst": posture.worst_apps(_WORST_SHOWN),
        "ranks": ranks,
        "ranked": sum(rank["apps"] for rank in ranks),
        "hidden": posture.open_by_reason(verdicts).most_common(_REASONS_SHOWN),
    }
    return render(request, "overview.html", context)


def _ranks(counts: dict[int, int]) -> list[dict[str, Any]]:
    """Apps by their worst failure, worst first, those without one last."""
    ranks: list[dict[str, Any]] = [
        {"level": level.value, "apps": counts.get(level.rank, 0), "query": f"only-{level.value}"}
        for level in reversed(Level)
    ]
    return [*ranks, {"level": "", "apps": counts.get(-1, 0), "query": "none"}]
