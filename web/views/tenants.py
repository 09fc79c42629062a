"""Tenants: what is scanned; staff adds, changes, tests, scans and deletes them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.base import Connector, Permission
from connectors.discovery import discover
from connectors.errors import ConnectorError
from inventory import deletion, tenants
from inventory.described import connector_json
from inventory.models import Tenant
from posture import scan
from web.access import staff_only
from web.forms.deletion import DeletionForm
from web.forms.tenant import TenantForm
from web.selectors import posture
from web.selectors import tenants as selectors
from web.selectors.scans import last_complete
from web.tallies import Tally

FORM = ["GET", "HEAD", "POST"]


@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    """Connected tenants, and export files that the command line scanned."""
    lines = selectors.lines()
    context = {
        "live": [line for line in lines if line.tenant.origin != Tenant.Origin.FILE],
        "files": [line for line in lines if line.tenant.origin == Tenant.Origin.FILE],
    }
    return render(request, "tenants/list.html", context)


@require_safe
@staff_only
def choose(request: HttpRequest) -> HttpResponse:
    """The providers that can be connected."""
    connectors = sorted(discover().values(), key=lambda connector: connector.label)
    # As JSON: a template would call the class.
    described = [connector_json(connector) for connector in connectors]
    return render(request, "tenants/choose.html", {"connectors": described})


@require_http_methods(FORM)
@staff_only
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Connect a tenant of a provider."""
    form = TenantForm(_connector(kind), None, request.POST or None)
    if request.method == "POST" and form.is_valid() and (tenant := form.store()):
        messages.success(request, "Saved. Test the connection, then scan it.")
        return redirect("tenant", tenant.pk)
    return render(
        request, "tenants/form.html", {"form": form, "connector": connector_json(form.connector), "tenant": None}
    )


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One tenant: posture, visibility, settings without secrets, servers, scans, permissions."""
    return render(request, "tenants/detail.html", _context(get_object_or_404(Tenant, pk=pk)))


@require_http_methods(FORM)
@staff_only
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a tenant. Secrets are not shown; an empty one keeps what is stored."""
    tenant = _live(pk)
    form = TenantForm(_connector(tenant.kind), tenant, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.store():
        messages.success(request, "Saved.")
        return redirect("tenant", tenant.pk)
    return render(
        request, "tenants/form.html", {"form": form, "connector": connector_json(form.connector), "tenant": tenant}
    )


@require_http_methods(FORM)
@staff_only
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a tenant with everything that was seen of it, once its name was typed."""
    tenant = get_object_or_404(Tenant, pk=pk)
    form = DeletionForm(tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = tenant.name
        deletion.delete(tenant)
        messages.success(request, f"{name} was deleted.")
        return redirect("tenants")
    context = {"form": form, "tenant": tenant, "apps": selectors.live_apps(tenant)}
    return render(request, "tenants/delete.html", context)


@require_POST
@staff_only
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the connection now, and name what is missing with what it hides: alone for htmx, else on the whole page."""
    tenant = _live(pk)
    error = ""
    missing: tuple[Permission, ...] = ()
    try:
        missing = tenants.check_connection(tenant)
    except ConnectorError as problem:
        error = str(problem)
    tested = {"tested": True, "error": error, "missing": missing}
    if request.headers.get("HX-Request") == "true":
        return render(request, "tenants/_test.html", tested)
    return render(request, "tenants/detail.html", _context(tenant) | tested)


@require_POST
@staff_only
def scan_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a scan, or show the one that is going on."""
    user = request.user if isinstance(request.user, User) else None
    return redirect("scan", scan.start(_live(pk), user).pk)


def _live(pk: int) -> Tenant:
    """A connected tenant. An export file has no connection."""
    return get_object_or_404(Tenant.objects.exclude(origin=Tenant.Origin.FILE), pk=pk)


def _connector(kind: str) -> type[Connector]:
    connector = selectors.connector_of(kind)
    if connector is None:
        raise Http404("There is no connector of this kind.")
    return connector


def _context(tenant: Tenant) -> dict[str, Any]:
    connector = selectors.connector_of(tenant.kind)
    return {
        "tenant": tenant,
        "connector": connector_json(connector) if connector else None,
        "provider": selectors.provider(tenant.kind),
        "is_file": tenant.origin == Tenant.Origin.FILE,
        "tally": posture.by_tenant().get(tenant.pk, Tally()),
        "apps": selectors.live_apps(tenant),
        "complete": last_complete(tenant.pk),
        "settings": selectors.settings_of(tenant),
        "servers": selectors.servers_of(tenant),
        "scans": selectors.last_scans(tenant),
        "never_seen": selectors.never_seen(connector) if connector else 0,
    }
