"""How Keycloak resolves callbacks and web origins (section "redirect matching" of the mapping)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

UNKNOWN_SERVER: Final = "{server}"
"""Stands for the origin of a server that is not known."""

_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
_SERVER_ROOTS: Final = frozenset({"${authBaseUrl}", "${authAdminUrl}"})
"""Stand for the public base URL, and for that of the admin pages: the same, unless these have a host of their own."""
_AFTER_SCHEME: Final = 8


@dataclass(frozen=True, slots=True)
class Roots:
    """What relative addresses are put behind: the server's public base URL, or its origin."""

    base: str = UNKNOWN_SERVER

    @property
    def origin(self) -> str:
        return origin_of(self.base)

    def resolve(self, uri: str, root_url: str | None) -> str:
        """The address itself, or root and address put together as text, as Keycloak does it."""
        return self._root(root_url) + uri if uri.startswith("/") else uri

    def _root(self, root_url: str | None) -> str:
        if not root_url:
            return self.origin
        return self.base if root_url in _SERVER_ROOTS else root_url


def origin_of(uri: str) -> str:
    """The text up to the first / behind the scheme."""
    start = len(UNKNOWN_SERVER) if uri.startswith(UNKNOWN_SERVER) else _AFTER_SCHEME
    end = uri.find("/", start)
    return uri if end < 0 else uri[:end]


def is_web(uri: str) -> bool:
    """An address of a browser: http, https, or relative to a server that is not known."""
    return uri.startswith(("http://", "https://", UNKNOWN_SERVER))


def origins(uris: Iterable[str]) -> list[str]:
    """Origins of the callbacks that are browser addresses, as exact text."""
    return list(dict.fromkeys(origin_of(uri) for uri in uris if is_web(uri)))


def holds_variable(uri: str) -> bool:
    """The text holds a variable that the importing server replaces."""
    return _VARIABLE.search(uri) is not None
