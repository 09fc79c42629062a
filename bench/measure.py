"""Scans against the floor. Imported once Django is set up on the throw-away installation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

from django.core.management import call_command
from django.db import connection

from inventory import leases, tenants
from inventory.models import Sync, Tenant
from lab import policies
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.organisation import Organisation
from lab.server import KeycloakServer
from posture import scan

_COMPANY: Final = 3


def measure(apps_count: int) -> None:
    """Print seconds, ratio to the floor, and requests of a cold, an unchanged and a 1 % changed scan."""
    call_command("migrate", verbosity=0)
    keycloak = Keycloak(Organisation(_COMPANY, apps_count), policies.ENFORCING)
    with KeycloakServer(keycloak) as server:
        details = tenants.Details(
            name="bench",
            settings={
                "base_url": server.url,
                "realm": keycloak.realm,
                "client_id": SCANNER,
                "client_secret": keycloak.accounts[SCANNER].client_secret,
            },
            allow_private=True,
        )
        tenant = tenants.create("keycloak", details)
        floor = _seconds(lambda: _floor(keycloak))
        print(
            f"{apps_count} clients; floor (json.loads of the listing, COPY of its records): {floor:.2f} s", flush=True
        )
        _print("cold", tenant, floor)
        _print("unchanged", tenant, floor)
        for record in keycloak.records[:: max(1, len(keycloak.records) // max(1, apps_count // 100))]:
            keycloak.change(record["clientId"], description="Changed")
        _print("1 % changed", tenant, floor)


def _print(name: str, tenant: Tenant, floor: float) -> None:
    done: list[Sync] = []
    seconds = _seconds(lambda: done.append(scan.run(leases.request_sync(tenant).pk)))
    (sync,) = done
    state = "" if sync.state == Sync.State.DONE else f"  {sync.state}: {sync.error}"
    print(
        f"{name:12} {seconds:7.2f} s  {seconds / floor:6.1f} x floor  {sync.requests_sent} requests"
        f"  {sync.apps_seen / seconds:7.0f} apps/s{state}",
        flush=True,
    )


def _floor(keycloak: Keycloak) -> None:
    """What no scan can do without: parse the answer, and have PostgreSQL take its records."""
    records = json.loads(keycloak.listing(0, None))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_floor (client_id text, record jsonb)")
        with cursor.copy("COPY bench_floor FROM STDIN") as copy:
            for record in records:
                copy.write_row((record["clientId"], json.dumps(record)))
        cursor.execute("DROP TABLE bench_floor")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
