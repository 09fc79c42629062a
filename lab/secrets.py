"""Secret values of the lab. Each holds a mark, so that a search tells whether one got anywhere."""

from __future__ import annotations

import hashlib
from typing import Final

SECRET_MARK: Final = "lab-secret-never-keep"  # noqa: S105  (a mark to search for)


def secret_value(*parts: object) -> str:
    """A secret that is the same for the same parts."""
    return f"{SECRET_MARK}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"
