"""Commands as processes: how they end when something around them fails. Never with a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from django.conf import settings

from config.embedded_postgres import EmbeddedPostgres
from inventory import tenants
from inventory.models import Sync
from tests import metadata_files

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[2]
NO_SERVER = "postgres://amphora:hunter2@127.0.0.1:9/amphora"


def started(arguments: Sequence[str | Path], environment: Mapping[str, str], stdout: int) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    stdout, stderr = process.communicate(timeout=90)
    assert "Traceback" not in stderr, stderr
    return process.returncode, stdout, stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DATABASE_URL": NO_SERVER}, "The database cannot be used"),
        ({"DATABASE_URL": "mysql://amphora:hunter2@db/amphora"}, "DATABASE_URL wants postgres://"),
        ({"DATABASE_URL": "postgres://amphora:hunter2@db:port/amphora"}, "DATABASE_URL wants postgres://"),
        ({"AMPHORA_VAR_DIR": "/dev/null/var"}, "/dev/null/var"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL wants"),
    ],
)
def test_settings_that_cannot_be_used_are_named_and_secrets_are_not(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "AMPHORA_VAR_DIR": str(tmp_path), **changes}
    code, stdout, stderr = ended(started(["scan", "a", "--format", "json"], environment, subprocess.PIPE))
    assert (code, stdout) == (2, "")
    assert said in stderr
    assert "hunter2" not in stderr


@pytest.mark.django_db(transaction=True)
def test_a_database_without_tables_is_told_of(live_environment: dict[str, str]) -> None:
    empty = live_environment | {"PGOPTIONS": "-c search_path=pg_temp"}
    code, _, stderr = ended(started(["create_api_token", "ada"], empty, subprocess.PIPE))
    assert code == 2
    assert "manage.py migrate" in stderr


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_goes_away_is_no_fault(live_environment: dict[str, str], tmp_path: Path) -> None:
    file = metadata_files.write(tmp_path / "clients.json", *[{}] * 20)
    reader, writer = os.pipe()
    os.close(reader)
    code, _, stderr = ended(started(["scan", file, "--format", "json"], live_environment, writer))
    os.close(writer)
    assert (code, stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [["controls"], ["connectors", "--format", "json"]])
def test_a_full_disk_is_named(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        code, _, stderr = ended(started(arguments, os.environ, full.fileno()))
    assert code == 2
    assert "No space left" in stderr


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_cancels_the_scan_that_runs_here(live_environment: dict[str, str], tmp_path: Path) -> None:
    environment = live_environment | {"CREDENTIAL_KEYS_FILE": str(settings.CREDENTIAL_KEYS_FILE)}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        details = tenants.Details(name="Silent", settings={"issuer": issuer}, allow_private=True)
        tenant = tenants.create("oidc", details)
        process = started(["scan", "Silent", "--format", "json"], environment, subprocess.PIPE)
        silent.settimeout(60)
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        code, stdout, stderr = ended(process)
        connection.close()
    assert (code, stdout, stderr.strip()) == (130, "", "interrupted")
    assert Sync.objects.get(tenant=tenant).state == Sync.State.CANCELLED


def test_two_first_scans_at_once_both_find_a_database(tmp_path: Path) -> None:
    file = metadata_files.write(tmp_path / "clients.json", {}, metadata_files.IMPLICIT)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"AMPHORA_VAR_DIR": str(tmp_path / "var"), "DEBUG": "1", "LOG_LEVEL": "DEBUG"}
    arguments = ["scan", file, "--format", "json"]
    try:
        answers = [ended(one) for one in [started(arguments, environment, subprocess.PIPE) for _ in range(2)]]
    finally:
        EmbeddedPostgres(tmp_path / "var" / "postgres").stop()
    assert [code for code, _, _ in answers] == [0, 0], answers
    assert answers[0][1] == answers[1][1]
    assert len(json.loads(answers[0][1])["apps"]) == 2
