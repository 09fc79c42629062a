"""`manage.py up`: the whole of Amphora in one terminal."""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config.supervisor import Program, Supervisor


def programs(bind: str) -> list[Program]:
    """What an installation runs: the same commands as where each is a service of its own. In the order of starting."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "-A", "config"]
    level = ["--loglevel", settings.LOG_LEVEL]
    gunicorn = Path(settings.BASE_DIR) / "config" / "gunicorn.py"
    return [
        Program("web", [*python, "gunicorn", "--config", str(gunicorn), "--bind", bind, "config.wsgi"]),
        Program("worker", [*celery, "worker", "--without-gossip", "--without-mingle", *level]),
        Program("beat", [*celery, "beat", "--pidfile", "", *level]),
    ]


def check_address(value: str) -> None:
    """Raises CommandError where `value` is not HOST:PORT, or we cannot listen there."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"--bind wants HOST:PORT, such as 127.0.0.1:8000, and not {value}", returncode=2)
    try:
        family, _, _, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        raise CommandError(
            f"cannot listen on {value}: {error.strerror}. Choose another address by --bind.", returncode=2
        ) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Meanwhile no second one runs with its files in `folder`. Raises CommandError where one does."""
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"Amphora runs already, with its files in {folder}.", returncode=2) from error
        yield


class Command(BaseCommand):
    """Migrates the database, then runs web server, worker and beat, and restarts what dies, until Ctrl-C or SIGTERM."""

    help = "Run Amphora: web server, worker and scheduler, with no service installed."

    def add_arguments(self, parser: CommandParser) -> None:
        """One option: where the web server listens."""
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="default: %(default)s")

    def handle(self, *_: Any, bind: str, **__: Any) -> None:
        """Runs until told to stop."""
        with alone(settings.VAR_DIR):
            check_address(bind)
            call_command("migrate", interactive=False, verbosity=0)
            # The embedded database stays in use by this process, so it goes when the last of the others has gone.
            connections.close_all()
            os.chdir(settings.BASE_DIR)
            self._say(f"Amphora listens on http://{bind}/. Ctrl-C stops it.")
            Supervisor(programs(bind), self._say).run()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
