"""Scans: what runs now, what ran, and what it found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from inventory import leases
from inventory.models import Sync
from web.access import staff_only
from web.forms.scan_filter import ScanFilter
from web.selectors.scans import newest_first

PAGE = 50
READINGS_SHOWN = 20


@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    """Scans, newest first."""
    form = ScanFilter(request.GET or None)
    tenant = form.cleaned_data.get("tenant") if form.is_valid() else None
    page = Paginator(newest_first(tenant.pk if tenant else None), PAGE).get_page(request.GET.get("page"))
    return render(request, "scans/list.html", {"form": form, "page": page, "tenant": tenant})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One scan, with its progress while it runs."""
    return render(request, "scans/detail.html", _context(pk))


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a scan's page that is fetched again every two seconds, until the scan is finished."""
    return render(request, "scans/_progress.html", _context(pk) | {"is_part": True})


@require_POST
@staff_only
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a scan that waits or runs. What it stored stays."""
    scan = _scan(pk)
    if scan.state in Sync.UNFINISHED:
        leases.cancel(scan)
        messages.success(request, "The scan is cancelled. What it has stored stays.")
    else:
        messages.info(request, "The scan was finished already.")
    return redirect("scan", pk)


def _scan(pk: int) -> Sync:
    return get_object_or_404(Sync.objects.select_related("tenant", "requested_by"), pk=pk)


def _context(pk: int) -> dict[str, Any]:
    scan = _scan(pk)
    readings = scan.readings.order_by("pk")
    return {"scan": scan, "readings": readings[:READINGS_SHOWN], "reading_count": readings.count()}
