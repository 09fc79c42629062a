"""A real Celery worker scans a real tenant, over messages in files and over Redis."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from inventory import leases, tenants
from inventory.models import App, Sync
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.organisation import Organisation
from lab.server import KeycloakServer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
SEND = "import sys; from posture.tasks import scan_tenant; scan_tenant.delay(int(sys.argv[1]))"
SET_UP = "import django; django.setup(); "


@pytest.mark.parametrize("broker", ["files", "redis"])
def test_a_worker_scans_what_it_is_told_of(
    broker: str, live_environment: dict[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = {
        **live_environment,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CREDENTIAL_KEYS_FILE": str(settings.CREDENTIAL_KEYS_FILE),
    }
    if broker == "redis":
        environment["REDIS_URL"] = request.getfixturevalue("redis_url")
    keycloak = Keycloak(Organisation(7, 40))
    worker = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    with KeycloakServer(keycloak) as server, (tmp_path / "log").open("w") as log:
        access = {"base_url": server.url, "realm": keycloak.realm, "client_id": SCANNER}
        access["client_secret"] = keycloak.accounts[SCANNER].client_secret
        tenant = tenants.create("keycloak", tenants.Details(name="acme", settings=access, allow_private=True))
        sync = leases.request_sync(tenant)
        process = subprocess.Popen(worker, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            send = [sys.executable, "-c", SET_UP + SEND, str(sync.pk)]
            subprocess.run(send, cwd=ROOT, env=environment, check=True, timeout=60)
            _wait(sync, tmp_path / "log")
        finally:
            process.terminate()
            process.wait(30)
    sync.refresh_from_db()
    assert sync.error == ""
    assert (sync.state, sync.complete) == (Sync.State.DONE, True)
    assert App.objects.filter(tenant=tenant, assessment__isnull=False).count() == sync.apps_seen > 0
    assert access["client_secret"] not in (tmp_path / "log").read_text()


def _wait(sync: Sync, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        sync.refresh_from_db()
        if sync.state not in Sync.UNFINISHED:
            return
        time.sleep(0.2)
    pytest.fail(f"the worker did not finish: {log.read_text()[-1000:]}")
