"""Reading the environment."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = sorted(re.findall(r'environment\.\w+\("(\w+)"', (ROOT / "config" / "settings.py").read_text()))

WITH_FILES_THAT_ARE_MISSING = """
import os, runpy, sys
from django.core.exceptions import ImproperlyConfigured
inherited = dict(os.environ)
for name in sys.argv[1:]:
    os.environ.clear()
    os.environ.update({key: value for key, value in inherited.items() if key != name})
    os.environ[f"{name}_FILE"] = "/nowhere/at/all"
    try:
        runpy.run_module("config.settings")
    except ImproperlyConfigured as error:
        print(error)
"""


def manage(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A command of `manage.py` in an environment with `variables`, and without DATABASE_URL where they have none."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=inherited | variables, capture_output=True, text=True, check=False)


def test_a_value_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "value").write_text("from the file\n")
    monkeypatch.setenv("SOME_VALUE_FILE", str(tmp_path / "value"))
    assert environment.text("SOME_VALUE") == "from the file"


@pytest.mark.parametrize("value", ["$HOME", "$$", "a=b", "{{x}}", "%41"])
def test_a_value_is_taken_as_it_is(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_VALUE", value)
    assert environment.text("SOME_VALUE") == value


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "no text in UTF-8"),
    ],
    ids=["missing", "a folder", "binary"],
)
@pytest.mark.parametrize("name", ["SECRET_KEY", "AMPHORA_VAR_DIR", "WEB_PROCESSES"])
def test_a_file_that_cannot_be_read_is_named(name, make, told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "value")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "value"))
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(ImproperlyConfigured, match=rf"{name}_FILE: .*value cannot be read: .*{told}"):
        environment.text(name)


def test_a_value_and_a_file_with_another_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_VALUE", "hidden")
    monkeypatch.setenv("SOME_VALUE_FILE", str(tmp_path / "value"))
    with pytest.raises(ImproperlyConfigured, match="SOME_VALUE and SOME_VALUE_FILE are both set") as caught:
        environment.text("SOME_VALUE")
    assert "hidden" not in str(caught.value)


@pytest.mark.processes
def test_every_setting_may_come_from_a_file(tmp_path: Path) -> None:
    """A file that is missing stops a command for each of them, and names the setting."""
    done = subprocess.run(
        [sys.executable, "-c", WITH_FILES_THAT_ARE_MISSING, *SETTINGS],
        cwd=ROOT,
        env={"PATH": os.defpath, "AMPHORA_VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.findall(r"^(\w+)_FILE: /nowhere/at/all cannot be read: No such file", done.stdout, re.MULTILINE)
    assert told == SETTINGS
    assert {"AMPHORA_VAR_DIR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"} <= set(SETTINGS)


@pytest.mark.parametrize(("value", "meant"), [("yes", True), ("0", False), ("", True), ("TRUE", True), ("off", False)])
def test_flags(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    assert environment.flag("SOME_FLAG", default=True) is meant


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_WORDS", "a.example, b.example ,,")
    assert environment.words("SOME_WORDS") == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["0", "-1", "2.5", "many", "1e3"])
def test_a_number_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_NUMBER wants a whole number"):
        environment.number("SOME_NUMBER", 3)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h:5433/n", {"HOST": "h", "PORT": 5433, "USER": "u", "PASSWORD": "p", "NAME": "n"}),
        ("postgresql://u:p%40%2F%3A%23%25@h/n", {"PASSWORD": "p@/:#%", "HOST": "h"}),
        ("postgres://u:p@x@h/n", {"PASSWORD": "p@x", "HOST": "h"}),
        ("postgres://u:p@[::1]:5432/n", {"HOST": "::1", "PORT": 5432}),
        ("postgres://u@%2Fvar%2Frun%2Fpostgresql/n", {"HOST": "/var/run/postgresql", "PASSWORD": ""}),
        ("postgres://u@/n?host=/run/pg&port=5433", {"HOST": "", "OPTIONS": {"host": "/run/pg", "port": 5433}}),
        ("postgres://u:p@h/n?sslmode=verify-full&sslrootcert=/ca.pem",
         {"OPTIONS": {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}}),
    ],
)  # fmt: skip
def test_a_database_url(url: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_URL", url)
    found = environment.postgres("SOME_URL")
    assert found is not None
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "value",
    [
        "mysql://u:hidden@h/d",
        "hidden",
        "postgres://u:hidden@h:x/d",
        "postgres://u:hid/den@h/d",
        "postgres://u:hidden@h",
    ],
)
def test_an_unusable_database_url_is_told_without_its_value(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_URL", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_URL wants postgres://") as caught:
        environment.postgres("SOME_URL")
    assert "hid" not in str(caught.value)


@pytest.mark.parametrize("value", ["redis://:p%40@h:6380/1", "rediss://h", "redis+socket:///run/redis.sock"])
def test_a_redis_url(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_URL", value)
    assert environment.redis("SOME_URL") == value


@pytest.mark.parametrize("value", ["http://:hidden@h", "h:6379", "redis://:hid/den@h", "redis://h:port"])
def test_an_unusable_redis_url_is_told_without_its_value(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_URL", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_URL wants redis://") as caught:
        environment.redis("SOME_URL")
    assert "hid" not in str(caught.value)


def test_a_secret_is_made_once_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    secret = environment.kept_secret(path)
    assert len(secret) == 64
    assert environment.kept_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["secret"]


def test_an_empty_secret_is_never_used(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(ImproperlyConfigured, match="secret is empty"):
        environment.kept_secret(tmp_path / "secret")


def test_a_secret_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ImproperlyConfigured, match="secret cannot be made or read: No space left"):
        environment.kept_secret(tmp_path / "secret")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DEBUG", "perhaps", "DEBUG wants true or false"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL wants DEBUG"),
        ("REDIS_URL", "http://h", "REDIS_URL wants redis://"),
        ("DATABASE_URL", "sqlite:///hidden", "DATABASE_URL wants postgres://"),
        ("AMPHORA_VAR_DIR", "/dev/null/var", "the folder /dev/null/var cannot be made: Not a directory"),
        ("WORKER_PROCESSES", "none", "WORKER_PROCESSES wants a whole number"),
    ],
)
def test_a_wrong_setting_ends_a_command_in_words(name: str, value: str, told: str, tmp_path: Path) -> None:
    done = manage("check", **{"AMPHORA_VAR_DIR": str(tmp_path), name: value})
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


@pytest.mark.processes
def test_a_database_that_is_away_ends_a_command_in_words(tmp_path: Path) -> None:
    done = manage("migrate", AMPHORA_VAR_DIR=str(tmp_path), DATABASE_URL="postgres://ada:hidden@127.0.0.1:1/amphora")
    assert done.returncode == 2
    assert "The database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr
