"""Secrets of tenants: sealed in the database, or kept elsewhere and named by a reference.

The keys stand in a file of their own, apart from the database and from SECRET_KEY: one a line, the newest first. The
newest seals, any of them opens.

The file is made for its owner alone. One that others can read is used, with a warning, because orchestrators mount
secrets that way (Docker with mode 0444, Kubernetes with 0644); one that others can write is refused, because whoever
puts a key of their own first can open all that is sealed from then on.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection, transaction

from connectors.errors import ConnectorError
from inventory.models import Tenant

logger = logging.getLogger(__name__)

ROTATING: Final = 7_265_746_826
"""Key of the advisory lock that lets one rotation at a time have the file."""
_VARIABLE: Final = re.compile(r"AMPHORA_SECRET_[A-Z0-9_]+")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


class SecretError(ConnectorError):
    """A secret cannot be read or kept. The message holds no secret."""


def seal(secret_settings: Mapping[str, str]) -> bytes:
    """Encrypt settings by name; nothing is empty. Makes the key file at first use. Raises SecretError."""
    if not secret_settings:
        return b""
    _make_keys_file()
    return _fernet(_keys()).encrypt(json.dumps(dict(secret_settings)).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """The settings that `seal` encrypted. Raises SecretError where no key of the file opens them."""
    if not sealed:
        return {}
    try:
        found: dict[str, str] = json.loads(_fernet(_keys()).decrypt(bytes(sealed)))
    except InvalidToken:
        raise SecretError(
            f"The stored credential cannot be opened with the keys in {_path()}: bring back the file that sealed it, or"
            " enter the credential again."
        ) from None
    return found


def resolve(value: str) -> str:
    """The secret that a setting holds, or that it names: `env:AMPHORA_SECRET_...`, or `file:NAME` in SECRETS_DIR.

    Nothing else can be named, so that who edits a tenant cannot send our own secrets to an address of their choice.
    Raises SecretError.
    """
    if value.startswith("env:"):
        return _from_variable(value.removeprefix("env:"))
    if value.startswith("file:"):
        return _from_file(value.removeprefix("file:"))
    return value


def rotate_all() -> int:
    """Make a new key, seal every stored credential with it, and return how many there were.

    The key before it stays in the file until the next rotation, for what another process sealed at the same moment;
    older ones are dropped. Raises SecretError, and then every key is still there.
    """
    _make_keys_file()
    with transaction.atomic():
        _one_at_a_time()
        keys = [Fernet.generate_key().decode(), *_keys()]
        _replace_keys_file(keys)
        count = _seal_all()
    _replace_keys_file(keys[:2])
    return count


@transaction.atomic
def seal_again() -> int:
    """Seal every stored credential with the newest key of the file as it stands, and return how many there were.

    For a file that is mounted read-only, and changed where it comes from. Raises SecretError.
    """
    _one_at_a_time()
    return _seal_all()


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROTATING])


def _seal_all() -> int:
    sealed = Tenant.objects.exclude(credential=b"").order_by("pk").select_for_update()
    for tenant in sealed:
        Tenant.objects.filter(pk=tenant.pk).update(credential=seal(unseal(tenant.credential)))
    return len(sealed)


def _from_variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise SecretError("After env: comes the name of a variable that starts with AMPHORA_SECRET_, in capitals.")
    value = os.environ.get(name, "")
    if not value:
        raise SecretError(f"The environment variable {name} is not set, or empty.")
    return value


def _from_file(name: str) -> str:
    if not _FILE_NAME.fullmatch(name):
        raise SecretError("After file: comes the name of a file in the secrets folder, without a path.")
    folder = Path(settings.SECRETS_DIR)
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise SecretError(f"There is no file {name} in the secrets folder.")
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SecretError(f"The file {name} in the secrets folder cannot be read as text.") from None
    if not value:
        raise SecretError(f"The file {name} in the secrets folder is empty.")
    return value


def _path() -> Path:
    return Path(settings.CREDENTIAL_KEYS_FILE)


def _keys() -> list[str]:
    path = _path()
    try:
        with path.open(encoding="ascii") as file:
            _check_mode(path, os.fstat(file.fileno()).st_mode)
            keys = file.read().split()
    except FileNotFoundError:
        raise SecretError(f"The keys of stored credentials are gone: there is no file {path}.") from None
    except (OSError, UnicodeDecodeError):
        raise SecretError(f"The keys of stored credentials cannot be read: {path}.") from None
    if not keys:
        raise SecretError(f"There is no key in {path}.")
    return keys


def _check_mode(path: Path, mode: int) -> None:
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SecretError(f"Others can write the keys in {path}: take that right away (chmod 600).")
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        _warn_of_readers(path)


@lru_cache
def _warn_of_readers(path: Path) -> None:
    """Once in a process: every scan reads the keys."""
    logger.warning("others on this machine can read the keys in %s: take that right away if you can (chmod 600)", path)


def _fernet(keys: Sequence[str]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise SecretError(f"A line of {_path()} is no key.") from None


def _make_keys_file() -> None:
    """Make the file with one key unless it is there. Of two at the same time one makes it, and both use that."""
    path = _path()
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _draft([Fernet.generate_key().decode()]) as draft, suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise SecretError(f"The keys of credentials cannot be kept in {path}: {error.strerror}.") from None


def _replace_keys_file(keys: Sequence[str]) -> None:
    try:
        with _draft(keys) as draft:
            draft.replace(_path())
    except OSError as error:
        raise SecretError(
            f"The keys of credentials cannot be kept in {_path()}: {error.strerror}. Where the file is mounted, put a"
            " new key first where it comes from, and rotate with --keep-file."
        ) from None


@contextmanager
def _draft(keys: Sequence[str]) -> Iterator[Path]:
    """A whole new file beside the real one, for its owner alone from the start; gone at the end unless it was moved."""
    draft = _path().with_name(f"{_path().name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
