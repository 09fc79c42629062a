"""The processes of the demo's installation."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import requests

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_PORTS_TRIED: Final = 50
_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 30.0


class DemoError(Exception):
    """The demo cannot go on, with the reason in words."""


def free_port(first: int) -> int:
    """The first free port of loopback from `first` on."""
    for port in range(first, first + _PORTS_TRIED):
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise DemoError(f"no port is free from {first} to {first + _PORTS_TRIED - 1}")


@contextmanager
def running(port: int, log: Path) -> Iterator[str]:
    """Web server, worker and scheduler, until the block ends; yields the address once it answers."""
    command = [sys.executable, str(_ROOT / "manage.py"), "up", "--bind", f"127.0.0.1:{port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=_ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, f"{url}/login/", log)
            yield url
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with suppress(requests.RequestException):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise DemoError(f"the web server does not answer at {url}:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
