"""Scanning a tenant: `start` hands it to a worker, `run` does it here."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.models import User
from django.db import transaction

from inventory import leases
from inventory.models import Sync, Tenant
from posture.perform import run
from posture.tasks import scan_tenant

__all__ = ["run", "start"]


def start(tenant: Tenant, user: User | None = None) -> Sync:
    """Ask for a scan: the unfinished one where there is one, else a new one, of which a worker is told on commit."""
    sync = leases.request_sync(tenant, user)
    # A broker that is away only delays the scan: the tick sends its message again.
    transaction.on_commit(partial(scan_tenant.delay, sync.pk), robust=True)
    return sync
