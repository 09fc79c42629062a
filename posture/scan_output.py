"""What a scan found as one JSON object (docs/reference/scan-output.schema.json), and as an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from inventory.models import App, AuthorizationServer, Tenant
from posture import shown
from posture.control import Level
from posture.models import Assessment, Verdict
from posture.outcome import Outcome
from posture.scan_inputs import Input
from posture.shown import ShownVerdict

SCHEMA_VERSION = 1
CHUNK = 500
"""Apps that are held in memory at a time."""


def as_json(inputs: Sequence[Input]) -> Iterator[str]:
    """Pieces of the object, one app at a time, so that a large tenant needs no more memory than a small one.

    Text is ASCII: a client's name may hold half a surrogate pair, which no encoding can write.
    """
    yield f'{{"schema_version": {SCHEMA_VERSION},\n"inputs": '
    yield json.dumps([{"source": i.source, "kind": i.kind, "error": i.error} for i in inputs])
    yield ',\n"authorization_servers": ['
    yield from _joined(_servers(inputs))
    yield '],\n"apps": ['
    yield from _joined(_apps(inputs))
    yield "]}\n"


def exit_code(inputs: Sequence[Input], fail_on: Level | None) -> int:
    """2 for an input that could not be used or a control that failed itself, 1 for a fail of that severity, else 0.

    A fail counts with its residual severity, and only where it is addressed to the owner.
    """
    read = [tenant for _, tenant in by_source(inputs)]
    standing = Assessment.objects.filter(tenant__in=read).filter(
        Q(app__isnull=False, app__ended_at=None) | Q(server__isnull=False, server__ended_at=None)
    )
    broken = list(Verdict.objects.filter(outcome=Outcome.ERROR).values_list("pk", flat=True))
    if len(read) < len(inputs) or standing.filter(verdicts__overlap=broken).exists():
        return 2
    return int(fail_on is not None and standing.filter(worst__gte=fail_on.rank).exists())


def by_source(inputs: Sequence[Input]) -> list[tuple[str, Tenant]]:
    """The inputs that could be read, sorted by name."""
    read = [(scanned.source, scanned.tenant) for scanned in inputs if scanned.tenant]
    return sorted(read, key=lambda pair: pair[0])


def live_servers(tenant: Tenant) -> QuerySet[AuthorizationServer]:
    """Servers that the source told of. Client metadata without an issuer hangs on one that was never seen: left out."""
    return AuthorizationServer.objects.filter(tenant=tenant, ended_at=None).exclude(issuer="").order_by("issuer")


def live_apps(tenant: Tenant) -> Iterator[tuple[App, list[ShownVerdict]]]:
    """Live apps with their verdicts, in order of issuer and client_id."""
    identities = App.objects.filter(tenant=tenant, ended_at=None).values_list("server__issuer", "client_id", "pk")
    keys = (pk for _, _, pk in sorted(identities))
    while chunk := list(islice(keys, CHUNK)):
        found = App.objects.select_related("server", "tenant").in_bulk(chunk)
        yield from shown.many([found[pk] for pk in chunk])


def _servers(inputs: Sequence[Input]) -> Iterator[dict[str, Any]]:
    for _, tenant in by_source(inputs):
        for server in live_servers(tenant):
            yield {"issuer": server.issuer, "verdicts": _verdicts(shown.verdicts_of_server(server))}


def _apps(inputs: Sequence[Input]) -> Iterator[dict[str, Any]]:
    for source, tenant in by_source(inputs):
        for app, verdicts in live_apps(tenant):
            yield {
                "tenant": source,
                "external_id": app.external_id,
                "issuer": app.server.issuer,
                "client_id": app.client_id,
                "client_name": app.client_name,
                "platform_client": app.platform_client,
                "verdicts": _verdicts(verdicts),
            }


def _verdicts(verdicts: Sequence[ShownVerdict]) -> dict[str, Any]:
    return {verdict.control.id: verdict.to_json() for verdict in verdicts}


def _joined(objects: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = "\n"
    for found in objects:
        yield separator + json.dumps(found)
        separator = ",\n"
