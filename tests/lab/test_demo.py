"""The demo, as `make demo ONCE=1` runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.processes
def test_the_demo_checks_its_own_pages() -> None:
    command = [sys.executable, "-m", "lab.demo", "--once", "--name", "demo-test", "--port", "18400"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All is as it should be" in done.stdout
