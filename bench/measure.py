"""Scans against the floor. Imported once Django is set up on the throw-away installation."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

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

_FLOORS = 5


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: how long it took, as seconds and as a multiple of its company's floor, and what it asked for."""

    seconds: float
    ratio: float
    requests: int
    apps: int


def measure(apps_count: int, companies: int) -> None:
    """Print the medians of cold, unchanged and 1 % changed scans of so many companies, each against its own floor."""
    call_command("migrate", verbosity=0)
    scans: dict[str, list[Scan]] = defaultdict(list)
    floors = []
    for seed in range(companies):
        keycloak = Keycloak(Organisation(seed, apps_count), policies.ENFORCING)
        # The quickest of some: what disturbs a floor makes it longer, never shorter.
        floor = min(_seconds(lambda of=keycloak: _floor(of)) for _ in range(_FLOORS))
        floors.append(floor)
        with KeycloakServer(keycloak) as server:
            tenant = _connect(keycloak, server.url)
            scans["cold"].append(_scan(tenant, floor))
            scans["unchanged"].append(_scan(tenant, floor))
            for record in keycloak.records[:: max(1, len(keycloak.records) // max(1, apps_count // 100))]:
                keycloak.change(record["clientId"], description="Changed")
            scans["1 % changed"].append(_scan(tenant, floor))
    print(f"{companies} companies with {apps_count} clients each; medians, and the range of the ratio to the floor")
    print(f"floor (parse the listing, COPY its records): {median(floors):.3f} s")
    for name, found in scans.items():
        _print(name, found)


def _connect(keycloak: Keycloak, url: str) -> Tenant:
    access = {"base_url": url, "realm": keycloak.realm, "client_id": SCANNER}
    access["client_secret"] = keycloak.accounts[SCANNER].client_secret
    name = f"{keycloak.organisation.name} {keycloak.realm}"
    return tenants.create("keycloak", tenants.Details(name=name, settings=access, allow_private=True))


def _scan(tenant: Tenant, floor: float) -> Scan:
    done: list[Sync] = []
    seconds = _seconds(lambda: done.append(scan.run(leases.request_sync(tenant).pk)))
    (sync,) = done
    if sync.state != Sync.State.DONE:
        raise SystemExit(f"the scan of {tenant.name} ended as {sync.state}: {sync.error}")
    return Scan(seconds, seconds / floor, sync.requests_sent, sync.apps_seen)


def _print(name: str, scans: list[Scan]) -> None:
    seconds, ratios = median(one.seconds for one in scans), [one.ratio for one in scans]
    print(
        f"{name:12} {seconds:7.2f} s  {median(ratios):6.1f} x floor ({min(ratios):.1f} to {max(ratios):.1f})"
        f"  {median(one.requests for one in scans):.0f} requests a tenant  {scans[0].apps / seconds:7.0f} apps/s",
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
