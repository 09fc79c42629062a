"""What was not seen, why, and who can change it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.outcome import Addressee
from web.forms.visibility_filter import ALL, VisibilityFilter
from web.selectors import posture
from web.selectors.visibility import FactRow, by_reason, matrix


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Facts by tenants, as the last finished scan of each tenant counted them."""
    form = VisibilityFilter(request.GET or None)
    form.is_valid()
    asked: dict[str, Any] = getattr(form, "cleaned_data", {})
    tenant = asked.get("tenant")
    verdicts = posture.held(tenant.pk if tenant else None)
    found = matrix(posture.open_by_fact(verdicts), tenant)
    rows = [row for row in found.rows if _is_wanted(row, asked)]
    gaps = [row for row in rows if row.missing]
    context = {
        "form": form,
        "syncs": found.syncs,
        "tenant": tenant,
        "share": posture.by_addressee(posture.by_control(verdicts))[Addressee.OWNER].visibility,
        "reasons": by_reason(rows, posture.open_by_reason(verdicts)),
        "gaps": gaps,
        "costly": [row for row in gaps if row.open_verdicts],
        "idle": [row for row in gaps if not row.open_verdicts],
        "whole": [row for row in rows if not row.missing],
        "facts": len(found.rows),
    }
    return render(request, "visibility.html", context)


def _is_wanted(row: FactRow, asked: dict[str, Any]) -> bool:
    if asked.get("subject") and row.fact.subject != asked["subject"]:
        return False
    if asked.get("reason") and asked["reason"] not in row.reasons:
        return False
    return asked.get("facts") == ALL or bool(row.controls)
