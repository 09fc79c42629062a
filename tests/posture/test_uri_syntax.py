"""Redirect URIs are read without ever raising."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.redirects import redirect_uri
from posture.uri_syntax import read
from tests.posture.cases import judge

WORDS = (  # noqa: SIM905 - a list of one-character strings reads worse
    "http https :// : / // @ * + .. ; %2e %00 \\ # ? [ ] ::1 localhost 127.0.0.1 example.com {server} ü xn--bcher-kva"
    " javascript urn"
).split()
PIECES = st.lists(st.sampled_from([*WORDS, "\t", " "]), max_size=8).map("".join)


@given(st.text() | PIECES)
def test_no_string_raises(text: str) -> None:
    assert redirect_uri(text, text).raw == text
    read(text)


@given(PIECES)
def test_every_string_is_judged(text: str) -> None:
    judged = judge({"redirect_uris": [text]})
    assert "error" not in {one.outcome for one in judged.values()}


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://app.example.com@evil.example/cb", "evil.example"),
        ("https://a.example\\@evil.example/cb", "a.example"),
        ("https://APP.example.com./cb", "app.example.com"),
    ],
)
def test_the_host_is_the_one_a_browser_goes_to(text: str, host: str) -> None:
    assert read(text).host == host
