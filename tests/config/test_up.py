"""`manage.py up`, whole: web server, worker and scheduler over one database."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from config.management.commands.up import check_address
from inventory import leases, tenants
from inventory.models import App, Sync
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.organisation import Organisation
from lab.server import KeycloakServer

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


def up(*arguments: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """A run that is expected to end by itself."""
    command = [sys.executable, "manage.py", "up", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def running(env: dict[str, str], port: int, log: Path) -> Iterator[psutil.Popen]:
    """The supervisor's process, once its web server answers; told to stop at the end."""
    command = [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{port}"]
    with log.open("w") as output:
        process = psutil.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: answers(port) or process.poll() is not None, log)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/login/", timeout=10).ok
    except requests.ConnectionError:
        return False


def wait_until(happened: Callable[[], object], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"it does not happen: {log.read_text()[-3000:]}")
        time.sleep(0.1)


def child(supervisor: psutil.Process, word: str) -> psutil.Process:
    """The supervisor's own child whose command has `word` in it."""
    return next(process for process in supervisor.children() if word in process.cmdline())


def on_embedded(var: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"AMPHORA_VAR_DIR": str(var), "PYTHONUNBUFFERED": "1"}


@pytest.mark.django_db(transaction=True)
def test_up_serves_works_and_stops(live_environment: dict[str, str], free_port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(live_environment | {"LOG_LEVEL": "INFO"}, free_port, log) as process:
        page = requests.get(f"http://127.0.0.1:{free_port}/", timeout=10)
        assert page.url.endswith("/login/?next=/")
        wait_until(lambda: "posture.tick" in log.read_text().partition("worker:")[2], log)
        children = process.children(recursive=True)
        assert {"gunicorn", "worker", "beat"} <= {word for each in process.children() for word in each.cmdline()}
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(60) == 0
        assert time.monotonic() - began < 10
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert "succeeded" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_nothing_is_left_when_it_is_killed(free_port: int, tmp_path: Path) -> None:
    """Its processes end, and the embedded database after them. A second one beside it is refused."""
    env, log = on_embedded(tmp_path / "var"), tmp_path / "log"
    with running(env, free_port, log) as process:
        started = process.children(recursive=True)
        assert any("postgres" in each.name() for each in started)
        second = up(env=env)
        assert (second.returncode, second.stderr.count("\n")) == (2, 1)
        assert "Amphora runs already" in second.stderr
        assert answers(free_port)
        process.kill()
        process.wait(10)
        if sys.platform == "linux":
            assert psutil.wait_procs(started, timeout=30)[1] == []


def test_an_address_that_is_taken_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = up("--bind", address, env=on_embedded(tmp_path / "var"))
    assert done.returncode == 2
    assert f"cannot listen on {address}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "postgres").exists()


@pytest.mark.parametrize("value", ["localhost", ":8000", "localhost:http", "localhost:0", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(CommandError, match="HOST:PORT") as caught:
        check_address(value)
    assert caught.value.returncode == 2


class Halting(KeycloakServer):
    """Tells by `asked` that clients are being listed, and goes on with the answer after `go`."""

    def __init__(self, keycloak: Keycloak) -> None:
        super().__init__(keycloak)
        self.asked, self.go = threading.Event(), threading.Event()

    def get(self, target: str, authorization: str):
        if urlsplit(target).path.endswith("/clients"):
            self.asked.set()
            self.go.wait(60)
        return super().get(target, authorization)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["files", "redis"])
def test_a_scan_survives_the_death_of_every_process(
    broker: str, live_environment: dict[str, str], free_port: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    env, log = live_environment | {"CREDENTIAL_KEYS_FILE": str(settings.CREDENTIAL_KEYS_FILE)}, tmp_path / "log"
    if broker == "redis":
        env["REDIS_URL"] = request.getfixturevalue("redis_url")
    keycloak = Keycloak(Organisation(7, 40))
    with Halting(keycloak) as server, running(env, free_port, log) as supervisor:
        access = {"base_url": server.url, "realm": keycloak.realm, "client_id": SCANNER}
        access["client_secret"] = keycloak.accounts[SCANNER].client_secret
        tenant = tenants.create("keycloak", tenants.Details(name="acme", settings=access, allow_private=True))
        sync = leases.request_sync(tenant)  # The next tick finds it.
        port = urlsplit(server.url).port
        for word in ("beat", "gunicorn"):
            child(supervisor, word).kill()
        for victim in (lambda: reads_from(port, child(supervisor, "worker")), lambda: child(supervisor, "worker")):
            wait_until(server.asked.is_set, log)
            victim().kill()
            server.asked.clear()
            long_ago = timezone.now() - timedelta(hours=1)  # as if the dead worker had been silent for that long
            Sync.objects.filter(pk=sync.pk).update(heartbeat_at=long_ago)
        server.go.set()
        wait_until(lambda: not Sync.objects.filter(pk=sync.pk, state__in=Sync.UNFINISHED).exists(), log)
        assert answers(free_port)
    sync.refresh_from_db()
    assert (sync.state, sync.error, sync.complete, sync.attempts) == (Sync.State.DONE, "", True, 3)
    assert App.objects.filter(tenant=tenant, assessment__isnull=False).count() == sync.apps_seen > 0
    assert access["client_secret"] not in log.read_text()


def reads_from(port: int | None, worker: psutil.Process) -> psutil.Process:
    """The process of the worker's pool that is connected to `port`."""
    return next(
        process
        for process in worker.children(recursive=True)
        if any(each.raddr and each.raddr.port == port for each in process.net_connections(kind="tcp"))
    )
