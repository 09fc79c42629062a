"""`manage.py up`, whole: web server, worker and scheduler over one database."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


@pytest.mark.django_db(transaction=True)
def test_up_serves_works_and_stops(live_environment: dict[str, str], free_port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{free_port}"]
    env = live_environment | {"LOG_LEVEL": "INFO"}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and "posture.tick" not in log.read_text().partition("worker:")[2]:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        page = requests.get(f"http://127.0.0.1:{free_port}/", timeout=10)
        assert page.url.endswith("/login/?next=/")
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"]
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 3
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert process.returncode == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert "succeeded" in log.read_text()


def test_an_address_that_is_none_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--bind", "localhost"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "HOST:PORT" in done.stderr
