"""Counts after a scan: outcomes of controls, and facts seen or not seen, of the tenant's live subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection, transaction

from connectors.facts import ATTESTED, VOCABULARY, NotObserved, Reason, Subject
from inventory.leases import Lease
from inventory.models import Sync
from posture import catalogue
from posture.engine import reads_client_facts
from posture.known import Loader
from posture.models import Coverage, Gap

_SUBJECTS = {Subject.CLIENT: "app", Subject.AUTHORIZATION_SERVER: "server"}
_TABLES = {"app": "inventory_app", "server": "inventory_authorizationserver"}

# Subjects that were judged alike share one array of verdicts: those are counted first.
_COVERAGE = """
    INSERT INTO posture_coverage (sync_id, control_id, outcome, addressee, count)
    SELECT %(sync)s, verdict.control_id, verdict.outcome, verdict.addressee, sum(alike.subjects)
    FROM (
        SELECT assessment.verdicts, count(*) AS subjects
        FROM posture_assessment assessment JOIN {table} subject ON subject.id = assessment.{subject}_id
        WHERE assessment.tenant_id = %(tenant)s AND subject.ended_at IS NULL
        GROUP BY assessment.verdicts
    ) alike
        CROSS JOIN LATERAL unnest(alike.verdicts) AS held(id)
        JOIN posture_verdict verdict ON verdict.id = held.id
    WHERE verdict.control_id = ANY(%(controls)s)
    GROUP BY verdict.control_id, verdict.outcome, verdict.addressee
"""
_LIVE = "SELECT count(*) FROM {table} WHERE tenant_id = %(tenant)s AND ended_at IS NULL"
_NOT_OBSERVED = """
    SELECT said.key, said.value ->> 'not_observed', mode() WITHIN GROUP (ORDER BY said.value ->> 'detail'), count(*)
    FROM {table} subject CROSS JOIN LATERAL jsonb_each(subject.not_observed) AS said
    WHERE subject.tenant_id = %(tenant)s AND subject.ended_at IS NULL AND NOT EXISTS (
        SELECT FROM inventory_observation o JOIN inventory_reading r ON r.id = o.reading_id AND r.sync_id IS NULL
        WHERE o.{subject}_id = subject.id AND jsonb_exists(o.facts, said.key))
    GROUP BY 1, 2
"""
# What a connector cannot see may be seen by other means: a probe, recorded traffic, a person.
_SEEN_OTHERWISE = """
    SELECT seen.fact, count(DISTINCT seen.id)
    FROM (
        SELECT o.{subject}_id AS id, jsonb_object_keys(o.facts) AS fact
        FROM inventory_reading r JOIN inventory_observation o ON o.reading_id = r.id
        WHERE r.sync_id IS NULL AND o.{subject}_id IS NOT NULL
        {stated}
    ) seen JOIN {table} subject ON subject.id = seen.id
    WHERE subject.tenant_id = %(tenant)s AND subject.ended_at IS NULL
    GROUP BY seen.fact
"""
_STATED = "UNION ALL SELECT app_id, fact FROM inventory_attestation"


def count(lease: Lease) -> None:
    """Write the scan's coverage and gaps, instead of those of an earlier try. Raises LostLeaseError."""
    sync = lease.sync
    lease.beat(Sync.Step.COUNTING)
    loader = Loader([sync.tenant_id])
    with transaction.atomic():
        lease.beat()
        Coverage.objects.filter(sync=sync).delete()
        Gap.objects.filter(sync=sync).delete()
        for subject in _SUBJECTS:
            _count_outcomes(sync, subject)
            Gap.objects.bulk_create(_gaps(sync, subject, _constant(loader, sync.tenant_id, subject)))


def _count_outcomes(sync: Sync, subject: Subject) -> None:
    """A server's verdict is repeated on its clients but counted once; where the client enters it, it counts there."""
    controls = [
        control.id
        for control in catalogue.controls()
        if (control.subject is Subject.CLIENT or reads_client_facts(control)) == (subject is Subject.CLIENT)
    ]
    _rows(_COVERAGE, subject, sync.tenant_id, sync=sync.pk, controls=controls)


def _constant(loader: Loader, tenant_id: int, subject: Subject) -> dict[str, NotObserved]:
    """What is not seen of any subject, unless by other means than the connector's."""
    cannot_see = loader.constants(tenant_id, subject)
    constant = {name: unseen for name, unseen in cannot_see.items() if name not in ATTESTED}
    if subject is Subject.CLIENT:
        untold = sorted(ATTESTED - loader.stated(tenant_id).keys())
        constant |= dict.fromkeys(untold, NotObserved(Reason.UNCLASSIFIED, "not recorded"))
    return constant


def _gaps(sync: Sync, subject: Subject, constant: Mapping[str, NotObserved]) -> Iterator[Gap]:
    tenant_id = sync.tenant_id
    live = _rows(_LIVE, subject, tenant_id)[0][0]
    stated = _STATED if subject is Subject.CLIENT else ""
    otherwise = dict(_rows(_SEEN_OTHERWISE, subject, tenant_id, stated=stated))
    unseen: dict[str, list[tuple[str, str, int]]] = {}
    for fact, reason, detail, subjects in _rows(_NOT_OBSERVED, subject, tenant_id):
        unseen.setdefault(fact, []).append((reason, detail, subjects))
    for fact in VOCABULARY[subject]:
        found = unseen.get(fact, [])
        if fact in constant:
            rest = live - otherwise.get(fact, 0) - sum(subjects for _, _, subjects in found)
            found = [*found, (constant[fact].reason.value, constant[fact].detail, rest)]
        seen = live - sum(subjects for _, _, subjects in found)
        for reason, detail, subjects in [("", "", seen), *found]:
            if subjects > 0:
                yield Gap(sync=sync, subject=subject, fact=fact, reason=reason, detail=detail, count=subjects)


def _rows(
    statement: str, subject: Subject, tenant_id: int, *, stated: str = "", **values: Any
) -> list[tuple[Any, ...]]:
    name = _SUBJECTS[subject]
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(table=_TABLES[name], subject=name, stated=stated), {"tenant": tenant_id, **values}
        )
        return cursor.fetchall() if cursor.description else []
