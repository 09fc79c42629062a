"""A worker process is killed in the middle of a scan, and another one takes it up."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F

from inventory import leases, tenants
from inventory.leases import STALE_AFTER
from inventory.models import App, Sync, Tenant
from inventory.tenants import Details
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.organisation import Organisation
from lab.server import KeycloakServer
from posture import scan
from posture.models import Assessment, Coverage, Gap, VerdictChange
from tests.locks import locked, others_are_gone, wait_until, waiting_for_a_lock

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
WORK = "import sys, django; django.setup(); from posture.tasks import scan_tenant; scan_tenant(int(sys.argv[1]))"
APPS = 300
"""Two pages."""


class Slow(Keycloak):
    """Holds back its second page until it may go on."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(organisation)
        self.asked, self.may_go_on = threading.Event(), threading.Event()

    def listing(self, first: int, maximum: int | None) -> bytes:
        if first:
            self.asked.set()
            self.may_go_on.wait(60)
        return super().listing(first, maximum)


@dataclass
class Workplace:
    """A realm that is served, and worker processes that scan it."""

    keycloak: Slow
    url: str
    environment: dict[str, str]

    def tenant(self, name: str) -> Tenant:
        access = {"base_url": self.url, "realm": self.keycloak.realm, "client_id": SCANNER}
        access["client_secret"] = self.keycloak.accounts[SCANNER].client_secret
        return tenants.create("keycloak", Details(name=name, settings=access, allow_private=True))

    def worker(self, sync: Sync) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORK, str(sync.pk)], cwd=ROOT, env=self.environment)


@pytest.fixture
def workplace(live_environment: dict[str, str]) -> Iterator[Workplace]:
    environment = {
        **live_environment,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CREDENTIAL_KEYS_FILE": str(settings.CREDENTIAL_KEYS_FILE),
    }
    keycloak = Slow(Organisation(7, APPS))
    keycloak.may_go_on.set()
    with KeycloakServer(keycloak) as server:
        yield Workplace(keycloak, server.url, environment)


def outcome_of(tenant: Tenant) -> dict[str, Any]:
    """Everything that a scan leaves, but for ids and times."""
    apps = App.objects.filter(tenant=tenant)
    sync = Sync.objects.filter(tenant=tenant).latest("pk")
    return {
        "apps": set(apps.values_list("client_id", "digest", "ended_at", "assessment__key")),
        "observations": sorted(apps.values_list("client_id", "observations__rung", "observations__facts__client_id")),
        "credentials": sorted(apps.values_list("client_id", "credentials__key", "credentials__ended_at")),
        "sync": (sync.state, sync.complete, sync.apps_seen, sync.apps_added, sync.apps_changed, sync.apps_ended),
        "coverage": set(Coverage.objects.filter(sync=sync).values_list("control_id", "outcome", "addressee", "count")),
        "gaps": set(Gap.objects.filter(sync=sync).values_list("subject", "fact", "reason", "count")),
    }


@pytest.mark.parametrize(
    ("where", "table", "stored"),
    [
        ("reading", None, False),
        ("merging", "inventory_credential", False),
        ("judging", "posture_assessment", True),
    ],
)
def test_a_scan_whose_worker_was_killed_ends_as_if_nothing_had_happened(
    workplace: Workplace, where: str, table: str | None, stored: bool
) -> None:
    tenant = workplace.tenant("struck")
    sync = leases.request_sync(tenant)
    keycloak = workplace.keycloak
    if not table:
        keycloak.may_go_on.clear()
    with locked(table) if table else nullcontext():
        worker = workplace.worker(sync)
        wait_until(waiting_for_a_lock(1) if table else keycloak.asked.is_set, where)
        worker.kill()
        worker.wait(10)
    keycloak.may_go_on.set()
    wait_until(others_are_gone, "the database notices")
    sync.refresh_from_db()
    assert sync.state == Sync.State.RUNNING
    assert App.objects.exists() == stored
    assert leases.to_send() == [], "the worker may still be alive"
    Sync.objects.update(heartbeat_at=F("heartbeat_at") - 2 * STALE_AFTER)
    assert leases.to_send() == [sync.pk]
    assert workplace.worker(sync).wait(120) == 0
    done = Sync.objects.get(pk=sync.pk)
    assert (done.state, done.error, done.attempts) == (Sync.State.DONE, "", 2)
    calm = workplace.tenant("calm")
    scan.run(leases.request_sync(calm).pk)
    assert outcome_of(tenant) == outcome_of(calm)
    assert not VerdictChange.objects.exists()
    assert Assessment.objects.filter(app__tenant=tenant).count() == done.apps_seen > 200
