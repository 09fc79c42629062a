"""Versions of Keycloak, and of Red Hat's builds of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.facts import Json

Version = tuple[int, int, int]

_NUMBERS: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.([0-9]{1,3}))?")
_RED_HAT_SSO: Final[Mapping[int, Version]] = {
    0: (1, 9, 8), 1: (2, 5, 5), 2: (3, 4, 3), 3: (4, 8, 3), 4: (9, 0, 3), 5: (15, 0, 2), 6: (18, 0, 0),
}  # fmt: skip
"""Keycloak's version inside Red Hat SSO 7.x."""
_BACKPORTED: Final[tuple[Version, Version]] = ((26, 4, 13), (26, 5, 0))
"""Releases of the older line that carry the fixes of 26.6."""


def read_version(text: Json) -> Version | None:
    """The version in an export; None where there is none that can be read."""
    found = _NUMBERS.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    major, minor, patch = (int(number or 0) for number in found.groups())
    if major == 7 and ".GA" in str(text):
        return _RED_HAT_SSO.get(minor)
    return major, minor, patch


def has_fix(version: Version, since: Version) -> bool:
    """The version behaves as those since `since` do; for the fixes that 26.4.13 took over from 26.6."""
    first, end = _BACKPORTED
    return version >= since or first <= version < end
