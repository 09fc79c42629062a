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
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env


def text(name: str) -> str:
    """Value of the variable `name`, or the content of the file that `name`_FILE names; stripped of blanks.

    Empty where neither is set. Raises ImproperlyConfigured where both are, or the file cannot be read.
    """
    value, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if value and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; which one counts?")
    if file:
        with _explained(f"{name}_FILE: {file} cannot be read"):
            value = Path(file).read_text(encoding="utf-8")
    return value.strip()


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
            found["HOST"] = unquote(found["HOST"])  # libpq takes a socket's folder as %2Fvar%2Frun%2Fpostgresql.
            if found["NAME"]:
                return found
    raise ImproperlyConfigured(f"{name} wants postgres://USER:PASSWORD@HOST:5432/NAME")


def redis(name: str) -> str:
    """Value of a variable that is the URL of a Redis server."""
    value = text(name)
    if value.startswith(("redis://", "rediss://", "redis+socket://")):
        with suppress(ValueError):
            urlsplit(value).port  # noqa: B018 - raises where it is no number, such as for a password with a slash
            return value
    if value:
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
        if not path.exists():
            _make_secret(path)
        kept = path.read_text(encoding="utf-8").strip()
    if not kept:
        raise ImproperlyConfigured(f"{path} is empty; restore it from a backup, or remove it to have a new one made")
    return kept


def _make_secret(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())  # A name without content would outlive a power cut, and lock us out.
        # Linking refuses to replace, so of several processes that start together all keep the first one's secret.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _explained(trouble: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImproperlyConfigured(f"{trouble}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{trouble}: it is no text in UTF-8") from error
