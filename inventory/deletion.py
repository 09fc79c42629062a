"""Deletes a tenant with everything that was found in it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from inventory import leases
from inventory.models import App, AuthorizationServer, Observation, Reading, Record, Sync, Tenant


@transaction.atomic
def delete(tenant: Tenant) -> None:
    """Delete a tenant for good, a scan that runs included: its worker writes nothing more.

    `Tenant.delete()` would be refused: what was observed protects its reading, and an app its record.
    """
    for sync in Sync.objects.filter(tenant=tenant, state__in=Sync.UNFINISHED):
        leases.cancel(sync)
    # From here on nobody can add a row that belongs to the tenant: it would be found too late to be deleted.
    Tenant.objects.select_for_update().filter(pk=tenant.pk).first()
    observed = Observation.objects.filter(Q(app__tenant=tenant) | Q(server__tenant=tenant))
    others = list(observed.filter(reading__sync__isnull=True).values_list("reading_id", flat=True).distinct())
    observed.delete()
    Reading.objects.filter(sync__tenant=tenant).delete()
    Reading.objects.filter(pk__in=others, observations__isnull=True).delete()
    App.objects.filter(tenant=tenant).delete()
    AuthorizationServer.objects.filter(tenant=tenant).delete()
    Record.objects.filter(tenant=tenant).delete()
    tenant.delete()
