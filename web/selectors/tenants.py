"""Tenants with what the list and a tenant's page say of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from connectors.base import Connector
from connectors.discovery import discover
from connectors.facts import Subject
from inventory.models import App, AuthorizationServer, Sync, Tenant
from web.selectors.scans import newest_first
from web.values import tenant_label

SHOWN_SCANS = 5


@dataclass(frozen=True, slots=True)
class TenantLine:
    """A tenant of the list. `last` is its last scan of any state, `complete` its last complete one."""

    tenant: Tenant
    label: str
    apps: int
    last: Sync | None
    complete: Sync | None


@dataclass(frozen=True, slots=True)
class StatedSetting:
    """A setting as it may be shown: a secret says only that there is one."""

    label: str
    value: str
    secret: bool


def lines() -> list[TenantLine]:
    """Every tenant, by name: a constant number of queries."""
    apps = Counter(dict(App.objects.filter(ended_at=None).values_list("tenant").annotate(apps=Count("pk")).order_by()))
    last = {sync.tenant_id: sync for sync in Sync.objects.order_by("tenant_id", "-pk").distinct("tenant_id")}
    done = Sync.objects.filter(state=Sync.State.DONE, complete=True)
    complete = {sync.tenant_id: sync for sync in done.order_by("tenant_id", "-pk").distinct("tenant_id")}
    tenants = sorted(Tenant.objects.all(), key=lambda tenant: (tenant_label(tenant).casefold(), tenant.pk))
    return [
        TenantLine(tenant, provider(tenant.kind), apps[tenant.pk], last.get(tenant.pk), complete.get(tenant.pk))
        for tenant in tenants
    ]


def connector_of(kind: str) -> type[Connector] | None:
    """The connector of a kind; None where it is not installed here any more."""
    return discover().get(kind)


def provider(kind: str) -> str:
    connector = connector_of(kind)
    return connector.label if connector else kind


def settings_of(tenant: Tenant) -> list[StatedSetting]:
    """Settings in the order of the form; secret ones without their value."""
    connector = connector_of(tenant.kind)
    if connector is None or tenant.origin == Tenant.Origin.FILE:
        return []
    return [
        StatedSetting(setting.label, "" if setting.secret else tenant.settings.get(setting.name, ""), setting.secret)
        for setting in connector.settings
        if setting.secret or tenant.settings.get(setting.name)
    ]


def live_apps(tenant: Tenant) -> int:
    return App.objects.filter(tenant=tenant, ended_at=None).count()


def servers_of(tenant: Tenant) -> list[AuthorizationServer]:
    """Live servers that the source told of."""
    return list(AuthorizationServer.objects.filter(tenant=tenant, ended_at=None).exclude(issuer="").order_by("issuer"))


def last_scans(tenant: Tenant) -> list[Sync]:
    return list(newest_first(tenant.pk)[:SHOWN_SCANS])


def never_seen(connector: type[Connector]) -> int:
    """Facts of apps and servers that this connector can never see."""
    return sum(len(connector.cannot_see.get(subject, {})) for subject in (Subject.CLIENT, Subject.AUTHORIZATION_SERVER))
