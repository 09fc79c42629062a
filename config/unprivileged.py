"""Running a program as nobody where we are root: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypedDict

from config.postgres.errors import EmbeddedPostgresError

_SHARED_TRAVERSAL = stat.S_IXOTH


class Identity(TypedDict, total=False):
    """Arguments of subprocess that change who runs a program; empty where nothing changes."""

    user: int
    group: int
    extra_groups: list[int]


def needed() -> bool:
    """Whether we are root."""
    return os.geteuid() == 0


def give(path: Path) -> None:
    """Makes nobody the owner of `path`, where programs run as nobody."""
    if needed():
        nobody = _nobody()
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def as_nobody(command: Sequence[str], reaching: Iterable[Path]) -> tuple[list[str], Identity]:
    """The command and the identity to run it with. `reaching`: what it has to open below folders that may be closed.

    A closed folder above them, such as /root, keeps its mode: the program gets the one capability that passes it.
    """
    if not needed():
        return list(command), {}
    nobody = _nobody()
    if not any(_is_closed(path) for path in reaching):
        return list(command), {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise EmbeddedPostgresError(
            "As root, PostgreSQL has to run as the user nobody, and a folder above Amphora's is closed to that user. "
            "Run Amphora as an ordinary user, or set AMPHORA_VAR_DIR to a folder that others may pass through."
        )
    wrapper = [
        setpriv,
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--securebits=+no_setuid_fixup",
        "--",
    ]
    return [*wrapper, *command], {}


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and there is no user nobody. Run Amphora as an ordinary user."
        ) from error


def _is_closed(path: Path) -> bool:
    return any(not folder.stat().st_mode & _SHARED_TRAVERSAL for folder in path.resolve().parents if folder.exists())
