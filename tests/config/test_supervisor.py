"""The supervisor, over real processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


def supervise(*bodies: str) -> "subprocess.Popen[str]":
    programs = ", ".join(
        f"Program('p{number}', [sys.executable, '-uc', {textwrap.dedent(body)!r}])"
        for number, body in enumerate(bodies)
    )
    script = (
        "import os, sys\nfrom config.supervisor import Program, Supervisor\n"
        f"Supervisor([{programs}], lambda line: print(line, flush=True)).run()\n"
    )
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def next_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


STAYS = "import os, time\nprint(os.getpid())\ntime.sleep(100)"


def test_what_dies_is_started_again_and_all_end_with_it() -> None:
    process = supervise(STAYS)
    first = int(next_line(process).removeprefix("p0: "))
    os.kill(first, signal.SIGKILL)
    assert "ended with status -9" in next_line(process)
    second = int(next_line(process).removeprefix("p0: "))
    assert second != first
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert not psutil.pid_exists(second)


def test_the_last_one_started_is_stopped_first() -> None:
    says = """
        import signal, sys, time
        def end(*_):
            print('ends')
            sys.exit()
        signal.signal(signal.SIGTERM, end)
        print('runs')
        time.sleep(100)
    """
    process = supervise(says, says)
    assert sorted([next_line(process), next_line(process)]) == ["p0: runs", "p1: runs"]
    process.send_signal(signal.SIGINT)
    assert [next_line(process), next_line(process)] == ["p1: ends", "p0: ends"]
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_supervisor_takes_its_programs_along() -> None:
    process = supervise(STAYS)
    child = psutil.Process(int(next_line(process).removeprefix("p0: ")))
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
