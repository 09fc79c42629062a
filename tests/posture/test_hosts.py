"""What a host is."""

from __future__ import annotations

import pytest

from posture.hosts import HostKind, host_kind, is_development_host, is_ipv6_literal, is_loopback_lookalike, normal_host

KINDS: dict[HostKind, tuple[str, ...]] = {
    "loopback": ("127.0.0.1", "127.255.0.9", "[::1]"),
    "localhost": ("localhost",),
    "unspecified": ("0.0.0.0", "[::]"),
    "obfuscated": (
        "[::ffff:10.0.0.1]",
        "2130706433",
        "127.1",
        "0x7f.1",
        "a.0x1f",
        "999.1.1.1",
        "[v1.x]",
        "[fe80::1%25en0]",
    ),
    "private": ("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "[fd00::1]"),
    "shared": ("100.64.0.1",),
    "link_local": ("169.254.169.254", "[fe80::1]"),
    "public_address": ("203.0.113.7", "172.32.0.1", "[2001:db8::1]"),
    "single_label": ("intranet",),
    "private_name": ("printer.local", "api.internal", "home.arpa", "nas.home.arpa"),
    "special_use_name": ("app.localhost", "app.test", "app.invalid", "app.example"),
    "public_name": ("app.example.com", "localhost.example.com", "xn--bcher-kva.com", "a.b.c1"),
}


@pytest.mark.parametrize(("kind", "host"), [(kind, host) for kind, hosts in KINDS.items() for host in hosts])
def test_a_host_is_of_one_kind(kind: HostKind, host: str) -> None:
    assert host_kind(host) == kind


@pytest.mark.parametrize(
    ("host", "normal"),
    [
        ("APP.Example.COM.", "app.example.com"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("[2001:DB8:0:0::1]", "[2001:db8::1]"),
        ("[not an address]", "[not an address]"),
        ("-ü-.example", "-ü-.example"),
        ("ü" * 300, "ü" * 300),
        ("", ""),
    ],
)
def test_a_host_has_one_normal_form(host: str, normal: str) -> None:
    assert normal_host(host) == normal


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "127.0.0.1.example", "localhost.example", "localhost-x.com"]
)
def test_what_only_reads_like_loopback(host: str) -> None:
    assert is_loopback_lookalike(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "app.localhost", "localhost.localhost", "[::ffff:8.8.8.8]", "mylocalhost.com"]
)
def test_what_does_not_only_read_like_loopback(host: str) -> None:
    assert not is_loopback_lookalike(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("a.lvh.me", True), ("localtest.me", True), ("nolvh.me", False), ("a.test", True), ("test", False)],
)
def test_a_development_host(host: str, expected: bool) -> None:
    assert is_development_host(host) is expected


def test_only_brackets_make_an_ipv6_literal() -> None:
    assert is_ipv6_literal("[::1]")
    assert not is_ipv6_literal("::1")
    assert not is_ipv6_literal("[127.0.0.1]")
