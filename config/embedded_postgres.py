"""The PostgreSQL that Amphora runs itself where DATABASE_URL names none.

The first process that needs it starts it, and the last that leaves stops it; where that one was killed,
`config/postgres/keeper.py` does. It listens on a socket in a private folder alone, asks everybody for a password, and
holds our data in a database whose owner is no superuser.
"""

import atexit
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from config import environment, unprivileged
from config.postgres import cluster
from config.postgres.errors import EmbeddedPostgresError

__all__ = ["NAME", "EmbeddedPostgres", "EmbeddedPostgresError", "connection", "server_in"]

NAME = "amphora"
"""Name of the database, and of the role that owns it."""
START_SECONDS = 60.0
STOP_SECONDS = 30.0

_USERS = "users.lock"
_KEEPER = Path(__file__).parent / "postgres" / "keeper.py"
_SETTINGS = {
    # A small machine's, shared with everything else on it.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "io_method": "sync",
    "jit": "off",
    "log_checkpoints": "off",
    "huge_pages": "off",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """The server whose data lie in `folder`. One that is not `durable` loses them when the machine stops: for tests."""

    def __init__(self, folder: Path, durable: bool = True) -> None:  # noqa: FBT001, FBT002 - always given by name
        self.folder = folder.resolve()
        self.durable = durable
        self._data = self.folder / "data"
        self._prepared = self.folder / "prepared"
        self._used: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0
        os.register_at_fork(after_in_child=self.forget)
        atexit.register(self.leave)

    def use(self) -> Path:
        """The folder of the socket of a server that answers; started where there is none. Raises EmbeddedPostgresError.

        From here on this process counts as a user, until it leaves or ends.
        """
        if self._used is None:
            environment.private_folder(self.folder)
            self._used = _lock_file(self.folder / _USERS)
            fcntl.flock(self._used, fcntl.LOCK_SH)
        # A server may answer before its first starter has made our role and database in it.
        ready = self._answering() if self._prepared.exists() else None
        return ready or self._start()

    def password(self) -> str:
        """Password of the role `NAME`."""
        return environment.kept_secret(self.folder / "password")

    def leave(self) -> None:
        """This process no longer uses the server; it stops when no other does."""
        if self._used is None:
            return
        used, self._used = self._used, None
        with used:
            try:
                # Who comes now waits for this lock, and then finds no server and starts one.
                fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.stop()

    def forget(self) -> None:
        """In a forked child: the place in the users' list is the parent's."""
        if self._used is not None:
            self._used.close()
        self._used = self._process = None

    def stop(self) -> None:
        """Stops the server, whoever uses it; nothing where none runs."""
        found = cluster.read_pid_file(self._data)
        if found is None or not cluster.serves(found.pid, self._data):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGINT)  # PostgreSQL's fast shutdown
        deadline = time.monotonic() + STOP_SECONDS
        while cluster.serves(found.pid, self._data) and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        cluster.remove_socket_folder(Path(found.socket_folder))

    def _answering(self) -> Path | None:
        found = cluster.read_pid_file(self._data)
        if found is None or found.status != "ready" or not cluster.serves(found.pid, self._data):
            return None
        folder = Path(found.socket_folder)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(cluster.socket_in(folder)))
            except OSError:
                return None
        return folder

    def _start(self) -> Path:
        with _locked(self.folder / "start.lock"):
            if not cluster.is_made(self.folder):
                self._prepared.unlink(missing_ok=True)
            data = cluster.make(self.folder, durable=self.durable)
            socket_folder = self._started_by_another(data) or self._start_on(data)
            if not self._prepared.exists():
                self._prepare(socket_folder)
                self._prepared.touch(mode=0o600)
        return socket_folder

    def _started_by_another(self, data: Path) -> Path | None:
        """The socket's folder of the server on `data`. Waits for one whose starter was killed, or that is stopping."""
        deadline = time.monotonic() + START_SECONDS
        while cluster.is_in_transit(data) and time.monotonic() < deadline:
            time.sleep(0.05)
        return self._answering()

    def _start_on(self, data: Path) -> Path:
        if self._process is not None:
            self._process.wait()  # It crashed: let the system forget it.
        crashed = cluster.read_pid_file(data)
        cluster.clear_stale_pid_file(data)
        if crashed:
            cluster.remove_socket_folder(Path(crashed.socket_folder))
        socket_folder = cluster.make_socket_folder()
        try:
            self._launch(data, socket_folder)
            self._wait_until_ready(data, socket_folder)
        except EmbeddedPostgresError:
            cluster.remove_socket_folder(socket_folder)
            raise
        return socket_folder

    def _launch(self, data: Path, socket_folder: Path) -> None:
        settings = _SETTINGS if self.durable else _SETTINGS | _NOT_DURABLE
        command = [str(cluster.PROGRAMS / "postgres"), "-D", str(data), "-k", str(socket_folder), "-p", "5432"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        command, identity = unprivileged.as_nobody(command, [cluster.PROGRAMS / "postgres", data, socket_folder])
        what = {
            "users": str(self.folder / _USERS),
            "server": str(self.folder / "server.lock"),
            "command": command,
            "identity": identity,
        }
        try:
            with (self.folder / "log").open("ab") as log:
                self._log_from = log.tell()
                # A session of its own: Ctrl-C in a terminal is ours to answer, and the server goes last.
                self._process = subprocess.Popen(
                    [sys.executable, "-IS", str(_KEEPER), json.dumps(what)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd="/",
                    env=cluster.ENVIRONMENT,
                )
        except OSError as error:
            raise EmbeddedPostgresError(f"PostgreSQL cannot be run: {error.strerror}.") from error

    def _wait_until_ready(self, data: Path, socket_folder: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process is not None and self._process.poll() is None:
            found = cluster.read_pid_file(data)
            if found and found.socket_folder == str(socket_folder) and self._answering():
                return
            if time.monotonic() > deadline:
                if found:
                    os.kill(found.pid, signal.SIGQUIT)
                self._process.wait()
                raise EmbeddedPostgresError(
                    f"PostgreSQL was not ready within {START_SECONDS:.0f} s. {self._last_words()}"
                )
            time.sleep(0.02)
        raise EmbeddedPostgresError(f"PostgreSQL stopped while it started. {self._last_words()}")

    def _last_words(self) -> str:
        log = self.folder / "log"
        return f"Its last words, from {log}:\n{cluster.log_tail(log, self._log_from)}"

    def _prepare(self, socket_folder: Path) -> None:
        """Makes our role and database, each where it is missing. Only a server for tests lets the role make more."""
        role, password = sql.Identifier(NAME), sql.Literal(self.password())
        try:
            with psycopg.connect(
                host=str(socket_folder),
                user=cluster.SUPERUSER,
                password=cluster.superuser_password(self.folder),
                dbname="postgres",
                autocommit=True,
            ) as admin:
                if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                    rights = sql.SQL("LOGIN" if self.durable else "LOGIN CREATEDB")
                    admin.execute(sql.SQL("CREATE ROLE {} {} PASSWORD {}").format(role, rights, password))
                if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        except psycopg.Error as error:
            raise EmbeddedPostgresError(f"The database {NAME} cannot be made: {error}") from error


@cache
def server_in(folder: Path) -> EmbeddedPostgres:
    """This process's server with data in `folder`."""
    return EmbeddedPostgres(folder)


def connection(folder: Path) -> dict[str, Any]:
    """Django's settings of the database of the server in `folder`. Its address is found when a connection is made."""
    return {
        "ENGINE": "config.postgres",
        "NAME": NAME,
        "USER": NAME,
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "EMBEDDED_FOLDER": str(folder),
    }


def _lock_file(path: Path) -> IO[str]:
    try:
        return path.open("w")
    except OSError as error:
        raise EmbeddedPostgresError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _lock_file(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
