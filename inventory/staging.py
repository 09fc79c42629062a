"""Temporary tables that changed apps stream into by COPY, and the merge into the inventory.

Memory is bounded by `BUFFERED` apps; the merge is one short transaction, however long the listing took.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

BUFFERED = 1000
"""Apps that are held in memory before they go to the database."""

_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_app (
    number integer NOT NULL, server_id bigint NOT NULL, client_id text NOT NULL, external_id text NOT NULL,
    client_name text NOT NULL, client_type text NOT NULL, platform_client boolean NOT NULL, sha256 bytea NOT NULL,
    record jsonb NOT NULL, digest bytea NOT NULL, not_observed jsonb NOT NULL, app_id bigint
);
CREATE TEMPORARY TABLE IF NOT EXISTS staged_observation (
    number integer NOT NULL, reading integer NOT NULL, rung smallint NOT NULL, facts jsonb NOT NULL
);
CREATE TEMPORARY TABLE IF NOT EXISTS staged_credential (
    number integer NOT NULL, key text NOT NULL, facts jsonb NOT NULL
);
TRUNCATE staged_app, staged_observation, staged_credential
"""
_COPY = {
    "app": "COPY staged_app (number, server_id, client_id, external_id, client_name, client_type, platform_client,"
    " sha256, record, digest, not_observed) FROM STDIN",
    "observation": "COPY staged_observation FROM STDIN",
    "credential": "COPY staged_credential FROM STDIN",
}
_DROP = "DROP TABLE staged_app, staged_observation, staged_credential"

_ANALYZE = "ANALYZE staged_app, staged_observation, staged_credential"
_SETTLE = (
    # An app that moved from one page to the next while we read: what was read last counts.
    """
    DELETE FROM staged_app earlier USING staged_app later
    WHERE later.server_id = earlier.server_id AND later.client_id = earlier.client_id AND later.number > earlier.number
    """,
    # A source may list two records of one client_id. The one that we have stays, or they would change places each time.
    """
    DELETE FROM staged_app USING inventory_app app
    WHERE app.server_id = staged_app.server_id AND app.client_id = staged_app.client_id AND app.id = ANY(%(unchanged)s)
    """,
)
_READINGS = "SELECT DISTINCT reading FROM staged_observation JOIN staged_app USING (number)"
_MERGE_RECORDS = """
    INSERT INTO inventory_record (tenant_id, sha256, body)
    SELECT %(tenant)s, sha256, record FROM staged_app ORDER BY number
    ON CONFLICT (tenant_id, sha256) DO NOTHING
"""
_COUNT = """
    SELECT count(*) FILTER (WHERE app.id IS NULL OR app.ended_at IS NOT NULL), count(*)
    FROM staged_app LEFT JOIN inventory_app app USING (server_id, client_id)
"""
_MERGE_APPS = (
    """
    INSERT INTO inventory_app (tenant_id, server_id, client_id, external_id, client_name, client_type, platform_client,
        record_id, digest, not_observed, first_seen_at, changed_at)
    SELECT %(tenant)s, server_id, client_id, external_id, client_name, client_type, platform_client,
        record.id, digest, not_observed, %(at)s, %(at)s
    FROM staged_app JOIN inventory_record record
        ON record.tenant_id = %(tenant)s AND record.sha256 = staged_app.sha256
    ORDER BY number
    ON CONFLICT (server_id, client_id) DO UPDATE SET external_id = excluded.external_id,
        client_name = excluded.client_name, client_type = excluded.client_type,
        platform_client = excluded.platform_client, record_id = excluded.record_id, digest = excluded.digest,
        not_observed = excluded.not_observed, changed_at = excluded.changed_at, ended_at = NULL
    """,
    """
    UPDATE staged_app SET app_id = app.id FROM inventory_app app
    WHERE app.server_id = staged_app.server_id AND app.client_id = staged_app.client_id
    """,
    """
    DELETE FROM inventory_observation observation USING staged_app, inventory_reading reading
    WHERE observation.app_id = staged_app.app_id AND reading.id = observation.reading_id
        AND reading.sync_id IS NOT NULL
    """,
    """
    INSERT INTO inventory_observation (app_id, reading_id, rung, facts)
    SELECT staged_app.app_id, reading.id, rung, facts
    FROM staged_observation JOIN staged_app ON staged_app.number = staged_observation.number
        JOIN unnest(%(numbers)s::integer[], %(readings)s::bigint[]) AS reading(number, id)
            ON reading.number = staged_observation.reading
    ORDER BY staged_app.number, rung
    """,
    """
    UPDATE inventory_credential credential SET ended_at = %(at)s FROM staged_app
    WHERE credential.app_id = staged_app.app_id AND credential.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM staged_credential staged WHERE staged.number = staged_app.number AND staged.key = credential.key)
    """,
    """
    INSERT INTO inventory_credential (app_id, key, facts, first_seen_at)
    SELECT staged_app.app_id, key, facts, %(at)s FROM staged_credential JOIN staged_app USING (number)
    ON CONFLICT (app_id, key) DO UPDATE SET facts = excluded.facts, ended_at = NULL
    """,
)
# Credentials end with their app, and come back with it: those that had not ended before.
_RETURN = """
    WITH held AS (
        UPDATE inventory_credential credential SET ended_at = NULL FROM inventory_app app
        WHERE app.id = ANY(%(returned)s) AND credential.app_id = app.id AND credential.ended_at = app.ended_at
    )
    UPDATE inventory_app SET ended_at = NULL, changed_at = %(at)s WHERE id = ANY(%(returned)s)
"""
_END = """
    WITH gone AS (
        SELECT id FROM inventory_app app
        WHERE id = ANY(%(unseen)s) AND NOT EXISTS (SELECT FROM staged_app WHERE staged_app.app_id = app.id)
    ), held AS (
        UPDATE inventory_credential credential SET ended_at = %(at)s FROM gone
        WHERE credential.app_id = gone.id AND credential.ended_at IS NULL
    )
    UPDATE inventory_app app SET ended_at = %(at)s FROM gone WHERE app.id = gone.id
"""

Row = tuple[Any, ...]


@dataclass(slots=True)
class Staging:
    """Rows on their way to the temporary tables."""

    staged: int = 0
    _rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in _COPY})

    def add(self, app: Row, observations: Iterable[Row], credentials: Iterable[Row]) -> None:
        """Rows in the order of the columns above, without the number that ties them together."""
        number = self.staged
        self.staged += 1
        self._rows["app"].append((number, *app))
        self._rows["observation"].extend((number, *row) for row in observations)
        self._rows["credential"].extend((number, *row) for row in credentials)
        if len(self._rows["app"]) >= BUFFERED:
            self.flush()

    def flush(self) -> None:
        with connection.cursor() as cursor:
            for name, rows in self._rows.items():
                if not rows:
                    continue
                with cursor.copy(_COPY[name]) as copy:
                    for row in rows:
                        copy.write_row(row)
                rows.clear()

    def settle(self, unchanged: Sequence[int]) -> set[int]:
        """Keep one record of each app; call it in a transaction, after `flush`. Returns the readings still needed.

        `unchanged` are ids of apps that were listed as they are stored.
        """
        if not self.staged:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(_ANALYZE)
            for statement in _SETTLE:
                cursor.execute(statement, {"unchanged": list(unchanged)})
            cursor.execute(_READINGS)
            return {number for (number,) in cursor.fetchall()}

    def merge(self, tenant: int, at: datetime, readings: Mapping[int, int]) -> tuple[int, int]:
        """Merge all that was staged; call it in the same transaction, after `settle`.

        `readings` are reading ids by the number that observations give. Returns the numbers of apps added (new or
        back again) and changed.
        """
        if not self.staged:
            return 0, 0
        values: dict[str, Any] = {
            "tenant": tenant,
            "at": at,
            "numbers": list(readings.keys()),
            "readings": list(readings.values()),
        }
        with connection.cursor() as cursor:
            cursor.execute(_MERGE_RECORDS, values)
            cursor.execute(_COUNT)
            added, merged = cursor.fetchone()
            for statement in _MERGE_APPS:
                cursor.execute(statement, values)
        return added, merged - added


@contextmanager
def staging() -> Iterator[Staging]:
    """Empty temporary tables of this connection, dropped at the end."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
    try:
        yield Staging()
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(_DROP)


def give_back(returned: list[int], at: datetime) -> int:
    """Unchanged apps that had ended are there again, with their credentials; returns how many."""
    return _execute(_RETURN, {"returned": returned, "at": at}) if returned else 0


def end(unseen: list[int], at: datetime) -> int:
    """Apps that a complete listing did not hold have ended, with their credentials; returns how many.

    Those merged just now are excepted.
    """
    return _execute(_END, {"unseen": unseen, "at": at}) if unseen else 0


def _execute(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        count: int = cursor.rowcount
    return count
