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


def ended(process: psutil.Process, within: float = 10) -> bool:
    """Whether the process is gone, or dead and not yet waited for."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def supervise(*bodies: str, before: str = "") -> "subprocess.Popen[str]":
    programs = ", ".join(
        f"Program('p{number}', [sys.executable, '-uc', {textwrap.dedent(body)!r}])"
        for number, body in enumerate(bodies)
    )
    script = (
        "import sys\nfrom config import supervisor\nfrom config.supervisor import Program, Supervisor\n"
        f"{before}\nSupervisor([{programs}], lambda line: print(line, flush=True)).run()\n"
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


def test_what_a_dead_program_started_ends_with_it() -> None:
    """A worker of a web server that was killed would hold its port, one of Celery its work."""
    parent = """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])
        print(os.getpid(), child.pid)
        time.sleep(100)
    """
    process = supervise(parent)
    leader, child = (int(part) for part in next_line(process).removeprefix("p0: ").split())
    outlives = psutil.Process(child)
    os.kill(leader, signal.SIGKILL)
    assert "ended with status -9" in next_line(process)
    assert ended(outlives)
    process.terminate()
    process.communicate(timeout=20)


def test_a_program_that_keeps_failing_is_started_less_and_less_often() -> None:
    process = supervise("raise SystemExit(3)")
    told = [next_line(process) for _ in range(3)]
    process.terminate()
    process.communicate(timeout=20)
    assert told == [f"p0 ended with status 3; starts again in {pause} s" for pause in (0, 1, 3)]


def test_a_program_that_cannot_be_started_does_not_stop_the_others() -> None:
    script = (
        "import sys\nfrom config.supervisor import Program, Supervisor\n"
        f"stays = Program('stays', [sys.executable, '-uc', {STAYS!r}])\n"
        "Supervisor([Program('gone', ['/no/such/program']), stays], lambda line: print(line, flush=True)).run()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert next_line(process) == "gone cannot be started: No such file or directory"
    assert next_line(process).startswith("stays: ")
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_program_that_does_not_stop_is_killed() -> None:
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(100)"
    # Whoever runs the tests may have had SIGHUP ignored, as nohup does, and a child takes that over.
    heard = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_DFL)"
    process = supervise(deaf, before=f"{heard}\nsupervisor.STOP_SECONDS = 0.5")
    assert next_line(process) == "p0: deaf"
    process.send_signal(signal.SIGHUP)  # as when its terminal is closed
    assert process.communicate(timeout=20)[0] == "p0 does not stop; it is killed\n"
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_supervisor_takes_its_programs_along() -> None:
    process = supervise(STAYS)
    child = psutil.Process(int(next_line(process).removeprefix("p0: ")))
    process.kill()
    process.communicate()
    assert ended(child)
