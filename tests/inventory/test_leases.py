"""Who may run a sync, and what becomes of one whose worker is gone."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from inventory import leases
from inventory.leases import MAX_ATTEMPTS, STALE_AFTER, LostLeaseError
from inventory.models import Sync, Tenant
from tests.inventory.memory import lease_of, tenant

pytestmark = pytest.mark.django_db
State = Sync.State
LONG = STALE_AFTER + timedelta(seconds=1)


def pass_in_silence() -> None:
    """Let the time pass that a worker may be silent for."""
    Sync.objects.update(heartbeat_at=F("heartbeat_at") - LONG, queued_at=F("queued_at") - LONG)


def test_a_tenant_has_one_unfinished_sync() -> None:
    acme = tenant()
    first = leases.request_sync(acme)
    assert leases.request_sync(acme) == first
    lease = leases.claim(first.pk)
    assert lease
    assert leases.request_sync(acme) == first
    lease.finish(complete=True)
    assert leases.request_sync(acme) != first


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_sync() -> None:
    sync, taken = leases.request_sync(tenant()), []

    def work() -> None:
        taken.append(leases.claim(sync.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([lease for lease in taken if lease]) == 1


def test_a_finished_or_missing_sync_is_not_taken_up() -> None:
    lease = lease_of(tenant())
    lease.finish(complete=True)
    assert leases.claim(lease.sync.pk) is None
    assert leases.claim(0) is None


def test_a_beat_writes_and_a_lost_lease_does_not() -> None:
    lease = lease_of(tenant())
    lease.beat(Sync.Step.APPS, apps_seen=7)
    leases.cancel(lease.sync)
    for attempt in (lease.beat, lambda: lease.finish(complete=True), lambda: lease.fail("late")):
        with pytest.raises(LostLeaseError):
            attempt()
    sync = Sync.objects.get()
    assert (sync.state, sync.step, sync.apps_seen, sync.error) == (State.CANCELLED, Sync.Step.APPS, 7, "")


def test_a_failure_is_recorded_with_its_message() -> None:
    lease = lease_of(tenant())
    lease.fail("refused\x00")
    sync = Sync.objects.get()
    assert (sync.state, sync.error, sync.lease) == (State.FAILED, "refused\ufffd", None)
    assert sync.finished_at
    assert not leases.cancel(sync)


def test_a_silent_worker_loses_its_sync_to_the_next_and_after_three_it_fails() -> None:
    lease = lease_of(tenant())
    assert leases.reap() == []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        pass_in_silence()
        again = leases.reap()
        with pytest.raises(LostLeaseError):
            lease.beat()
        if attempt == MAX_ATTEMPTS:
            assert again == []
            break
        assert again == [lease.sync.pk]
        found = leases.claim(lease.sync.pk)
        assert found
        with pytest.raises(LostLeaseError):
            lease.beat()
        found.beat()
        lease = found
    sync = Sync.objects.get()
    assert sync.state == State.FAILED
    assert "3 times" in sync.error


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_machine_whose_clock_is_wrong_neither_loses_a_lease_nor_takes_one(
    monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    def wrong() -> datetime:
        return right() + timedelta(hours=hours)

    right = timezone.now
    monkeypatch.setattr(timezone, "now", wrong)
    lease = lease_of(tenant())
    lease.beat()
    assert leases.reap() == []
    monkeypatch.undo()
    assert leases.reap() == []
    assert lease.is_held()


def test_the_thread_beats_while_the_scan_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = threading.Event()
    lease = lease_of(tenant())
    monkeypatch.setattr(leases, "BEAT_EVERY", 0.01)
    monkeypatch.setattr(leases.Lease, "is_held", lambda self: beats.set() or True)
    with leases.kept_alive(lease):
        assert beats.wait(5)
    assert not any(thread.name.startswith("beat of") for thread in threading.enumerate())


def test_due_tenants_are_started_once_and_get_their_next_time() -> None:
    now = timezone.now()
    due = tenant("due", scan_interval=timedelta(hours=1), next_scan_at=now)
    tenant("later", scan_interval=timedelta(hours=1), next_scan_at=now + timedelta(minutes=1))
    tenant("never")
    tenant("file", origin=Tenant.Origin.FILE, next_scan_at=now)
    assert list(leases.due_tenants()) == [due]
    assert [sync.tenant for sync in leases.start_due()] == [due]
    assert leases.start_due() == []
    due.refresh_from_db()
    assert due.next_scan_at
    assert timedelta(0) <= due.next_scan_at - now - timedelta(hours=1) < timedelta(minutes=1)


def test_what_waits_is_sent_again_and_what_runs_is_not() -> None:
    now = timezone.now()
    queued = leases.request_sync(tenant("queued"))
    tenant("due", scan_interval=timedelta(hours=1), next_scan_at=now)
    lease_of(tenant("running"))
    leases.request_sync(tenant("file", origin=Tenant.Origin.FILE))
    assert leases.to_send() == [queued.pk, Sync.objects.get(tenant__name="due").pk]


def test_the_sync_of_a_file_that_nobody_takes_up_again_fails() -> None:
    lease_of(tenant(origin=Tenant.Origin.FILE))
    pass_in_silence()
    leases.reap()
    assert Sync.objects.get().state == State.QUEUED
    pass_in_silence()
    leases.reap()
    assert "Scan the file again" in Sync.objects.get().error
