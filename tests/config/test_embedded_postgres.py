"""The embedded PostgreSQL: real servers, started and stopped."""

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from config.postgres import cluster

ROOT = Path(__file__).resolve().parents[2]
ANOTHER = """
import sys
from pathlib import Path
from config.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.use()
print("uses", flush=True)
sys.stdin.readline()
"""

pytestmark = pytest.mark.processes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    yield server
    server.stop()
    server.leave()


def connect(server: EmbeddedPostgres, user: str = "amphora", password: str | None = None) -> psycopg.Connection:
    folder = server.use()
    return psycopg.connect(host=str(folder), user=user, password=password or server.password(), dbname="amphora")


def pid_of(server: EmbeddedPostgres) -> int:
    found = cluster.read_pid_file(server.folder / "data")
    assert found is not None
    return found.pid


def runs(server: EmbeddedPostgres) -> bool:
    found = cluster.read_pid_file(server.folder / "data")
    return found is not None and cluster.serves(found.pid, server.folder / "data")


def another_process(folder: Path, prefix: Sequence[str] = ()) -> "subprocess.Popen[str]":
    command = [*prefix, sys.executable, "-c", ANOTHER, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_our_role_owns_its_database_and_is_no_superuser(server: EmbeddedPostgres) -> None:
    with connect(server) as connection:
        connection.execute("CREATE TABLE things (name text)")
        rights = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert rights == (False,)


def test_nobody_gets_in_without_the_password_or_over_the_network(server: EmbeddedPostgres) -> None:
    for user in ("amphora", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(server, user, "guessed")
    folder = server.use()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert psutil.Process(pid_of(server)).net_connections(kind="inet") == []


def test_the_last_of_its_users_stops_it(server: EmbeddedPostgres) -> None:
    folder = server.use()
    other = another_process(server.folder)
    assert other.stdout is not None
    assert other.stdout.readline() == "uses\n"
    server.leave()
    assert runs(server)
    other.communicate("\n")
    assert not runs(server)
    assert not folder.exists()


def test_it_stops_when_its_last_user_is_killed(tmp_path: Path) -> None:
    other = another_process(tmp_path / "postgres")
    assert other.stdout is not None
    assert other.stdout.readline() == "uses\n"
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    process = psutil.Process(pid_of(server))
    other.kill()
    other.communicate()
    process.wait(10)
    assert not runs(server)


def test_of_many_that_start_at_once_one_makes_it_and_all_use_it(tmp_path: Path) -> None:
    others = [another_process(tmp_path / "postgres") for _ in range(3)]
    try:
        assert [other.stdout.readline() for other in others if other.stdout] == ["uses\n"] * 3
    finally:
        for other in others:
            other.communicate("\n")
    assert [other.returncode for other in others] == [0, 0, 0]
    assert not runs(EmbeddedPostgres(tmp_path / "postgres", durable=False))


def test_a_long_path_with_blanks_will_do(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "my data" / ("long" * 30) / "postgres", durable=False)
    with contextlib.closing(connect(server)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.leave()


def test_a_killed_server_is_started_anew_with_its_data(server: EmbeddedPostgres) -> None:
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    crashed = psutil.Process(pid_of(server))
    crashed.send_signal(signal.SIGKILL)
    crashed.wait(10)
    with connect(server) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)


@pytest.mark.parametrize(
    "text",
    ["", "half a li", f"{os.getpid()}\n/elsewhere\n0\n5432\n/tmp/amphora-gone\n\n\nready\n"],
    ids=["empty", "cut off", "of another process"],
)
def test_a_stale_pid_file_is_no_obstacle(server: EmbeddedPostgres, text: str) -> None:
    server.use()
    server.leave()
    (server.folder / "data" / "postmaster.pid").write_text(text)
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_who_comes_while_another_makes_it_waits_until_it_is_whole(server: EmbeddedPostgres) -> None:
    other = another_process(server.folder)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = cluster.read_pid_file(server.folder / "data")
            if found and found.status == "ready":
                break
        # The server answers, but its starter has yet to make the role and the database.
        with connect(server) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        other.communicate("\n")


def test_data_at_which_a_server_is_that_we_cannot_see_are_left_alone(server: EmbeddedPostgres) -> None:
    """Such as that of another container which shares the folder: its process and socket are out of sight."""
    server.use()
    server.leave()
    with (server.folder / "server.lock").open() as elsewhere:
        fcntl.flock(elsewhere, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedPostgresError, match="Another server is at these data"):
            server.use()
    assert server.use().exists()


def test_a_folder_that_is_in_the_way_is_named(server: EmbeddedPostgres) -> None:
    (server.folder / "data").mkdir(parents=True)
    (server.folder / "data" / "precious").touch()
    with pytest.raises(EmbeddedPostgresError, match="data holds no database, and is in the way of one"):
        server.use()
    assert (server.folder / "data" / "precious").exists()


def test_its_secrets_are_for_us_alone(server: EmbeddedPostgres) -> None:
    server.use()
    for name in ("password", "superuser_password"):
        assert stat.S_IMODE((server.folder / name).stat().st_mode) == 0o600
        assert (server.folder / name).read_text() not in (server.folder / "log").read_text()
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert not (server.folder / "initdb.password").exists()
    shown = " ".join(psutil.Process(pid_of(server)).cmdline())
    assert server.password() not in shown


def test_data_of_another_version_are_left_alone_and_explained(server: EmbeddedPostgres) -> None:
    server.use()
    server.leave()
    (server.folder / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 17, but .* brings PostgreSQL 18"):
        server.use()


def test_a_start_that_fails_shows_the_servers_own_words(server: EmbeddedPostgres) -> None:
    server.use()
    server.leave()
    with (server.folder / "data" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        server.use()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become nobody")
def test_as_root_it_runs_as_nobody_even_below_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "postgres", durable=False)
    try:
        with connect(server) as connection:
            connection.execute("CREATE TABLE things (name text)")
        assert psutil.Process(pid_of(server)).username() == "nobody"
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        server.leave()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lack")
def test_as_root_in_a_container_it_takes_the_capability_that_is_left(tmp_path: Path) -> None:
    """Docker grants dac_override by default, but not dac_read_search."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    setpriv = shutil.which("setpriv")
    assert setpriv
    other = another_process(closed / "postgres", [setpriv, "--bounding-set=-dac_read_search"])
    assert other.communicate("\n")[0] == "uses\n"


def test_a_command_says_in_words_what_is_wrong(tmp_path: Path) -> None:
    data = tmp_path / "var" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n")
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env=env | {"AMPHORA_VAR_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "made by PostgreSQL 9.6" in done.stderr
    assert "Traceback" not in done.stderr
