"""Syncs as units of work: one unfinished one per tenant, leased to one worker at a time.

The rows are the only truth: a message that tells a worker of a sync may be lost or come twice. All times here are the
database's: the clocks of the machines that share it may differ by more than a worker may be silent.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import Error, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from inventory.digests import storable
from inventory.models import Sync, Tenant

logger = logging.getLogger(__name__)

State = Sync.State
STALE_AFTER = timedelta(seconds=60)
"""A worker that was silent for that long is taken for dead."""
BEAT_EVERY = 15.0
"""Seconds between the beats of `kept_alive`."""
MAX_ATTEMPTS = 3
_GIVEN_UP = (
    f"The worker stopped in the middle of the scan, {MAX_ATTEMPTS} times. Its log may tell why: too little memory, for"
    " example. Scan again once that is mended."
)
_LEFT_ALONE = "The command that scanned this file was ended before the scan was done. Scan the file again."


class LostLeaseError(Exception):
    """Another worker has the sync by now, or it was cancelled: whoever gets this writes nothing more."""


@dataclass(slots=True)
class Lease:
    """The right to run a sync."""

    sync: Sync
    token: uuid.UUID

    def beat(self, step: Sync.Step | None = None, **changes: Any) -> None:
        """Say that the worker is alive, and write the step and other fields of the sync.

        In a transaction it also holds the lease: nobody takes it before the transaction ends. Raises LostLeaseError.
        """
        if step:
            changes["step"] = step
        self._write(changes)
        for name, value in changes.items():
            setattr(self.sync, name, value)

    def finish(self, *, complete: bool) -> None:
        """The sync is done. Raises LostLeaseError."""
        self._write({"state": State.DONE, "step": Sync.Step.FINISHED, "complete": complete, **_ended()})

    def fail(self, message: str) -> None:
        """The sync failed; `message` is for a person. Raises LostLeaseError."""
        self._write({"state": State.FAILED, "error": storable(message), **_ended()})

    def is_held(self) -> bool:
        """Say that the worker is alive; False where the lease is lost."""
        return bool(self._held().update(heartbeat_at=Now()))

    def _held(self) -> QuerySet[Sync]:
        return Sync.objects.filter(pk=self.sync.pk, lease=self.token, state=State.RUNNING)

    def _write(self, changes: dict[str, Any]) -> None:
        if not self._held().update(heartbeat_at=Now(), **changes):
            raise LostLeaseError(f"sync {self.sync.pk} was cancelled, or another worker has it")


def request_sync(tenant: Tenant, user: User | None = None) -> Sync:
    """The tenant's unfinished sync, or a new one in the queue. Sends no message."""
    unfinished = Sync.objects.filter(tenant=tenant, state__in=Sync.UNFINISHED).select_related("tenant")
    while (sync := unfinished.first()) is None:
        Sync.objects.bulk_create([Sync(tenant=tenant, requested_by=user, queued_at=Now())], ignore_conflicts=True)
    return sync


def claim(sync_id: int) -> Lease | None:
    """Take a sync from the queue. None: somebody else has it, or it is finished or gone."""
    token = uuid.uuid4()
    taken = Sync.objects.filter(pk=sync_id, state=State.QUEUED).update(
        state=State.RUNNING, lease=token, started_at=Now(), heartbeat_at=Now(), attempts=F("attempts") + 1
    )
    sync = Sync.objects.select_related("tenant").filter(pk=sync_id).first() if taken else None
    return Lease(sync, token) if sync else None


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Beat from a thread of its own meanwhile, so that one slow request does not cost the lease."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat_until, args=(lease, stop), name=f"beat of sync {lease.sync.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat_until(lease: Lease, stop: threading.Event) -> None:
    try:
        while not stop.wait(BEAT_EVERY):
            try:
                if not lease.is_held():
                    return
            except Error:
                # The scan itself meets the same fault, and reports it; a short one is over at the next beat.
                logger.warning("no beat of sync %s", lease.sync.pk, exc_info=True)
                connection.close()
    finally:
        connection.close()


def cancel(sync: Sync) -> bool:
    """Stop a sync: its worker writes nothing more. False where it was finished already."""
    unfinished = Sync.objects.filter(pk=sync.pk, state__in=Sync.UNFINISHED)
    return bool(unfinished.update(state=State.CANCELLED, **_ended()))


def due_tenants() -> QuerySet[Tenant]:
    """Connected tenants whose next scheduled scan has come."""
    return Tenant.objects.filter(origin=Tenant.Origin.LIVE, next_scan_at__lte=Now()).order_by("next_scan_at")


def start_due() -> list[Sync]:
    """Ask for a sync of every due tenant, and set the time of its next one."""
    started = []
    for tenant in due_tenants():
        with transaction.atomic():
            # Of two ticks at the same time one moves the time; what a person changed meanwhile stays as it is.
            still_due = Tenant.objects.filter(pk=tenant.pk, next_scan_at=tenant.next_scan_at)
            if still_due.update(next_scan_at=Now() + F("scan_interval")):
                started.append(request_sync(tenant))
    return started


def to_send() -> list[int]:
    """Ids of the syncs that a worker has to be told of: due, left by their worker, or still in the queue.

    A file is scanned by the command that opened it, never by a worker.
    """
    reap()
    start_due()
    queued = Sync.objects.filter(state=State.QUEUED, tenant__origin=Tenant.Origin.LIVE).order_by("pk")
    return list(queued.values_list("pk", flat=True))


def reap() -> list[int]:
    """Put the syncs whose worker is dead back into the queue, and return their ids.

    One that has cost `MAX_ATTEMPTS` workers fails. So does that of a file which nobody has taken up again.
    """
    silent = Now() - STALE_AFTER
    again = []
    with transaction.atomic():
        # A row that is locked belongs to a worker that is writing, thus alive.
        stale = Sync.objects.filter(state=State.RUNNING, heartbeat_at__lt=silent)
        for sync in stale.select_for_update(skip_locked=True):
            if sync.attempts < MAX_ATTEMPTS:
                again.append(sync.pk)
                _change(sync, {"state": State.QUEUED, "step": Sync.Step.WAITING, "lease": None, "queued_at": Now()})
            else:
                _change(sync, {"state": State.FAILED, "error": _GIVEN_UP, **_ended()})
        left = Sync.objects.filter(
            state=State.QUEUED, tenant__origin=Tenant.Origin.FILE, queued_at__lt=silent
        ).select_for_update(skip_locked=True, of=("self",))
        for sync in left:
            _change(sync, {"state": State.FAILED, "error": _LEFT_ALONE, **_ended()})
    return again


def _change(sync: Sync, changes: dict[str, Any]) -> None:
    Sync.objects.filter(pk=sync.pk).update(**changes)


def _ended() -> dict[str, Any]:
    return {"lease": None, "finished_at": Now()}
