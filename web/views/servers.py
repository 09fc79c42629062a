"""One authorization server: its verdicts and every fact about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inventory.models import App, AuthorizationServer
from posture import shown
from posture.outcome import Addressee, Outcome
from posture.shown import ShownVerdict
from web.selectors import history
from web.selectors.scans import last_complete

_ORDER = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Verdicts first, worst first; then facts, seen or not."""
    server = get_object_or_404(AuthorizationServer.objects.select_related("tenant"), pk=pk)
    full = shown.server_in_full(server)
    verdicts = sorted(full.verdicts, key=_worst_first)
    context = {
        "server": server,
        "apps": App.objects.filter(server=server, ended_at=None).count(),
        "complete": last_complete(server.tenant_id),
        "mine": [verdict for verdict in verdicts if verdict.addressee is Addressee.OWNER],
        "others": [verdict for verdict in verdicts if verdict.addressee is not Addressee.OWNER],
        "facts": full.facts,
        "seen": sum(fact.seen for fact in full.facts.values()),
        "events": history.of_server(server),
    }
    return render(request, "servers/detail.html", context)


def _worst_first(verdict: ShownVerdict) -> tuple[int, int, str]:
    return _ORDER.index(verdict.outcome), -verdict.severity.rank, verdict.control.id
