"""Scans, newest first, and which of them speaks for a tenant."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from inventory.models import Sync


def newest_first(tenant_id: int | None = None) -> QuerySet[Sync]:
    """Scans of a tenant, or of all, with tenant."""
    scans = Sync.objects.select_related("tenant").order_by("-pk")
    return scans if tenant_id is None else scans.filter(tenant=tenant_id)


def last_done() -> list[int]:
    """Ids of each tenant's last scan that was done: its counts are the ones that hold."""
    done = Sync.objects.filter(state=Sync.State.DONE).order_by()
    return list(done.values("tenant").annotate(last=Max("pk")).values_list("last", flat=True))


def last_complete(tenant_id: int) -> Sync | None:
    """The scan that last confirmed what is stored of a tenant."""
    return newest_first(tenant_id).filter(state=Sync.State.DONE, complete=True).first()
