"""Keeping an installation's processes running: start, restart with a growing pause, stop all."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from config.ancestry import STARTED_BY

STOP_SECONDS = 10.0
"""How long a program may take to stop. A scan that takes longer goes on when Amphora is started again."""
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A program that ran this long is restarted at once, as if for the first time."""

_POLL_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Program:
    """A command that is to run all the time. `name` stands before each of its lines."""

    name: str
    command: Sequence[str]


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = field(default=0.0)


class Supervisor:
    """Runs `programs` as long as process `parent` is ours; writes their lines and its own by `say`."""

    def __init__(self, programs: Sequence[Program], say: Callable[[str], None], parent: int = STARTED_BY) -> None:
        self.programs = programs
        self.say = say
        self.parent = parent
        self._signals: list[int] = []

    def run(self) -> None:
        """Runs all until told to stop, or until our parent is gone; then stops them, the last one first."""
        told_by = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as nohup wants it
            told_by.remove(signal.SIGHUP)
        former = {number: signal.signal(number, self._note) for number in told_by}
        running = [_Running(program) for program in self.programs]
        stays = self.parent == 1  # Started by init: no parent to lose.
        try:
            while not self._signals and (stays or os.getppid() == self.parent):
                for one in running:
                    self._keep_up(one)
                if os.getpid() == 1:
                    _reap_orphans(running)
                time.sleep(_POLL_SECONDS)
        finally:
            self._stop(running)
            for number, handler in former.items():
                signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def _keep_up(self, one: _Running) -> None:
        now = time.monotonic()
        if one.process is not None:
            status = one.process.poll()
            if status is None:
                return
            one.failures = 1 if now - one.started > STEADY_SECONDS else one.failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** min(one.failures - 1, 10) - 1)
            _kill_group(one.process.pid)  # Processes of its own that outlived it would hold its port, or its work.
            one.process, one.not_before = None, now + pause
            self.say(f"{one.program.name} ended with status {status}; starts again in {pause:.0f} s")
        if now >= one.not_before:
            self._start(one)

    def _start(self, one: _Running) -> None:
        one.started = time.monotonic()
        try:
            one.process = subprocess.Popen(
                list(one.program.command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # A session of its own, so that Ctrl-C reaches us alone and we stop them in order.
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - calls nothing but the system
            )
        except OSError as error:
            one.failures += 1
            one.not_before = one.started + LONGEST_PAUSE_SECONDS
            self.say(f"{one.program.name} cannot be started: {error.strerror}")
            return
        if one.process.stdout:
            threading.Thread(target=self._relay, args=(one.program.name, one.process.stdout), daemon=True).start()

    def _relay(self, name: str, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self.say(f"{name}: {line.rstrip()}")

    def _stop(self, running: Sequence[_Running]) -> None:
        for one in reversed(running):
            if one.process is None or one.process.poll() is not None:
                continue
            one.process.send_signal(signal.SIGTERM)
            try:
                one.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.say(f"{one.program.name} does not stop; it is killed")
            _kill_group(one.process.pid)
            one.process.wait()


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: of a group that has nothing but dead processes
        os.killpg(leader, signal.SIGKILL)


def _reap_orphans(running: Sequence[_Running]) -> None:
    """As a container's first process: forget the dead whose own parents are gone, as init does."""
    ours = {one.process.pid for one in running if one.process is not None}
    with suppress(ChildProcessError):
        while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if dead.si_pid in ours:
                return  # Its end is noticed in the next round.
            os.waitpid(dead.si_pid, 0)


def _end_with_parent() -> None:
    """In the child, on Linux: the system sends SIGTERM when we die without having stopped it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
