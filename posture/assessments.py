"""Which subjects have to be judged, and writing what was judged: the SQL behind `posture.evaluate`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Manager

from inventory.digests import canonical
from inventory.models import App, AuthorizationServer, Sync
from posture.engine import Judgement, Judgements
from posture.models import Assessment, VerdictChange
from posture.outcome import Addressee, Outcome
from posture.verdicts import Verdicts

Due = tuple[int, bytes, bytes | None]
"""Id of a subject, the key that its assessment will have, and the one it has; None: it has none yet."""

# Readings that no sync made (probes, recorded traffic) are no part of a digest of the inventory.
_OTHERS = """
    others AS (
        SELECT app_id, server_id, sha256(convert_to(string_agg(o.id::text, ',' ORDER BY o.id), 'UTF8')) AS seen
        FROM inventory_observation o JOIN inventory_reading r ON r.id = o.reading_id AND r.sync_id IS NULL
        GROUP BY app_id, server_id
    )
"""
_DUE_SERVERS = f"""
    WITH {_OTHERS}, wanted AS (
        SELECT server.id, sha256(%(context)s || server.digest || coalesce(others.seen, '')) AS key
        FROM inventory_authorizationserver server LEFT JOIN others ON others.server_id = server.id
        WHERE server.tenant_id = %(tenant)s AND server.ended_at IS NULL
    )
    SELECT wanted.id, wanted.key, assessment.key
    FROM wanted LEFT JOIN posture_assessment assessment ON assessment.server_id = wanted.id
    WHERE assessment.id IS NULL OR assessment.key <> wanted.key OR assessment.due_at <= %(now)s
    ORDER BY wanted.id
"""  # noqa: S608 - constants only
_DUE_APPS = f"""
    WITH {_OTHERS}, attested AS (
        SELECT app_id, sha256(convert_to(string_agg(fact || '=' || value::text, ',' ORDER BY fact), 'UTF8')) AS said
        FROM inventory_attestation GROUP BY app_id
    ), wanted AS (
        SELECT app.id, sha256(%(context)s || app.digest || server.digest || coalesce(attested.said, '')
            || coalesce(others.seen, '') || coalesce(others_of_server.seen, '')) AS key
        FROM inventory_app app
            JOIN inventory_authorizationserver server ON server.id = app.server_id
            LEFT JOIN attested ON attested.app_id = app.id
            LEFT JOIN others ON others.app_id = app.id
            LEFT JOIN others others_of_server ON others_of_server.server_id = app.server_id
        WHERE app.tenant_id = %(tenant)s AND app.ended_at IS NULL AND (%(app)s::bigint IS NULL OR app.id = %(app)s)
    )
    SELECT wanted.id, wanted.key, assessment.key
    FROM wanted LEFT JOIN posture_assessment assessment ON assessment.app_id = wanted.id
    WHERE assessment.id IS NULL OR assessment.key <> wanted.key OR assessment.due_at <= %(now)s
    ORDER BY wanted.id
"""  # noqa: S608 - constants only

_COLUMNS = "verdicts, since, specifics, worst, failed, warned, unknown, passed, key, due_at, judged_at"
_STAGE = f"""
    CREATE TEMPORARY TABLE staged_assessment ON COMMIT DROP AS
    SELECT app_id AS subject_id, {_COLUMNS} FROM posture_assessment WITH NO DATA
"""  # noqa: S608 - constants only
_MERGE = """
    INSERT INTO posture_assessment (tenant_id, {subject}_id, {columns})
    SELECT %s, subject_id, {columns} FROM staged_assessment
    ON CONFLICT ({subject}_id) DO UPDATE SET {updates}
"""
_SUBJECTS: dict[str, Manager[Any]] = {"app": App.objects, "server": AuthorizationServer.objects}
_COUNTED = {Outcome.FAIL: 0, Outcome.WARN: 1, Outcome.UNKNOWN: 2, Outcome.PASS: 3}


@dataclass(frozen=True, slots=True)
class Judged:
    """A subject with its new judgements."""

    pk: int
    key: bytes
    judgements: Judgements
    before: bytes | None
    """The key that its assessment had when it came up."""


def due_servers(tenant_id: int, context: bytes, now: datetime) -> list[Due]:
    """Live servers that have to be judged. `context` is the digest of what all of the tenant is judged by."""
    return _due(_DUE_SERVERS, {"tenant": tenant_id, "context": context, "now": now})


def due_apps(tenant_id: int, context: bytes, now: datetime, app_id: int | None = None) -> list[Due]:
    """Live apps that have to be judged, or that one alone if it has to."""
    return _due(_DUE_APPS, {"tenant": tenant_id, "context": context, "now": now, "app": app_id})


def write(subject: str, judged: Sequence[Judged], verdicts: Verdicts, sync: Sync, now: datetime) -> int:
    """Write assessments and the history of outcomes that moved. `subject` is "app" or "server".

    Returns how many it wrote: what somebody else judged meanwhile is left as it is, for it may rest on facts that were
    not there yet when ours were read. Call it in a transaction, once `verdicts` has learned all judgements.
    """
    # The subjects are locked, not their assessments: those of a first time are not there yet.
    subjects = _SUBJECTS[subject].filter(pk__in=[one.pk for one in judged]).order_by("pk")
    locked = set(subjects.select_for_update(no_key=True).values_list("pk", flat=True))
    held_by = Assessment.objects.filter(**{f"{subject}_id__in": locked})
    before = list(held_by.values_list(f"{subject}_id", "key", "verdicts", "since"))
    keys = {pk: bytes(key) for pk, key, _, _ in before}
    judged = [one for one in judged if one.pk in locked and keys.get(one.pk) == one.before]
    standing = {pk: (held, since) for pk, _, held, since in before}
    verdicts.recall(verdict for held, _ in standing.values() for verdict in held)
    changes: list[VerdictChange] = []
    rows: list[tuple[Any, ...]] = []
    for one in judged:
        ordered = [one.judgements[control_id] for control_id in sorted(one.judgements)]
        held, since = standing.get(one.pk, ((), ()))
        ids_now = [verdicts.id_of(judgement) for judgement in ordered]
        since_now = [now] * len(ordered)
        if held:
            moved = _continued(ids_now, since_now, (held, since), verdicts)
            changes += [
                VerdictChange(
                    **{f"{subject}_id": one.pk},
                    sync=sync,
                    control_id=verdicts.meaning(earlier)[0],
                    before_id=earlier,
                    before_since=earlier_since,
                    after_id=after,
                    at=now,
                )
                for earlier, earlier_since, after in moved
            ]
        rows.append(
            (one.pk, _array(ids_now), _array(f'"{at.isoformat()}"' for at in since_now), *_tail(one, ordered, now))
        )
    _merge(subject, sync.tenant_id, rows)
    VerdictChange.objects.bulk_create(changes, batch_size=2000)
    return len(rows)


def _continued(
    ids: list[int], since: list[datetime], before: tuple[Sequence[int], Sequence[datetime]], verdicts: Verdicts
) -> list[tuple[int, datetime, int | None]]:
    """Carry `since` over where the outcome stayed; return the verdicts that moved: before, its since, after.

    After is None where the control is no longer in the catalogue.
    """
    standing = {verdicts.meaning(pk)[0]: (pk, at) for pk, at in zip(*before, strict=True)}
    moved: list[tuple[int, datetime, int | None]] = []
    for place, after in enumerate(ids):
        control_id, outcome = verdicts.meaning(after)
        if control_id not in standing:
            continue
        earlier, earlier_since = standing.pop(control_id)
        if verdicts.meaning(earlier)[1] is outcome:
            since[place] = earlier_since
        else:
            moved.append((earlier, earlier_since, after))
    return [*moved, *((earlier, at, None) for earlier, at in standing.values())]


def _tail(one: Judged, ordered: Sequence[Judgement], now: datetime) -> tuple[Any, ...]:
    """The columns after `since`."""
    worst, counts = -1, [0, 0, 0, 0]
    for judgement in ordered:
        if judgement.addressee is not Addressee.OWNER or judgement.outcome not in _COUNTED:
            continue
        counts[_COUNTED[judgement.outcome]] += 1
        if judgement.outcome is Outcome.FAIL:
            worst = max(worst, judgement.level.rank)
    specifics = {judgement.control.id: dict(judgement.specifics) for judgement in ordered if judgement.specifics}
    # A control that failed itself is tried again with the next scan.
    instants = [now if judgement.outcome is Outcome.ERROR else judgement.due for judgement in ordered]
    due = min(filter(None, instants), default=None)
    return canonical(specifics), worst, *counts, one.key, due, now


def _merge(subject: str, tenant_id: int, rows: Iterable[tuple[Any, ...]]) -> None:
    updates = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", "))
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY staged_assessment FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_MERGE.format(subject=subject, columns=_COLUMNS, updates=updates), [tenant_id])
        cursor.execute("DROP TABLE staged_assessment")


def _due(statement: str, values: dict[str, Any]) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [(pk, bytes(key), before and bytes(before)) for pk, key, before in cursor.fetchall()]


def _array(values: Iterable[object]) -> str:
    return f"{{{','.join(map(str, values))}}}"
