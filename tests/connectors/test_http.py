"""The one way to a provider: bounded, polite, and to no place that nobody meant."""

import gzip
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest
from requests.utils import get_netrc_auth

from connectors.addresses import refusal
from connectors.errors import AuthenticationError, ConnectorError, DeniedError, ProtocolError, UnreachableError
from connectors.http import HttpSession, Limits
from connectors.json_text import JsonError, parse
from connectors.urls import mask_password, safe_url
from tests.connectors.provider import Provider, Reply, serve

QUICK = Limits(connect=2, read=2, total=5, retries=2, retry_after=3, backoff=0.01)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serve() as running:
        yield running


def session(provider: Provider, limits: Limits = QUICK) -> HttpSession:
    return HttpSession(provider.url, allow_private=True, limits=limits)


def test_an_answer_comes_with_its_source(provider: Provider) -> None:
    provider.routes["/x?token=abc"] = Reply({"ok": True})
    answer = session(provider).get("/x", {"token": "abc"})
    assert answer.body == {"ok": True}
    assert answer.source.url == f"{provider.url}/x?token=***"


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (Reply(status=401), AuthenticationError, "401"),
        (Reply(status=403), DeniedError, "grant view-clients"),
        (Reply(status=500), ProtocolError, "status 500"),
        (Reply(b"<html>", headers={"Content-Type": "text/html"}), ProtocolError, "web page"),
        (Reply(b'{"a": '), ProtocolError, "truncated"),
        (Reply([]), ProtocolError, "not an object"),
        (Reply(b"{" + b" " * 2000 + b"}"), ProtocolError, "larger than"),
    ],
)
def test_what_is_not_the_answer_is_an_error(
    provider: Provider, reply: Reply, error: type[ConnectorError], message: str
) -> None:
    provider.routes["/x"] = reply
    limits = Limits(retries=0, body=1000)
    with pytest.raises(error, match=message):
        session(provider, limits).get("/x", expect=dict, permission="view-clients")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_later_is_asked_again_and_not_for_ever(provider: Provider, status: int) -> None:
    provider.routes["/x"] = [Reply(status=status), Reply({"ok": True})]
    assert session(provider).get("/x").body == {"ok": True}
    provider.routes["/y"] = Reply(status=status)
    with pytest.raises(ProtocolError):
        session(provider).get("/y")
    assert provider.paths().count("/y") == QUICK.retries + 1


def test_a_wait_that_is_too_long_is_not_waited(provider: Provider) -> None:
    provider.routes["/x"] = Reply(status=429, headers={"Retry-After": "4000"})
    with pytest.raises(ProtocolError, match="slow down"):
        session(provider).get("/x")
    assert len(provider.asked) == 1


@pytest.mark.parametrize("wait", ["9" * 5000, "Mon, 01 Jan 99999999999 00:00:00 GMT", "soon"])
def test_a_wait_that_makes_no_sense_is_our_own(provider: Provider, wait: str) -> None:
    provider.routes["/x"] = [Reply(status=429, headers={"Retry-After": wait}), Reply({"ok": True})]
    assert session(provider).get("/x").body == {"ok": True}


def test_a_credential_may_hold_any_character_but_a_line_break(provider: Provider) -> None:
    provider.routes["/x"] = Reply({"ok": True})
    assert session(provider).get("/x", authorization="Bearer ключ").body == {"ok": True}
    with pytest.raises(ConnectorError, match="line break"):
        session(provider).get("/x", authorization="Bearer a\r\nHost: b")
    assert len(provider.asked) == 1


def test_redirects_stay_on_the_origin(provider: Provider) -> None:
    provider.routes["/old"] = Reply(status=302, headers={"Location": "/new"})
    provider.routes["/new"] = Reply({"ok": True})
    assert session(provider).get("/old").body == {"ok": True}
    provider.routes["/circle"] = Reply(status=302, headers={"Location": "/circle"})
    with pytest.raises(ProtocolError, match="circle"):
        session(provider).get("/circle")


@pytest.mark.parametrize("location", ["https://evil.example/x", "//evil.example/x", "http://[x", "http://127.0.0.1:1/"])
def test_a_redirect_to_another_place_is_not_followed(provider: Provider, location: str) -> None:
    provider.routes["/x"] = Reply(status=302, headers={"Location": location})
    with pytest.raises(ProtocolError, match="leaves its own host"):
        session(provider).get("/x")
    with pytest.raises(ProtocolError, match="leaves its own host"):
        session(provider).get(location)


def test_the_body_of_a_redirect_is_bounded_as_any(provider: Provider) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    provider.routes["/x"] = Reply(bomb, 302, {"Location": "/new", "Content-Encoding": "gzip"})
    with pytest.raises(ProtocolError, match="larger than"):
        session(provider, Limits(body=1_000_000)).get("/x")
    assert provider.paths() == ["/x"]


@pytest.mark.parametrize(
    ("address", "permitted", "permitted_privately"),
    [
        ("93.184.216.34", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fd00:ec2::254", False, False),
        ("fe80::1", False, False),
        ("fec0::1", False, True),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_addresses_are_judged(address: str, permitted: bool, permitted_privately: bool) -> None:
    assert (refusal(ip_address(address), allow_private=False, plain=False) == "") is permitted
    assert (refusal(ip_address(address), allow_private=True, plain=False) == "") is permitted_privately


def test_a_private_address_is_refused_unless_it_is_allowed(provider: Provider) -> None:
    with pytest.raises(UnreachableError, match="private or loopback"):
        HttpSession(provider.url).get("/x")
    assert provider.asked == []


@pytest.mark.parametrize(
    "written", ["169.254.169.254", "169.254.169.254.", "0xa9fea9fe", "2852039166", "169.254.43518"]
)
def test_a_metadata_service_is_refused_behind_a_proxy_too(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", provider.url)
    with pytest.raises(UnreachableError, match="metadata service"):
        HttpSession(f"https://{written}", allow_private=True, limits=QUICK).get("/x")
    assert provider.asked == []


def test_a_password_of_the_machine_is_not_sent(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert get_netrc_auth(provider.url) == ("user", "password")
    provider.routes["/x"] = Reply({})
    session(provider).get("/x")
    assert "Authorization" not in provider.asked[0][1]


def test_a_member_that_stands_twice_among_many_is_found_at_once() -> None:
    members = ",".join(f'"{number}": 0' for number in range(50_000))
    began = time.monotonic()
    with pytest.raises(JsonError, match="'49999' stands twice"):
        parse(f'{{{members}, "49999": 1}}'.encode(), unique_keys=True)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("depth", range(500, 1600, 100))
def test_no_depth_breaks_the_reading_of_characters_that_cannot_be_stored(depth: int) -> None:
    with suppress(JsonError):
        parse(b"[" * depth + b'"\\u0000"' + b"]" * depth)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("https://user:pw@host/cb", "https://user:xxxxx@host/cb"),
        ("https://:p@ss@host/*", "https://:xxxxx@host/*"),
        ("https:u:p@h", "https:u:xxxxx@h"),
        ("custom://u:p@h", "custom://u:xxxxx@h"),
        ("//u:p@h", "//u:xxxxx@h"),
        ("https://u:a*b@h", "https://u:xxxxx*@h"),
        ("https://user:@host", "https://user:@host"),
        ("mailto:a:b@c", "mailto:a:b@c"),
        ("https://host:80/a:b@c", "https://host:80/a:b@c"),
        ("https://h?x=u:p@h", "https://h?x=u:p@h"),
        ("/cb", "/cb"),
        ("*", "*"),
    ],
)
def test_passwords_in_addresses_are_masked_and_nothing_else(address: str, masked: str) -> None:
    assert mask_password(address) == masked
    assert mask_password(masked) == masked


def test_a_shown_address_holds_no_secret() -> None:
    assert safe_url("https://u:p@h/x?access_token=abc&page=2#f") == "https://h/x?access_token=***&page=2"
