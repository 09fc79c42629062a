"""Addresses of a provider: their origin, and how they may be shown."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.errors import SettingError

_SECRET_NAME: Final = re.compile(
    r"token|secret|passw|pwd|key|code|assertion|sig|auth|session|credential|jwt|ticket|nonce", re.IGNORECASE
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
HIDDEN: Final = "***"
_PASSWORD: Final = re.compile(
    r"^(\s*(?:(?:[a-z][a-z0-9+.\-]*:)?//|https?:[/\\]*)[^/?#\\:@]*:)([^/?#\\]+)(?=@)", re.IGNORECASE
)

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port."""


def origin(url: str) -> Origin:
    """The origin of an absolute http(s) address. Raises ValueError, with a message for a person, for any other."""
    parts = _split(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS[parts.scheme]


def show_origin(url: str) -> str:
    """scheme://host of an address that `origin` accepts, for messages."""
    scheme, host, port = origin(url)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("it is not a valid URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("it does not begin with https://")
    if not parts.hostname or port == 0:
        raise ValueError("it names no host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a user name or a password")
    if any(ord(character) <= 32 or ord(character) == 127 for character in url) or "\\" in url:
        raise ValueError("it holds a space, a backslash or a control character")
    return parts


def safe_url(url: str) -> str:
    """The address without fragment and user name, and with the values of secret-looking parameters hidden."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "(not a URL)"
    shown = [(name, HIDDEN if _SECRET_NAME.search(name) else value) for name, value in query]
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(shown, safe="*:/@,"), ""))


def mask_password(address: str) -> str:
    """The address with the password of its user part, if there is one, written as xxxxx. Never raises.

    Asterisks in it stay, for a platform may read them as wildcards. For every form that a browser reads as one with a
    password, so that nothing else about the address changes.
    """
    return _PASSWORD.sub(lambda found: found[1] + "xxxxx" + "*" * found[2].count("*"), address)


def url_setting(setting: str, value: str, *, query: bool = False) -> str:
    """A setting that holds an address, without surrounding blanks. Raises SettingError when it cannot be one."""
    url = value.strip()
    try:
        parts = _split(url)
    except ValueError as fault:
        raise SettingError(setting, f"This address cannot be used: {fault}.") from None
    if parts.fragment or (parts.query and not query):
        raise SettingError(setting, "This address cannot be used: it has a query or a fragment.")
    return url


def stays_on_device(redirect_uri: str) -> bool:
    """A loopback address or a private-use scheme, as native apps register them (RFC 8252 7). Never raises."""
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in _DEFAULT_PORTS:
        return bool(parts.scheme)
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None
