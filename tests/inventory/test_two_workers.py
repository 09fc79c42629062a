"""Two workers and one sync: what a worker reads after it lost the lease is never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from connectors.base import Record, Server
from connectors.errors import DeniedError
from inventory import leases
from inventory.ingest import ingest
from inventory.leases import STALE_AFTER, LostLeaseError
from inventory.models import Sync, Tenant
from tests.inventory.memory import LIST, Listing, Memory, lease_of, live, read, record, rows, tenant

pytestmark = pytest.mark.django_db(transaction=True)


class Pages(list[list[Record]]):
    """Pages of a listing; something happens each time before one is read."""

    def __init__(self, *pages: list[Record], before: Callable[[int], object]) -> None:
        super().__init__(pages)
        self.before = before

    def __iter__(self) -> Iterator[list[Record]]:
        for number, page in enumerate(super().__iter__()):
            self.before(number)
            yield page


def take_over(listing: Listing) -> Sync:
    """Another worker, on a connection of its own, does the one sync, whose worker was silent for too long."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(_take_over, listing).result()


def _take_over(listing: Listing) -> Sync:
    try:
        Sync.objects.filter(state=Sync.State.RUNNING).update(heartbeat_at=F("heartbeat_at") - 2 * STALE_AFTER)
        (again,) = leases.reap()
        lease = leases.claim(again)
        assert lease
        ingest(lease, Memory(listing))
        return lease.sync
    finally:
        connection.close()


def test_a_second_try_counts_what_the_first_had_stored() -> None:
    acme, listing = tenant(), Listing([[record("a"), record("b")]])
    read(acme, Listing([[record("a", name="old"), record("c")]]))
    ingest(lease_of(acme), Memory(listing))
    sync = take_over(listing)
    assert (sync.attempts, sync.apps_added, sync.apps_changed, sync.apps_ended) == (2, 1, 1, 1)


@pytest.mark.parametrize("breaks_after", [None, 2], ids=["listed", "refused"])
@pytest.mark.parametrize("page", [0, 1])
def test_what_was_read_too_late_is_not_written(page: int, breaks_after: int | None) -> None:
    acme = tenant()
    read(acme, Listing([[record("a"), record("gone")]]))
    written: list[Any] = []

    def lose(number: int) -> None:
        if number == page:
            take_over(Listing([[record("a", name="new", keys=["k"])]]))
            written.extend((rows(), list(Tenant.objects.values())))

    late = Pages([record("a", name="late")], [record("late")], [], before=lose)
    with pytest.raises(LostLeaseError):
        ingest(lease_of(acme), Memory(Listing(late, breaks_after=breaks_after)))
    assert [rows(), list(Tenant.objects.values())] == written
    assert (live(), Sync.objects.latest("pk").apps_seen) == ({"a"}, 1)


class Refused(Memory):
    def authorization_servers(self) -> Iterator[Server]:
        take_over(Listing([[]]))
        raise DeniedError(LIST.name, "the listing was refused")


def test_a_refusal_that_comes_too_late_is_not_recorded() -> None:
    with pytest.raises(LostLeaseError):
        ingest(lease_of(tenant()), Refused(Listing([[]])))
    assert Tenant.objects.get().missing_permissions == []
