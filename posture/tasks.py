"""Celery tasks: each looks up by id, calls one function and returns an id. Losing one loses nothing but time."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task

from inventory import leases
from inventory.models import Sync
from posture.perform import run

SENT_AGAIN_EXPIRES = 10.0
"""Seconds: a message that was sent again is worth nothing after the next tick."""


@shared_task(name="posture.scan_tenant")
def scan_tenant(sync_id: int) -> int:
    """Scan what a sync is about, unless another worker does, or its tenant was deleted."""
    with suppress(Sync.DoesNotExist):
        run(sync_id)
    return sync_id


@shared_task(name="posture.tick")
def tick() -> list[int]:
    """Wake the workers for every sync that is due, was left by its worker, or whose message may be lost."""
    waiting = leases.to_send()
    for sync_id in waiting:
        scan_tenant.apply_async((sync_id,), expires=SENT_AGAIN_EXPIRES)
    return waiting
