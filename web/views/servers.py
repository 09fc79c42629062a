"""One authorization server: its verdicts and every fact about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from connectors.facts import AUTHORIZATION_SERVER, NotObserved
from inventory.models import App, AuthorizationServer
from posture import shown
from posture.known import BY_TENANT, Loader
from posture.outcome import Addressee, Outcome
from posture.shown import ShownFact, ShownVerdict
from web.selectors.scans import last_complete

_ORDER = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Verdicts first, worst first; then facts, seen or not."""
    server = get_object_or_404(AuthorizationServer.objects.select_related("tenant"), pk=pk)
    verdicts = sorted(shown.verdicts_of_server(server), key=_worst_first)
    context = {
        "server": server,
        "apps": App.objects.filter(server=server, ended_at=None).count(),
        "complete": last_complete(server.tenant_id),
        "mine": [verdict for verdict in verdicts if verdict.addressee is Addressee.OWNER],
        "others": [verdict for verdict in verdicts if verdict.addressee is not Addressee.OWNER],
        "facts": _facts(server),
    }
    return render(request, "servers/detail.html", context)


def _worst_first(verdict: ShownVerdict) -> tuple[int, int, str]:
    return _ORDER.index(verdict.outcome), -verdict.severity.rank, verdict.control.id


def _facts(server: AuthorizationServer) -> dict[str, ShownFact]:
    """What is known by name, in the order of the vocabulary."""
    known = Loader([server.tenant_id]).servers([server])[server.pk]
    evidence, sources = known.evidence(), known.sources()
    found: dict[str, ShownFact] = {}
    for name in AUTHORIZATION_SERVER:
        value = evidence.get(name)
        if isinstance(value, NotObserved):
            shown_fact = ShownFact(value, None, "", None)
        else:
            reading = sources[name]
            at = None if reading.source.url == BY_TENANT else reading.source.at
            shown_fact = ShownFact(value, reading.rung, reading.source.url, at)
        found[name] = shown_fact
    return found
