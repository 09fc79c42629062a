"""Apps: the list with its filter, one app with all its verdicts, and what a person states about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from connectors.facts import ATTESTED, is_not_observed
from inventory.models import App, Attestation, Credential
from posture import shown
from posture.attest import record_fact, withdraw
from posture.outcome import Addressee, Outcome
from posture.shown import ShownVerdict
from web.access import staff_only
from web.forms.app_filter import AppFilter
from web.forms.attest import AttestForm
from web.selectors import apps as selector
from web.selectors import history
from web.selectors.scans import last_complete

PAGE_SIZE: Final = 50


@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    wanted = AppFilter(request.GET)
    matching = selector.matching(wanted)
    page = Paginator(matching, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": wanted, "page": page, "sort": wanted.cleaned_data.get("sort") or "worst"}
    return render(request, "apps/list.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    app = get_object_or_404(App.objects.select_related("tenant", "server", "assessment"), pk=pk)
    full = shown.app_in_full(app)
    credentials = list(Credential.objects.filter(app=app).order_by(F("ended_at").asc(nulls_first=True), "pk"))
    stated = {row.fact: row for row in Attestation.objects.filter(app=app).select_related("stated_by")}
    statements = _statements(stated)
    context = {
        "app": app,
        "assessment": getattr(app, "assessment", None),
        "groups": _groups(full.verdicts),
        "facts": full.facts,
        "seen": sum(fact.seen for fact in full.facts.values()),
        "credentials": [_credential(row) for row in credentials],
        "statements": statements,
        "stated": len(stated),
        "last_complete": last_complete(app.tenant_id),
        "events": history.of_app(app, credentials, stated.values()),
    }
    return render(request, "apps/detail.html", context)


@require_POST
@staff_only
def attest(request: HttpRequest, pk: int) -> HttpResponse:
    """State a fact of an app, or take it back; the app is judged again at once."""
    app = get_object_or_404(App, pk=pk)
    form = AttestForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no such fact, or a value that it cannot have")
    fact, value = form.cleaned_data["fact"], form.stated()
    if value is None:
        withdraw(app, fact)
        messages.success(request, f"{fact} is no longer stated. The app was judged again.")
    else:
        user = request.user if request.user.is_authenticated else None
        record_fact(app, fact, value, user)
        messages.success(request, f"{fact} is recorded. The app was judged again.")
    return redirect("app", pk=app.pk)


def _groups(verdicts: list[ShownVerdict]) -> list[dict[str, Any]]:
    """Verdicts by what is to be done: what the owner can change by outcome, then what others must."""
    ours = [verdict for verdict in verdicts if verdict.addressee is Addressee.OWNER]
    theirs = [
        verdict
        for verdict in verdicts
        if verdict.addressee is not Addressee.OWNER and verdict.outcome is not Outcome.NOT_APPLICABLE
    ]
    skipped = [verdict for verdict in verdicts if verdict.outcome is Outcome.NOT_APPLICABLE]
    return [
        _group("Errors of a control", "The control itself failed. Look at the log and report it.",
               _of(ours, Outcome.ERROR), is_open=True),
        _group("Failed: change these", "Most severe first.", _of(ours, Outcome.FAIL), is_open=True),
        _group("Warnings", "Not wrong, but weaker than it should be, or the app cannot comply on its platform.",
               _of(ours, Outcome.WARN), is_open=True),
        _group("Unknown: what could not be seen", "Neither good nor bad. Each says what would have to be seen, and who "
               "can change that.", _of(ours, Outcome.UNKNOWN), is_open=True),
        _group("For the platform or the vendor to change", "Shown, but not counted in your posture.",
               _by_severity(theirs)),
        _group("Passed", "", _of(ours, Outcome.PASS)),
        _group("Not applicable", "", skipped),
    ]  # fmt: skip


def _group(title: str, help_: str, verdicts: list[ShownVerdict], *, is_open: bool = False) -> dict[str, Any]:
    return {"title": title, "help": help_, "verdicts": verdicts, "open": is_open}


def _of(verdicts: list[ShownVerdict], outcome: Outcome) -> list[ShownVerdict]:
    return _by_severity([verdict for verdict in verdicts if verdict.outcome is outcome])


def _by_severity(verdicts: list[ShownVerdict]) -> list[ShownVerdict]:
    return sorted(verdicts, key=lambda verdict: -verdict.severity.rank)


def _credential(row: Credential) -> dict[str, Any]:
    """What is known of a secret, key or certificate; there are no values to show."""
    facts = {name: None if is_not_observed(value) else value for name, value in row.facts.items()}
    return {"facts": facts, "key": row.key, "ended_at": row.ended_at}


def _statements(stated: Mapping[str, Attestation]) -> list[dict[str, Any]]:
    """Each fact that a person can state: its form, and who stated what when."""
    found = []
    for fact in sorted(ATTESTED):
        row = stated.get(fact)
        value = "" if row is None else row.value if isinstance(row.value, str) else "yes" if row.value else "no"
        form = AttestForm(initial={"fact": fact, "value": value}, fact=fact, auto_id=f"{fact}_%s")
        found.append({"form": form, "row": row})
    return found
