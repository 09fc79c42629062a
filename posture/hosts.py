"""What the host of a URI is: an address, a special name or a public name (RFC 3986 3.2.2, RFC 6761, RFC 8375).

Every function takes a host as `normal_host` gives it, and raises on none.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final, Literal

import idna

HostKind = Literal[
    "loopback",  # a literal of 127.0.0.0/8, or ::1
    "localhost",  # the very name
    "unspecified",  # 0.0.0.0 or ::
    "obfuscated",  # IPv4-mapped, or numbers that only some readers take for an address: 2130706433, 127.1, 0x7f.1
    "private",  # RFC 1918, RFC 4193
    "shared",  # 100.64.0.0/10, RFC 6598
    "link_local",
    "public_address",  # every other literal
    "single_label",
    "private_name",  # .local, .internal, home.arpa
    "special_use_name",  # .localhost, .test, .invalid, .example
    "public_name",  # every other name
]

LOOPBACK_ALIASES: Final = frozenset({"localtest.me", "lvh.me"})
"""Public domains whose every name resolves to 127.0.0.1."""

# Narrower than ipaddress.is_private, which also takes in the documentation and benchmarking ranges.
_RANGES: Final[dict[HostKind, tuple[str, ...]]] = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "unspecified": ("0.0.0.0/32", "::/128"),
    "obfuscated": ("::ffff:0:0/96",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "shared": ("100.64.0.0/10",),
    "link_local": ("169.254.0.0/16", "fe80::/10"),
}
_NETWORKS: Final = [(ip_network(text), kind) for kind, texts in _RANGES.items() for text in texts]
_IPV4_LOOPBACK: Final = ip_network("127.0.0.0/8")

_DOTTED_QUAD = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
# The WHATWG rule: a host whose last label is a number is an IPv4 address, or no host at all.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BEGINS_LIKE_LOOPBACK = re.compile(r"(?:localhost|0\.0\.0\.0|127(?:\.[0-9]{1,3}){3})[.-]")
_LONGEST_NAME: Final = 254  # octets of a DNS name with its final dot; no U-label is longer than its A-label


def normal_host(host: str) -> str:
    """The host in lower-case A-labels without a final dot, an IPv6 literal in its shortest form within brackets.

    A label that IDNA 2008 does not admit stays as it is, in lower case.
    """
    host = host.lower().removesuffix(".")
    if not host.isascii() and len(host) <= _LONGEST_NAME:
        host = ".".join(_a_label(label) for label in host.split("."))
    if host.startswith("["):
        address = _address(host)
        return host if address is None else f"[{address.compressed}]"
    return host


def is_ipv6_literal(host: str) -> bool:
    """Whether `host` is an IPv6 address in brackets."""
    return host.startswith("[") and _address(host) is not None


def host_kind(host: str) -> HostKind:
    """The one kind that describes a non-empty host best."""
    address = _address(host)
    if address is not None:
        return next((kind for network, kind in _NETWORKS if address in network), "public_address")
    if host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return "obfuscated"
    if host == "localhost":
        return "localhost"
    if "." not in host:
        return "single_label"
    if host.endswith((".local", ".internal", ".home.arpa")) or host == "home.arpa":
        return "private_name"
    if host.endswith((".localhost", ".test", ".invalid", ".example")):
        return "special_use_name"
    return "public_name"


def is_loopback_lookalike(host: str) -> bool:
    """Whether a host that is no loopback literal and not localhost reads like one.

    0.0.0.0, ::, an IPv4-mapped loopback address, and names such as 127.0.0.1.example and localhost.example.
    """
    address = _address(host)
    if address is None:
        return _BEGINS_LIKE_LOOPBACK.match(host) is not None and not host.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address.is_unspecified or (mapped is not None and mapped in _IPV4_LOOPBACK)


def is_development_host(host: str) -> bool:
    """Whether the host is the user's own machine or a name kept for tests: loopback, localhost, *.localhost, *.test,
    or under a public alias of loopback."""
    return (
        host == "localhost"
        or host.endswith((".localhost", ".test"))
        or ".".join(host.rsplit(".", 2)[-2:]) in LOOPBACK_ALIASES
        or host_kind(host) == "loopback"
    )


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address a literal stands for; None for a name and for what RFC 3986 does not admit as a literal."""
    try:
        if host.startswith("[") and host.endswith("]") and "%" not in host:
            return IPv6Address(host[1:-1])
        return IPv4Address(host) if _DOTTED_QUAD.fullmatch(host) else None
    except ValueError:
        return None


def _a_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return idna.alabel(label).decode("ascii")
    except idna.IDNAError:
        return label
