"""`manage.py scan`: what it prints, and with which code it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from inventory.models import App, Tenant
from posture import catalogue
from posture.scan_inputs import existing_file

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "scan-output.schema.json").read_text())

Scan = Callable[..., tuple[int, str]]


@pytest.fixture
def scan(capsys: pytest.CaptureFixture[str]) -> Scan:
    """Runs the command; gives the exit code and what stands on stdout."""

    def run(*arguments: Any) -> tuple[int, str]:
        code = 0
        try:
            call_command("scan", *map(str, arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        except CommandError as refused:
            code = refused.returncode
        return code, capsys.readouterr().out

    return run


def clients(path: Path, *documents: dict[str, Any]) -> Path:
    """A file of client metadata as RFC 7591 has it."""
    sound = {
        "redirect_uris": ["https://app.example.com/cb"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "application_type": "web",
    }
    path.write_text(json.dumps([{"client_id": f"app-{n}", **sound, **one} for n, one in enumerate(documents)]))
    return path


def checked(text: str) -> dict[str, Any]:
    """The one object that was printed, after a look whether it is of the published form."""
    found: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_prints_one_object_with_every_control_on_every_app(scan: Scan, tmp_path: Path) -> None:
    file = clients(tmp_path / "clients.json", {}, {"response_types": ["token"]})
    code, text = scan(file, "--format", "json")
    found = checked(text)
    assert code == 0
    assert found["inputs"] == [{"source": str(file), "kind": "oidc", "error": None}]
    assert [app["client_id"] for app in found["apps"]] == ["app-0", "app-1"]
    assert all(set(app["verdicts"]) == set(catalogue.by_id()) for app in found["apps"])
    assert [app["verdicts"]["RSP-03"]["outcome"] for app in found["apps"]] == ["pass", "fail"]


def test_the_table_fits_a_terminal(scan: Scan, tmp_path: Path) -> None:
    code, text = scan(clients(tmp_path / "c.json", {"client_name": "N" * 300, "response_types": ["token"]}))
    assert code == 0
    assert "RSP-03" in text
    assert max(map(len, text.splitlines())) <= 100


def test_fail_on_ends_with_one_for_a_fail_of_that_severity(scan: Scan, tmp_path: Path) -> None:
    loose = clients(tmp_path / "loose.json", {"redirect_uris": ["http://app.example.com/cb"]})
    level = catalogue.by_id()["RED-03"].level.value
    assert scan(loose, "--environment", "production")[0] == 0
    assert scan(loose, "--environment", "production", "--fail-on", level)[0] == 1
    assert scan(clients(tmp_path / "sound.json", {}), "--fail-on", "critical")[0] == 0


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('[{"client_id": "a"', "line 1"),
        ("", "empty"),
        ("[1, 2]", "clients"),
        ('{"realm": "r", "clients": {"a": 1}}', "clients"),
        ('{"nothing": "known"}', ""),
        ("\x00\x01", ""),
    ],
    ids=["truncated", "empty", "numbers", "wrong type", "unknown", "binary"],
)
def test_a_broken_file_ends_with_two_and_the_others_are_shown(
    scan: Scan, tmp_path: Path, content: str, place: str
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(content)
    code, text = scan(broken, clients(tmp_path / "sound.json", {}), "--format", "json")
    found = checked(text)
    assert code == 2
    assert [bool(one["error"]) for one in found["inputs"]] == [True, False]
    assert "Traceback" not in found["inputs"][0]["error"]
    assert place in found["inputs"][0]["error"]
    assert len(found["apps"]) == 1


@pytest.mark.parametrize("name", ["nothing of this name", "", "x" * 5000, "nul \0 in it"])
def test_what_is_neither_file_nor_tenant_ends_with_two(scan: Scan, name: str) -> None:
    code, text = scan(name, "--format", "json")
    assert code == 2
    assert "no such file" in checked(text)["inputs"][0]["error"]


def test_what_is_no_readable_file_is_told_apart(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    said = {
        "folder": "it is a directory",
        "pipe": "it is no ordinary file",
        "loop": "there is no such file",
        "dangling": "there is no such file",
    }
    code, text = scan(*(tmp_path / name for name in said), "--format", "json")
    assert code == 2
    for one, beginning in zip(checked(text)["inputs"], said.values(), strict=True):
        assert one["error"].startswith(beginning)


def test_a_file_that_is_closed_to_us_is_no_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "lstat", refuse)
    assert existing_file("/closed/realm.json") == Path("/closed/realm.json")


def test_a_file_ends_nothing_of_another(scan: Scan, tmp_path: Path) -> None:
    scan(clients(tmp_path / "one.json", {}, {}))
    scan(clients(tmp_path / "two.json", {}))
    assert Tenant.objects.count() == 2
    assert App.objects.filter(ended_at=None).count() == 3
    scan(clients(tmp_path / "one.json", {}))
    assert App.objects.filter(ended_at=None).count() == 2


def _documents(folder: str) -> list[Path]:
    return sorted((ROOT.parent / "shared" / "data" / folder).glob("*.json"))


@pytest.mark.parametrize("folder", ["realms", "discovery"])
def test_real_files_are_read_and_no_control_fails_itself(scan: Scan, shared: Path, folder: str) -> None:
    files = _documents(folder)
    code, text = scan(*files, "--format", "json")
    found = checked(text)
    assert [one["error"] for one in found["inputs"]] == [None] * len(files)
    assert code == 0
    subjects = found["apps"] + found["authorization_servers"]
    assert subjects
    assert "error" not in {one["outcome"] for subject in subjects for one in subject["verdicts"].values()}


AUTHENTICATION = {"web": "client_secret_basic", "native": "none", "spa": "none"}


def _found_in_vectors(
    scan: Scan, shared: Path, tmp_path: Path, environment: str, **members: Any
) -> list[tuple[str, set[str], set[str]]]:
    """Each published vector as a client of a file: its URI, what is expected, and every redirect control of the client
    that does not pass."""
    published = json.loads((shared / "controls" / "catalogue.json").read_text())["redirect_test_vectors"]
    vectors = [one for one in published if one["environment"] == environment and one["uri"] != "(empty list)"]
    documents = [
        {
            "client_id": f"vector-{number:03}",
            "redirect_uris": [vector["uri"]],
            "application_type": vector["application_type"],
            "token_endpoint_auth_method": AUTHENTICATION[vector["application_type"]],
            **members,
        }
        for number, vector in enumerate(vectors)
    ]
    file = clients(tmp_path / "vectors.json", *documents)
    apps = checked(scan(file, "--environment", environment, "--format", "json")[1])["apps"]
    # RED-02 is about the server, of which a file of clients says nothing.
    ours = {control_id for control_id in catalogue.by_id() if control_id.startswith("RED")} - {"RED-02"}
    return [
        (
            vector["uri"],
            {text for text in vector["expected"] if text.split(":")[0] in ours},
            {f"{one}:{app['verdicts'][one]['outcome']}" for one in ours}
            - {f"{one}:{o}" for one in ours for o in PASSES},
        )
        for vector, app in zip(vectors, apps, strict=True)
    ]


PASSES = ("pass", "not_applicable")


@pytest.mark.parametrize(("environment", "count"), [("production", 57), ("development", 1)])
def test_the_published_redirect_vectors_hold(
    scan: Scan, shared: Path, tmp_path: Path, environment: str, count: int
) -> None:
    # The vectors assume that PKCE-01 passes. No registered client metadata says so, hence a member of ours.
    found = _found_in_vectors(scan, shared, tmp_path, environment, pkce_required=True)
    assert len(found) >= count
    assert [(uri, verdicts) for uri, _, verdicts in found] == [(uri, expected) for uri, expected, _ in found]


def test_without_a_word_on_pkce_a_sound_private_scheme_is_open_and_nothing_else(
    scan: Scan, shared: Path, tmp_path: Path
) -> None:
    found = _found_in_vectors(scan, shared, tmp_path, "production")
    assert {uri: verdicts - expected for uri, expected, verdicts in found if verdicts != expected} == {
        "com.example.app:/cb": {"RED-06:unknown"},
        "com.googleusercontent.apps.123:/cb": {"RED-06:unknown"},
        "msauth.com.contoso.app://auth": {"RED-06:unknown"},
    }
