"""Running a program as nobody where we are root: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import stat
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypedDict

from config.postgres.errors import EmbeddedPostgresError

_SHARED_TRAVERSAL = stat.S_IXOTH
_PASSING = {"dac_read_search": 2, "dac_override": 1}
"""Capability -> its number, the weaker one first: the second one may also write."""


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
    setpriv, capability = shutil.which("setpriv"), _capability()
    if not setpriv or not capability:
        raise EmbeddedPostgresError(
            "As root, PostgreSQL has to run as the user nobody, and a folder above Amphora's is closed to that user. "
            "Run Amphora as an ordinary user, or set DATABASE_URL to a server of your own."
        )
    wrapper = [
        setpriv,
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        f"--inh-caps=+{capability}",
        f"--ambient-caps=+{capability}",
        "--securebits=+no_setuid_fixup",
        "--",
    ]
    return [*wrapper, *command], {}


def _capability() -> str:
    """The weakest capability of ours that passes a closed folder; empty where we have none. Containers drop some."""
    status = Path("/proc/self/status").read_text() if sys.platform == "linux" else ""
    held = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:")), 0)
    return next((name for name, bit in _PASSING.items() if held >> bit & 1), "")


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and there is no user nobody. Run Amphora as an ordinary user."
        ) from error


def _is_closed(path: Path) -> bool:
    return any(not folder.stat().st_mode & _SHARED_TRAVERSAL for folder in path.resolve().parents if folder.exists())
