"""The course of the demo. Imported once Django is set up on the throw-away installation."""

from __future__ import annotations

import secrets
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.contrib.auth.models import User
from django.core.management import call_command

from connectors.files import open_export
from inventory import leases, tenants
from inventory.models import Sync, Tenant
from lab.demo.checks import check
from lab.demo.estate import Estate
from lab.demo.processes import DemoError, free_port, running
from lab.keycloak import Keycloak
from posture import scan

USER: Final = "demo"
_SCAN_SECONDS: Final = 120.0


def run(folder: Path, port: int, *, once: bool) -> None:
    """Set everything up and stay until interrupted; with `once`, check the pages and return. Raises DemoError."""
    began = time.monotonic()
    _say("Preparing a database of its own ...")
    call_command("migrate", verbosity=0)
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(USER, password=password)
    _say("Making up three companies that use Keycloak ...")
    estate = Estate(folder / "exports")
    _say("Starting web server, worker and scheduler ...")
    with estate.server, running(free_port(port), folder / "processes.log") as url:
        company = _connect(estate, estate.company, "production")
        _report(_by_worker(company))
        _report(_by_worker(_connect(estate, estate.subsidiary, "")))
        _report(_file(estate.file))
        _say(f"A day passes at {estate.company.organisation.name}:")
        for line in estate.a_day_of_work():
            _say(f"  {line}")
        _report(_by_worker(company))
        _say(f"Ready after {time.monotonic() - began:.0f} s.")
        if once:
            check(url, USER, password, estate.live_apps, folder)
            return
        _say(f"\n  Open      {url}/\n  User      {USER}\n  Password  {password}\n\nCtrl-C stops everything.")
        _wait_for_ever()


def _connect(estate: Estate, keycloak: Keycloak, environment: str) -> Tenant:
    details = tenants.Details(
        name=f"{keycloak.organisation.name} Keycloak",
        settings=estate.settings(keycloak),
        allow_private=True,
        environment=environment,
        scan_interval=timedelta(hours=6),
    )
    return tenants.create("keycloak", details)


def _by_worker(tenant: Tenant) -> Sync:
    """A scan by the worker, when it is done."""
    sync = scan.start(tenant)
    end = time.monotonic() + _SCAN_SECONDS
    while sync.state in Sync.UNFINISHED:
        if time.monotonic() > end:
            raise DemoError(f"the scan of {tenant.name} does not end")
        time.sleep(0.1)
        sync = Sync.objects.select_related("tenant").get(pk=sync.pk)
    return sync


def _file(path: Path) -> Sync:
    connector = open_export(path)
    tenant = tenants.for_file(path, connector.kind)
    return scan.run(leases.request_sync(tenant).pk, connector)


def _report(sync: Sync) -> None:
    name = Path(sync.tenant.name).name
    if sync.state != Sync.State.DONE or sync.started_at is None or sync.finished_at is None:
        raise DemoError(f"the scan of {name} ended as {sync.state}: {sync.error}")
    took = (sync.finished_at - sync.started_at).total_seconds()
    _say(f"Scanned {name}: {sync.apps_seen} apps, {sync.requests_sent} requests, {took:.1f} s.")


def _wait_for_ever() -> None:
    while True:
        signal.pause()


def _say(line: str) -> None:
    print(line, flush=True)
