"""Writes authorization servers and what was read of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from connectors.base import Observed, Server
from connectors.facts import ATTESTED, VOCABULARY, Json, NotObserved, Reason, Subject
from inventory.digests import canonical, sha256, storable_json
from inventory.models import AuthorizationServer, Observation, Record, Sync
from inventory.readings import Readings

_UNTOLD = NotObserved(Reason.NOT_RETURNED, "the connector says nothing about it")


def gaps(subject: Subject, observed: Observed, cannot_see: Mapping[str, Json]) -> dict[str, Json]:
    """What was not seen of one subject, as JSON by name of the fact.

    Left out is what the connector can never see, for that is stored once for all, and what only a person can tell.
    """
    seen = {name for reading in observed.readings for name in reading.facts}
    unseen = {name: why.to_json() for name, why in observed.not_observed.items() if name not in seen}
    attested = ATTESTED if subject is Subject.CLIENT else frozenset[str]()
    untold = VOCABULARY[subject].keys() - seen - unseen.keys() - cannot_see.keys() - attested
    return {
        **{name: why for name, why in unseen.items() if cannot_see.get(name) != why},
        **dict.fromkeys(sorted(untold), _UNTOLD.to_json()),
    }


def store(found: Sequence[tuple[Server, bytes]], sync: Sync, at: datetime, cannot_see: Mapping[str, Json]) -> None:
    """Write the servers whose digest is another than the stored one. Call it in a transaction."""
    known = {server.issuer: server for server in AuthorizationServer.objects.filter(tenant_id=sync.tenant_id)}
    for server, digest in {server.issuer: (server, digest) for server, digest in found}.values():
        stored = known.get(server.issuer)
        if stored is None or bytes(stored.digest) != digest:
            _write(server, digest, sync, at, gaps(Subject.AUTHORIZATION_SERVER, server.observed, cannot_see))
        elif stored.ended_at:
            AuthorizationServer.objects.filter(pk=stored.pk).update(ended_at=None, changed_at=at)


def end_unseen(tenant_id: int, issuers: Collection[str], at: datetime) -> None:
    """Live servers of the tenant that were not found have ended."""
    live = AuthorizationServer.objects.filter(tenant_id=tenant_id, ended_at=None)
    live.exclude(issuer__in=issuers).update(ended_at=at)


def _write(server: Server, digest: bytes, sync: Sync, at: datetime, not_observed: dict[str, Json]) -> None:
    record_sha256 = sha256(canonical(server.record))
    record, _ = Record.objects.get_or_create(
        tenant_id=sync.tenant_id, sha256=record_sha256, defaults={"body": storable_json(server.record)}
    )
    values = {
        "record": record,
        "digest": digest,
        "not_observed": storable_json(not_observed),
        "changed_at": at,
        "ended_at": None,
    }
    row, _ = AuthorizationServer.objects.update_or_create(
        tenant_id=sync.tenant_id,
        issuer=server.issuer,
        defaults=values,
        create_defaults={**values, "first_seen_at": at},
    )
    Observation.objects.filter(server=row, reading__sync__isnull=False).delete()
    readings = Readings()
    numbers = [readings.number(reading.source, record_sha256) for reading in server.observed.readings]
    ids = readings.store(sync, numbers)
    Observation.objects.bulk_create(
        Observation(server=row, reading_id=ids[number], rung=reading.rung, facts=storable_json(reading.facts))
        for number, reading in zip(numbers, server.observed.readings, strict=True)
    )
