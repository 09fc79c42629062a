"""A registered redirect URI: resolved, classed, and never too odd to be judged."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.facts import NotObserved, Reason
from posture.redirects import ADDRESS_UNKNOWN, is_plain, redirect_uri, resolve
from posture.uri_syntax import read
from tests.posture.cases import WEB_APP, judge

WORDS = (
    *("http", "https", "://", ":", "/", "//", "@", "*", "+", ".", "..", ";", "%2e", "%00", "%25", "\\", "#", "?"),
    *("[", "]", "::1", "localhost", "127.0.0.1", "example.com", "app.example.com", ":443", ":8443", "{server}", "ü"),
    *("xn--", "xn--bcher-kva", "javascript", "urn", "com.example.app", "\t", " ", "-", "_", "~", "0x7f", "1"),
    *("\ud800", "\u202e", "。"),
)
PIECES = st.lists(st.sampled_from(WORDS), max_size=9).map("".join)
ANYTHING = st.text(st.characters(exclude_categories=())) | PIECES
LIKE_PLAIN = st.builds(
    "https://{}/{}".format,
    st.from_regex(r"[a-z0-9.-]{1,20}\.(com|test|local|example|1|0x1)(:[0-9]{1,5})?", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9/._~-]{0,12}", fullmatch=True),
)
OF_FORM = [f"RED-{number:02}" for number in (1, 3, 4, 5, 6, 7, 8, 9, 12, 13)]


@given(ANYTHING)
def test_no_string_raises(text: str) -> None:
    assert read(text).raw == text
    assert redirect_uri(text, text).raw == text
    assert resolve(text, text).raw == text
    is_plain(text)


@given(ANYTHING, st.sampled_from(["web", "native"]))
@example("https://[", "web")
@example("https://\ud800/", "web")
def test_every_string_is_judged(text: str, kind: str) -> None:
    judged = judge({"redirect_uris": [text], "application_type": kind})
    assert "error" not in {one.outcome for one in judged.values()}


@given(LIKE_PLAIN | PIECES)
@example("https://a.example.com/cb/..")
@example("https://a.example.com:443/cb")
@example("https://xn--a.example.com/cb")
@example("https://login.microsoftonline.com/common/oauth2/nativeclient")
def test_no_control_remarks_on_a_plain_address(text: str) -> None:
    if not is_plain(text):
        return
    uri = redirect_uri(text, text)
    assert (uri.uri.ambiguities, uri.uri.variations, uri.is_public_https) == ((), (), True)
    judged = judge({"redirect_uris": [text], "environment": "production"})
    assert {judged[control_id].outcome for control_id in OF_FORM} <= {"pass", "not_applicable"}


@pytest.mark.parametrize("text", [*WEB_APP["redirect_uris"], "https://a.b-c.example.com:8443/x/.well-known/y.html"])
def test_an_ordinary_address_is_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://app.example.com@evil.example/cb", "evil.example"),
        ("https://a.example\\@evil.example/cb", "a.example"),
        ("https://APP.example.com./cb", "app.example.com"),
        ("https://bücher.example/cb", "xn--bcher-kva.example"),
        ("com.example.app:/cb", ""),
    ],
)
def test_the_host_is_the_one_a_browser_goes_to(text: str, host: str) -> None:
    assert read(text).host == host


DENIED = NotObserved(Reason.DENIED, "no view-realm")


@pytest.mark.parametrize(
    ("raw", "resolved", "judged", "unseen"),
    [
        ("https://a.example.com/cb", DENIED, "https://a.example.com/cb", None),
        ("https://a.example.com/cb", "https://a.example.com/cb", "https://a.example.com/cb", None),
        ("/cb", "https://id.example.com/cb", "https://id.example.com/cb", None),
        ("/cb", "{server}/cb", "{server}/cb", ADDRESS_UNKNOWN),
        ("/cb", DENIED, "{server}/cb", DENIED),
        ("//evil.example/cb", "https://id.example.com//evil.example/cb", "//evil.example/cb", None),
    ],
)
def test_a_relative_value_is_judged_as_its_platform_resolves_it(
    raw: str, resolved: str | NotObserved, judged: str, unseen: NotObserved | None
) -> None:
    uri = resolve(raw, resolved)
    assert (uri.raw, uri.resolved, uri.unseen) == (raw, judged, unseen)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://a.example.com/*", "uri"),
        ("*", "pattern"),
        ("+", "pattern"),
        ("http://localhost:*", "pattern"),
        ("OOB", "word"),
        ("postmessage", "word"),
        ("callback", "relative"),
        ("//a.example.com/cb", "relative"),
        ("urn:ietf:wg:oauth:2.0:oob", "uri"),
    ],
)
def test_a_value_is_of_one_kind(text: str, kind: str) -> None:
    assert redirect_uri(text, text).kind == kind
