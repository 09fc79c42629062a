"""A throw-away installation: its own folder under `var/`, with its own keys and its own PostgreSQL in it."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VAR = Path(__file__).resolve().parent.parent / "var"
_KEPT: Final = frozenset({"beat", "broker", "keys", "pictures", "postgres", "secrets"})
"""Folders under `var/` that hold what is not to be thrown away."""
_OURS: Final = ("DATABASE_", "REDIS_", "SECRET", "AMPHORA_", "DJANGO_", "ALLOWED_", "ALLOW_", "CSRF_", "DEBUG", "HTTPS")
"""Beginnings of settings that an installation must not take over from whoever starts it."""


class InUseError(Exception):
    """Another process uses the folder, or it is none to throw away."""


@contextmanager
def installation(name: str) -> Iterator[Path]:
    """Empty `var/NAME` and let the environment of this process and its children point there.

    Raises InUseError for a name that is none of a throw-away folder, or whose folder another process uses. Nothing
    outside that folder is ever touched.
    """
    folder = _folder(name)
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            raise InUseError(f"{folder} is in use by another process") from fault
        _empty(folder)
        before = dict(os.environ)
        for key in [key for key in os.environ if key.startswith(_OURS)]:
            del os.environ[key]
        os.environ["AMPHORA_VAR_DIR"] = str(folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        try:
            yield folder
        finally:
            os.environ.clear()
            os.environ.update(before)


def _folder(name: str) -> Path:
    """The folder of a name: a direct child of `var/`, and no link to elsewhere."""
    folder = VAR / name
    if not re.fullmatch("[a-z][a-z0-9-]*", name) or name in _KEPT:
        raise InUseError(f"{name!r} names no throw-away folder: choose letters, digits and hyphens, and another name")
    _check(folder)
    return folder


def _check(folder: Path) -> None:
    var = VAR.resolve()
    resolved = folder.resolve()
    if folder.is_symlink() or resolved.parent != var or resolved == var:
        raise InUseError(f"{folder} is no folder of its own under {var}")


def _empty(folder: Path) -> None:
    """Remove and make again, after one more look at what it is."""
    _check(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
