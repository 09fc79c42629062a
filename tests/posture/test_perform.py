"""A whole scan, what becomes of one that fails, and of one whose tenant something else happens to meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from django.db import Error, connection, transaction
from django.db.models import F

from connectors.base import App as MappedApp
from connectors.base import Record, Source
from inventory import deletion, leases
from inventory.ingest import ingest
from inventory.leases import STALE_AFTER
from inventory.models import App, Sync, Tenant
from posture import attest, perform, scan
from posture.evaluate import evaluate
from posture.models import Assessment, Coverage
from posture.verdicts import Verdicts
from tests.inventory.memory import LIST, Listing, Memory, lease_of, live, record, rows, tenant
from tests.inventory.test_two_workers import Pages
from tests.locks import locked, wait_until, waiting_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
Got = TypeVar("Got")
TWO = [record("a"), record("b", uris=["http://b.example.com/cb"])]
_ALL_GONE: list[list[Any]] = [[]] * 6


@contextmanager
def elsewhere() -> Iterator[Callable[[Callable[[], Got]], Future[Got]]]:
    """Do things in other threads, each on a database connection of its own."""

    def closing(work: Callable[[], Got]) -> Got:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        yield lambda work: pool.submit(closing, work)


def scanned(of: Tenant, listing: Listing, connector: type[Memory] = Memory) -> Sync:
    return scan.run(leases.request_sync(of).pk, connector(listing))


def judged() -> set[str]:
    return set(Assessment.objects.filter(app__isnull=False).values_list("app__client_id", flat=True))


def test_a_scan_reads_judges_and_counts() -> None:
    sync = scanned(tenant(), Listing([TWO]))
    assert (sync.state, sync.step, sync.error, sync.complete) == (Sync.State.DONE, Sync.Step.FINISHED, "", True)
    assert judged() == {"a", "b"}
    assert Coverage.objects.filter(sync=sync, control_id="RED-03", outcome="fail").get().count == 1
    assert scan.run(sync.pk, Memory(Listing([[]]))) == sync, "a second message of the same sync changes nothing"
    assert live() == {"a", "b"}


def test_what_was_read_until_the_listing_broke_off_is_judged_and_counted() -> None:
    acme = tenant()
    scanned(acme, Listing([TWO]))
    sync = scanned(acme, Listing([[record("c")], []], breaks_after=1))
    assert (sync.state, sync.error, sync.complete) == (Sync.State.FAILED, "the listing was refused", False)
    assert judged() == live() == {"a", "b", "c"}
    assert Coverage.objects.filter(sync=sync).exists()
    assert [one["name"] for one in Tenant.objects.get().missing_permissions] == [LIST.name]


class Faulty(Memory):
    def map_app(self, record: Record, source: Source) -> MappedApp:
        raise ZeroDivisionError("what nobody thought of")


def test_a_fault_of_ours_fails_the_scan_and_says_no_more_than_its_kind() -> None:
    acme = tenant()
    scanned(acme, Listing([TWO]))
    before = rows()
    with pytest.raises(perform.FaultError) as fault:
        scanned(acme, Listing([[record("c")]]), Faulty)
    assert isinstance(fault.value.__cause__, ZeroDivisionError)
    sync = Sync.objects.latest("pk")
    assert (sync.state, sync.error) == (Sync.State.FAILED, "Amphora failed (ZeroDivisionError): its log tells where")
    assert rows() == before
    assert scanned(acme, Listing([TWO])).state == Sync.State.DONE


def test_of_many_workers_that_are_told_of_a_sync_one_does_it() -> None:
    sync, connectors = leases.request_sync(tenant()), [Memory(Listing([TWO])) for _ in range(4)]
    with elsewhere() as do:
        running = [do(lambda each=each: scan.run(sync.pk, each)) for each in connectors]  # type: ignore[misc]
    assert {run.result().pk for run in running} == {sync.pk}
    assert sorted(len(each.mapped) for each in connectors) == [0, 0, 0, 2]
    sync.refresh_from_db()
    assert (sync.state, sync.attempts, sync.apps_added) == (Sync.State.DONE, 1, 2)


def test_a_scan_that_a_person_cancels_writes_nothing_more() -> None:
    acme = tenant()
    scanned(acme, Listing([TWO]))
    before = rows()
    pages = Pages([record("c")], before=lambda _: leases.cancel(Sync.objects.latest("pk")))
    sync = scanned(acme, Listing(pages))
    assert (sync.state, sync.error, sync.lease) == (Sync.State.CANCELLED, "", None)
    assert rows() == before


def test_a_scan_whose_database_goes_away_is_taken_up_again() -> None:
    def go_away(_: int) -> None:
        with elsewhere() as do, connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            own = cursor.fetchone()
            do(lambda: connection.cursor().execute("SELECT pg_terminate_backend(%s)", own)).result()

    acme = tenant()
    with pytest.raises((perform.FaultError, Error)):
        scanned(acme, Listing(Pages(TWO, before=go_away)))
    connection.close()
    assert (Sync.objects.get().state, live()) == (Sync.State.RUNNING, set())
    Sync.objects.update(heartbeat_at=F("heartbeat_at") - 2 * STALE_AFTER)
    assert leases.to_send() == [Sync.objects.get().pk]
    sync = scanned(acme, Listing([TWO]))
    assert (sync.state, sync.attempts, live()) == (Sync.State.DONE, 2, {"a", "b"})


def before_judging(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen once, after an evaluation has judged and before it writes."""
    learn = Verdicts.learn

    def learn_later(self: Verdicts, *args: Any) -> None:
        monkeypatch.setattr(Verdicts, "learn", learn)
        happens()
        learn(self, *args)

    monkeypatch.setattr(Verdicts, "learn", learn_later)


@pytest.mark.parametrize("when", ["reading", "judging"])
def test_a_tenant_that_is_deleted_while_it_is_scanned_is_gone(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    acme = tenant()
    if when == "judging":
        before_judging(monkeypatch, lambda: deletion.delete(acme))
    pages = Pages(TWO, before=lambda _: when == "reading" and deletion.delete(acme))
    with pytest.raises(Sync.DoesNotExist):
        scanned(acme, Listing(pages))
    assert rows() == _ALL_GONE
    assert not Assessment.objects.exists()


def test_a_deletion_waits_for_what_is_being_written_and_takes_it_along() -> None:
    acme = tenant()
    with elsewhere() as do:
        with locked("inventory_credential"):
            running = do(lambda: scanned(acme, Listing([[record("a", keys=["k"])]])))
            wait_until(waiting_for_a_lock(1), "the scan merges")
            deleting = do(lambda: deletion.delete(acme))
            wait_until(waiting_for_a_lock(2), "the deletion waits for the scan")
        deleting.result()
        assert isinstance(running.exception(), Sync.DoesNotExist)
    assert rows() == _ALL_GONE


def test_what_a_person_states_while_an_app_is_first_judged_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person's judgement is not there yet when the scan looks, and is when it writes."""
    acme = tenant()
    lease = lease_of(acme)
    ingest(lease, Memory(Listing([[record("a", uris=["http://localhost/cb"])]])))
    app = App.objects.get()

    def state_and_keep_open() -> None:
        with transaction.atomic():
            attest.record_fact(app, "environment", "production", None)
            stated.append(True)
            wait_until(waiting_for_a_lock(1), "the scan waits for the person")

    stated: list[bool] = []
    with elsewhere() as do:
        person = do(state_and_keep_open)
        wait_until(lambda: bool(stated), "the person states it")
        evaluate(lease)
        person.result()
    assert evaluate(lease) == 0, "what stands was judged by all that is known"
    standing = Assessment.objects.get(app=app).verdicts
    Assessment.objects.all().delete()
    evaluate(lease)
    assert Assessment.objects.get(app=app).verdicts == standing
