"""Lets what other connections do stand still at a known place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Nobody else can write to the table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


def wait_until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.02)


def waiting_for_a_lock(connections: int) -> Callable[[], bool]:
    """Whether so many connections stand still."""
    statement = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    return lambda: _number(statement) >= connections


def others_are_gone() -> bool:
    """Whether nobody else is connected to this database."""
    return not _number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def _number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
