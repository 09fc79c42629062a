"""Reading the environment."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

ROOT = Path(__file__).resolve().parents[2]


def test_a_value_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "value").write_text("from the file\n")
    monkeypatch.setenv("SOME_VALUE_FILE", str(tmp_path / "value"))
    assert environment.text("SOME_VALUE") == "from the file"


def test_a_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOST_VALUE_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ImproperlyConfigured, match=r"LOST_VALUE_FILE.*nowhere.*No such file"):
        environment.text("LOST_VALUE")


@pytest.mark.parametrize(("value", "meant"), [("yes", True), ("0", False), ("", True), ("TRUE", True)])
def test_flags(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    assert environment.flag("SOME_FLAG", default=True) is meant


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_WORDS", "a.example, b.example ,,")
    assert environment.words("SOME_WORDS") == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["mysql://u:hidden@h/d", "hidden", "postgres://u:hidden@h:x/d"])
def test_an_unusable_database_url_is_told_without_its_value(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_URL", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_URL wants postgres://") as caught:
        environment.postgres("SOME_URL")
    assert "hidden" not in str(caught.value)


def test_a_secret_is_made_once_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    secret = environment.kept_secret(path)
    assert len(secret) == 64
    assert environment.kept_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["secret"]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DEBUG", "perhaps", "DEBUG wants true or false"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL wants DEBUG"),
        ("REDIS_URL", "http://h", "REDIS_URL wants redis://"),
    ],
)
def test_a_wrong_setting_ends_a_command_in_words(name: str, value: str, told: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"AMPHORA_VAR_DIR": str(tmp_path), name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
