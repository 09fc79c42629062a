"""Compliance evidence: everything that is known and what was thought of it, as JSON lines from one snapshot.

    {"type": "control", ...}                 the catalogue that judged, one line a control
    {"type": "authorization_server", ...}    with facts and verdicts; ended ones too
    {"type": "app", ...}                     likewise
    {"type": "coverage", ...}                counts of each tenant's last completed sync; so for "gap"
    {"type": "manifest", ...}                last: counts, and the sha256 of all lines before it

The manifest comes last because it seals what came before: an export without it was cut short. How to check one:
docs/reference/api.md. It holds the whole population, not only failures, and no secret: there is none in the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.models import Max, QuerySet
from django.utils import timezone

from inventory.models import App, AuthorizationServer, Credential, Sync, Tenant
from posture import catalogue, shown
from posture.described import control_json
from posture.fact_json import fact_json
from posture.models import Coverage, Gap, Policy
from posture.shown import ShownVerdict

FORMAT = "amphora-evidence/1"
CHUNK = 500
"""Subjects that are held in memory at a time."""
ALIAS = "default"


def stream(tenants: Sequence[Tenant] | None = None) -> Iterator[bytes]:
    """Lines of the export of these tenants, or of all. The database connection of its own is closed at the end.

    The caller's own connection is untouched, so that the stream may be consumed between other queries.
    """
    own = connections.create_connection(ALIAS)
    lines = _sealed(None if tenants is None else [tenant.pk for tenant in tenants])
    try:
        with _current(own):
            own.set_autocommit(autocommit=False)
            with own.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT 1")  # the snapshot is taken by the first query, and that is now
        while True:
            with _current(own):
                line = next(lines, None)
            if line is None:
                return
            yield line
    finally:
        lines.close()
        own.close()


@contextmanager
def _current(connection: Any) -> Iterator[None]:
    """Let the ORM of this thread use a connection of ours, between two lines the usual one."""
    usual = connections[ALIAS]
    connections[ALIAS] = connection
    try:
        yield
    finally:
        connections[ALIAS] = usual


def _sealed(tenant_ids: list[int] | None) -> Generator[bytes]:
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    for record in _records(tenant_ids):
        line = _line(record)
        digest.update(line)
        counts[record["type"]] += 1
        yield line
    yield _line(_manifest(tenant_ids, counts, digest.hexdigest()))


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"


def _records(tenant_ids: list[int] | None) -> Iterator[dict[str, Any]]:
    for _, control in sorted(catalogue.by_id().items()):
        yield {"type": "control", **control_json(control)}
    for servers in _chunks(_of(AuthorizationServer.objects.select_related("record", "tenant"), tenant_ids)):
        for server in servers:
            yield _server(server, shown.verdicts_of_server(server))
    for apps in _chunks(_of(App.objects.select_related("record", "server", "tenant"), tenant_ids)):
        credentials = _credentials(apps)
        for app, verdicts in shown.many(apps):
            yield _app(app, verdicts, credentials.get(app.pk, []))
    last = _last_done(tenant_ids)
    for count in Coverage.objects.filter(sync__in=last).select_related("sync").order_by("pk").iterator():
        yield {"type": "coverage", "tenant": count.sync.tenant_id, "sync": count.sync_id, **_coverage(count)}
    for gap in Gap.objects.filter(sync__in=last).select_related("sync").order_by("pk").iterator():
        yield {"type": "gap", "tenant": gap.sync.tenant_id, "sync": gap.sync_id, **_gap(gap)}


def _of(rows: QuerySet[Any], tenant_ids: list[int] | None, field: str = "tenant") -> QuerySet[Any]:
    return rows if tenant_ids is None else rows.filter(**{f"{field}__in": tenant_ids})


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows in order of primary key, a chunk at a time."""
    after = 0
    while chunk := list(rows.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        yield chunk
        after = chunk[-1].pk


def _last_done(tenant_ids: list[int] | None) -> list[int]:
    done = _of(Sync.objects.filter(state=Sync.State.DONE).order_by(), tenant_ids)
    return list(done.values("tenant").annotate(last=Max("pk")).values_list("last", flat=True))


def _server(server: AuthorizationServer, verdicts: list[ShownVerdict]) -> dict[str, Any]:
    return {"type": "authorization_server", "issuer": server.issuer, **_subject(server, verdicts)}


def _app(app: App, verdicts: list[ShownVerdict], credentials: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "app",
        "issuer": app.server.issuer,
        "client_id": app.client_id,
        "external_id": app.external_id,
        "client_name": app.client_name,
        "client_type": app.client_type,
        "platform_client": app.platform_client,
        **_subject(app, verdicts),
        "credentials": credentials,
    }


def _subject(subject: App | AuthorizationServer, verdicts: list[ShownVerdict]) -> dict[str, Any]:
    """What apps and servers have in common. The facts that several verdicts read stand there once."""
    facts = {name: fact for verdict in verdicts for name, fact in verdict.facts.items()}
    return {
        "tenant": subject.tenant_id,
        "first_seen_at": subject.first_seen_at.isoformat(),
        "changed_at": subject.changed_at.isoformat(),
        "ended_at": subject.ended_at.isoformat() if subject.ended_at else None,
        "record_sha256": bytes(subject.record.sha256).hex(),
        "facts": {name: fact_json(fact) for name, fact in sorted(facts.items())},
        "verdicts": {verdict.control.id: _verdict(verdict) for verdict in verdicts},
    }


def _verdict(verdict: ShownVerdict) -> dict[str, Any]:
    return {
        **verdict.to_json(),
        "facts": sorted(verdict.facts),
        "severity": verdict.severity,
        "compensated_by": list(verdict.compensated_by),
        "specifics": dict(verdict.specifics),
        "since": verdict.since.isoformat(),
    }


def _credentials(apps: list[App]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for credential in Credential.objects.filter(app__in=apps).order_by("pk"):
        found.setdefault(credential.app_id, []).append(
            {
                "key": credential.key,
                "facts": credential.facts,
                "first_seen_at": credential.first_seen_at.isoformat(),
                "ended_at": credential.ended_at.isoformat() if credential.ended_at else None,
            }
        )
    return found


def _coverage(count: Coverage) -> dict[str, Any]:
    return {
        "control": count.control_id,
        "outcome": count.outcome,
        "addressee": count.addressee,
        "count": count.count,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"subject": gap.subject, "fact": gap.fact, "reason": gap.reason, "detail": gap.detail, "count": gap.count}


def _manifest(tenant_ids: list[int] | None, counts: Counter[str], sha256: str) -> dict[str, Any]:
    tenants = list(_of(Tenant.objects.order_by("pk"), tenant_ids, "pk"))
    last = Sync.objects.filter(pk__in=_last_done(tenant_ids)).in_bulk(field_name="pk")
    completed = {sync.tenant_id: sync for sync in last.values()}
    apps = _of(App.objects.all(), tenant_ids)
    servers = _of(AuthorizationServer.objects.all(), tenant_ids)
    return {
        "type": "manifest",
        "format": FORMAT,
        "generated_at": timezone.now().isoformat(),
        "lines": counts.total(),
        "counts": dict(counts),
        "sha256": sha256,
        "catalogue": {"version": catalogue.CATALOGUE_VERSION, "digest": catalogue.digest().hex()},
        "policies": [
            {"name": policy.name, "version": policy.version, "digest": bytes(policy.digest).hex()}
            for policy in Policy.objects.order_by("pk")
        ],
        "scope": "all tenants" if tenant_ids is None else "the tenants named here",
        "population": {
            "tenants": len(tenants),
            "live_authorization_servers": servers.filter(ended_at=None).count(),
            "ended_authorization_servers": servers.exclude(ended_at=None).count(),
            "live_apps": apps.filter(ended_at=None).count(),
            "ended_apps": apps.exclude(ended_at=None).count(),
            "records_skipped": sum(sync.records_skipped for sync in completed.values()),
        },
        "tenants": [_tenant(tenant, completed.get(tenant.pk)) for tenant in tenants],
    }


def _tenant(tenant: Tenant, sync: Sync | None) -> dict[str, Any]:
    """`last_sync` is null where no scan of the tenant was ever done."""
    last = sync and {
        "id": sync.pk,
        "complete": sync.complete,
        "started_at": sync.started_at and sync.started_at.isoformat(),
        "finished_at": sync.finished_at and sync.finished_at.isoformat(),
        "apps_seen": sync.apps_seen,
        "records_skipped": sync.records_skipped,
        "requests_sent": sync.requests_sent,
    }
    return {"id": tenant.pk, "name": tenant.name, "kind": tenant.kind, "origin": tenant.origin, "last_sync": last}
