"""The demo, as `make demo` and `make demo ONCE=1` run it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

ROOT = Path(__file__).parents[2]
NAME = "demo-test"
DEMO = [sys.executable, "-m", "lab.demo", "--name", NAME]

pytestmark = pytest.mark.processes


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def lines_until(process: subprocess.Popen[str], wanted: str) -> str:
    """What the process writes, up to the line with `wanted`."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if wanted in line:
            return seen
    pytest.fail(f"ended without {wanted!r}: {seen}")


def test_the_demo_checks_its_own_pages() -> None:
    done = subprocess.run([*DEMO, "--once"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All is as it should be" in done.stdout
    assert done.stderr == ""


def test_the_demo_stays_until_ctrl_c_and_leaves_nothing(taken_port: int) -> None:
    """A port that is taken is passed over, and a second demo does not empty the first one's folder."""
    process = subprocess.Popen(
        [*DEMO, "--port", str(taken_port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that Ctrl-C can be sent to all of them, as a terminal does
    )
    try:
        told = lines_until(process, "Ctrl-C stops everything")
        url = re.search(r"Open +(\S+)", told)
        assert url
        assert f":{taken_port}/" not in url[1]
        assert requests.get(url[1], timeout=10).ok
        second = subprocess.run([*DEMO, "--once"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert "in use by another process" in second.stderr
        assert requests.get(url[1], timeout=10).ok
        started = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        assert (process.returncode, rest.strip()) == (0, "Stopped.")
        assert psutil.wait_procs(started, timeout=10)[1] == []
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def test_ctrl_c_while_it_starts_ends_it_in_words() -> None:
    process = subprocess.Popen(
        [*DEMO], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    lines_until(process, "Starting web server")
    started = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert psutil.wait_procs(started, timeout=20)[1] == []
