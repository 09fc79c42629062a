"""The pictures of the documentation, taken by Chromium of a demo that this runs itself: `make screenshots`.

Ends with status 1 where a page is wider than its window, writes to the console or breaks the content security policy.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lab import pictures

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images"
_SAID = re.compile(r"Open\s+(?P<url>\S+)\s+User\s+(?P<user>\S+)\s+Password\s+(?P<password>\S+)")


def main() -> int:
    if not pictures.chromium():
        sys.stderr.write("Needs Chromium on PATH.\n")
        return 1
    with _demo() as (url, user, password):
        troubles = pictures.for_the_docs(url, user, password, FOLDER)
    for trouble in troubles:
        sys.stderr.write(trouble + "\n")
    return int(bool(troubles))


@contextmanager
def _demo() -> Iterator[tuple[str, str, str]]:
    """A demo of its own; yields its address, user and password."""
    command = [sys.executable, "-m", "lab.demo", "--name", "screenshots", "--port", "8900"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _announced(process.stdout)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def _announced(output: IO[str] | None) -> tuple[str, str, str]:
    said = ""
    for line in output or ():
        said += line
        if found := _SAID.search(said):
            return found["url"], found["user"], found["password"]
    raise SystemExit(f"The demo did not start:\n{said}")


if __name__ == "__main__":
    sys.exit(main())
