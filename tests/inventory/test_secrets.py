"""Secrets of tenants."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from inventory import secrets
from inventory.models import Tenant
from inventory.secrets import SecretError, resolve, seal, unseal
from tests.inventory.memory import tenant


@pytest.fixture(autouse=True)
def places(tmp_path: Path, settings: Any) -> None:
    settings.CREDENTIAL_KEYS_FILE = tmp_path / "keys/credential_keys"
    settings.SECRETS_DIR = tmp_path / "secrets"
    settings.SECRETS_DIR.mkdir()


def test_what_is_sealed_comes_back_and_is_not_in_clear(settings: Any) -> None:
    sealed = seal({"password": "marked"})
    assert b"marked" not in sealed
    assert unseal(sealed) == {"password": "marked"}
    assert (seal({}), unseal(b"")) == (b"", {})
    assert stat.S_IMODE(settings.CREDENTIAL_KEYS_FILE.stat().st_mode) == 0o600
    assert len(list(settings.CREDENTIAL_KEYS_FILE.parent.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_keys_that_others_can_write_are_refused(settings: Any, mode: int) -> None:
    sealed = seal({"password": "p"})
    settings.CREDENTIAL_KEYS_FILE.chmod(mode)
    with pytest.raises(SecretError, match="chmod 600"):
        unseal(sealed)


@pytest.mark.parametrize(("mode", "warnings"), [(0o444, 1), (0o644, 1), (0o440, 1), (0o600, 0), (0o400, 0)])
def test_keys_as_orchestrators_mount_them_are_used_with_one_warning(
    settings: Any, caplog: pytest.LogCaptureFixture, mode: int, warnings: int
) -> None:
    sealed = seal({"password": "p"})
    settings.CREDENTIAL_KEYS_FILE.chmod(mode)
    assert [unseal(sealed), unseal(sealed)] == [{"password": "p"}] * 2
    assert len(caplog.records) == warnings


@pytest.mark.parametrize("content", ["", "no key\n"])
def test_a_file_without_keys_is_an_error(settings: Any, content: str) -> None:
    seal({"password": "p"})
    settings.CREDENTIAL_KEYS_FILE.write_text(content)
    with pytest.raises(SecretError, match="key"):
        seal({"password": "p"})


def test_lost_keys_are_not_made_anew_to_open_with(settings: Any) -> None:
    sealed = seal({"password": "p"})
    settings.CREDENTIAL_KEYS_FILE.rename(settings.CREDENTIAL_KEYS_FILE.with_name("moved"))
    with pytest.raises(SecretError, match="gone"):
        unseal(sealed)
    seal({"password": "other"})
    with pytest.raises(SecretError, match="cannot be opened"):
        unseal(sealed)


@pytest.mark.django_db
def test_rotation_seals_all_anew_and_two_of_them_drop_a_key(settings: Any) -> None:
    acme, _ = tenant("acme", credential=seal({"password": "p"})), tenant("none")
    old = settings.CREDENTIAL_KEYS_FILE.read_text().split()[0]
    before = bytes(acme.credential)
    assert secrets.rotate_all() == 1
    acme.refresh_from_db()
    assert bytes(acme.credential) != before
    assert unseal(acme.credential) == unseal(before) == {"password": "p"}
    call_command("rotate_credential_keys", verbosity=0)
    assert old not in settings.CREDENTIAL_KEYS_FILE.read_text()
    assert unseal(Tenant.objects.get(name="acme").credential) == {"password": "p"}
    assert stat.S_IMODE(settings.CREDENTIAL_KEYS_FILE.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_a_rotation_that_cannot_open_a_credential_keeps_every_key(settings: Any) -> None:
    tenant(credential=b"garbage")
    kept = seal({"password": "p"})
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("rotate_credential_keys")
    assert unseal(kept) == {"password": "p"}


@pytest.mark.django_db
def test_credentials_move_to_a_key_that_was_put_first_by_hand(settings: Any) -> None:
    file = settings.CREDENTIAL_KEYS_FILE
    tenant(credential=seal({"password": "p"}))
    old, new = file.read_text(), Fernet.generate_key().decode()
    file.write_text(f"{new}\n{old}")
    assert unseal(Tenant.objects.get().credential) == {"password": "p"}
    call_command("rotate_credential_keys", "--keep-file", verbosity=0)
    file.write_text(new)
    assert unseal(Tenant.objects.get().credential) == {"password": "p"}


@pytest.mark.django_db
def test_a_key_file_that_cannot_be_replaced_leaves_no_other_behind(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    tenant(credential=seal({"password": "p"}))
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(SecretError, match=r"busy.*--keep-file"):
        secrets.rotate_all()
    assert list(settings.CREDENTIAL_KEYS_FILE.parent.iterdir()) == [settings.CREDENTIAL_KEYS_FILE]
    assert unseal(Tenant.objects.get().credential) == {"password": "p"}


def test_references_name_a_variable_or_a_file(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPHORA_SECRET_ACME", "from the environment")
    (settings.SECRETS_DIR / "acme.txt").write_text("from a file\n")
    assert resolve("env:AMPHORA_SECRET_ACME") == "from the environment"
    assert resolve("file:acme.txt") == "from a file"
    assert resolve("a plain: secret") == "a plain: secret"


@pytest.mark.parametrize(
    "reference",
    ["env:SECRET_KEY", "env:AMPHORA_SECRET_UNSET", "env:", "file:../outside", "file:link", "file:none", "file:",
     "file:/etc/hostname", "file:.hidden", "file:empty", "file:folder", "file:" + "x" * 300],
)  # fmt: skip
def test_nothing_else_can_be_named(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", "marked")
    for path in (tmp_path / "outside", settings.SECRETS_DIR / ".hidden"):
        path.write_text("marked")
    (settings.SECRETS_DIR / "link").symlink_to(tmp_path / "outside")
    (settings.SECRETS_DIR / "empty").touch()
    (settings.SECRETS_DIR / "folder").mkdir()
    with pytest.raises(SecretError) as refusal:
        resolve(reference)
    assert "marked" not in str(refusal.value)
