"""Reading the environment, and the private files an installation makes for itself under `var/`.

What cannot be used raises ImproperlyConfigured, with the name of the setting or file and what is wrong with it; never
with a value, which may be secret.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env, FileAwareEnv

_environ = FileAwareEnv()


def text(name: str, default: str = "") -> str:
    """Value of the variable `name`, or the content of the file that `name`_FILE names; stripped of blanks."""
    with _explained(f"{name}_FILE: {os.environ.get(f'{name}_FILE')} cannot be read"):
        return str(_environ.str(name, default)).strip()


def flag(name: str, *, default: bool) -> bool:
    """Value of a variable that is yes or no."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} wants true or false")
    return default


def words(name: str) -> list[str]:
    """Values of a variable that lists some, with commas between them."""
    return [word for word in (part.strip() for part in text(name).split(",")) if word]


def number(name: str, default: int) -> int:
    """Value of a variable that is a whole number from 1 up."""
    value = text(name)
    if value and not (value.isdecimal() and int(value)):
        raise ImproperlyConfigured(f"{name} wants a whole number from 1 up")
    return int(value) if value else default


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    """Value of a variable that is one of `choices`, in upper or lower case."""
    value = text(name).upper() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} wants {', '.join(choices)}")
    return value


def postgres(name: str) -> dict[str, Any] | None:
    """Django's settings of the database whose URL is the value of a variable; None where it is not set."""
    value = text(name)
    if not value:
        return None
    if value.startswith(("postgres://", "postgresql://")):
        with suppress(ValueError):  # for example of a port that is no number
            found: dict[str, Any] = Env.db_url_config(value)
            return found
    raise ImproperlyConfigured(f"{name} wants postgres://USER:PASSWORD@HOST:5432/NAME")


def redis(name: str) -> str:
    """Value of a variable that is the URL of a Redis server."""
    value = text(name)
    if value and not value.startswith(("redis://", "rediss://", "redis+socket://")):
        raise ImproperlyConfigured(f"{name} wants redis://:PASSWORD@HOST:6379/0, or rediss:// for TLS")
    return value


def private_folder(path: Path) -> Path:
    """Makes the folder `path` and those above it that are missing, for us alone. One that exists stays as it is."""
    for folder in [*reversed(path.parents), path]:
        with _explained(f"the folder {folder} cannot be made"):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
    return path


def kept_secret(path: Path) -> str:
    """A random secret of 64 hexadecimal digits, made at the first call and kept in the file `path`."""
    private_folder(path.parent)
    with _explained(f"{path} cannot be made or read"):
        if path.exists():
            return path.read_text()
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        # Linking refuses to replace, so of several processes that start together all keep the first one's secret.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text()


@contextmanager
def _explained(trouble: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImproperlyConfigured(f"{trouble}: {error.strerror or error}") from error
