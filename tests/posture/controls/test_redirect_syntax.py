"""RED-07, 08 and 09: the form of one URI."""

from __future__ import annotations

import pytest

from tests.posture.cases import CALLBACK, Row, decisions
from tests.posture.controls.test_redirect import uris


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(Row("fail", "has a fragment", uris(f"{CALLBACK}{end}")) for end in ("#", "#x", "?a=b#")),
    Row("fail", "has a fragment", uris("com.example.app:/cb#")),
    Row("pass", "no redirect URI has a fragment", uris(f"{CALLBACK}%23x", "//a.example.com/#", "+#")),
)
def test_red_07(row: Row) -> None:
    row.holds("RED-07")


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(
        Row("fail", "a user part before its host", uris(f"https://{authority}/cb"))
        for authority in (
            "user@a.example.com",
            "user:pw@a.example.com",
            "@a.example.com",
            "user%40a.example.com",
            "a@b@a.example.com",
        )
    ),
    Row(
        "pass",
        "no redirect URI has a user part",
        uris("https://a.example.com/@b", "https://a.example.com/?a@b", "mailto:a@b"),
    ),
    # Browsers end the host at the backslash: what follows is a path, and RED-09 remarks on it.
    Row("pass", "no redirect URI has a user part", uris("https://a.example\\@evil.example/cb")),
)
def test_red_08(row: Row) -> None:
    row.holds("RED-08")


AMBIGUOUS = {
    "a control character": "https://a.example.com/c\x0bb",
    "a space": "https://a.example.com/c b",
    "a backslash": "https://a.example.com\\cb",
    "a character outside ASCII": "https://a.example.com/cü",
    "a dot segment": "https://a.example.com/a/./cb",
    "an encoded dot": "https://a.example.com/%2E%2e/cb",
    "an encoded slash": "https://a.example.com/a%2Fcb",
    "an encoded backslash": "https://a.example.com/a%5ccb",
    "an encoded control character": "https://a.example.com/a%0acb",
    "a double encoding": "https://a.example.com/a%252e",
    "a path parameter": "https://a.example.com/cb;a=1",
    "another host for browsers": "https://0x7f.1/cb",
    "a form that RFC 3986 does not admit": "https://a.example.com/cb[1]",
    "a form that browsers refuse": "https://a.example.com:99999/cb",
    "a form that no reader admits": "https://[1]/cb",
}
VARIED = {
    "an upper-case scheme": "HTTPS://a.example.com/cb",
    "an upper-case host": "https://A.example.com/cb",
    "a host outside ASCII": "https://bücher.example/cb",
    "the default port": "https://a.example.com:443/cb",
    "an empty port": "https://a.example.com:/cb",
    "a final dot": "https://a.example.com./cb",
    "no path": "https://a.example.com",
    "a needless percent-encoding": "https://a.example.com/%63b",
}
CANONICAL = (
    CALLBACK,
    "https://a.example.com:8443/c~b/-._?q=%3A&r=%2F;s",
    "http://[::1]:8080/cb",
    "https://xn--bcher-kva.example/cb",
    "com.example.app:/cb",
    "com.example.app://Host",
    "urn:ietf:wg:oauth:2.0:oob",
)


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(Row("fail", f"has {words}", uris(value)) for words, value in AMBIGUOUS.items()),
    *(Row("warn", f"has {words}", uris(value)) for words, value in VARIED.items()),
    *(Row("pass", "every redirect URI is canonical", uris(value)) for value in CANONICAL),
    Row("pass", "every redirect URI is canonical", uris("*", "+", "//a.example.com/..", "http://localhost:*")),
    Row("pass", "every redirect URI is canonical", uris("data:text/html;x=/../", "JavaScript:a%2f")),
    Row("fail", "has a space", uris("data:text/html, x")),
)
def test_red_09(row: Row) -> None:
    row.holds("RED-09")


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
def test_every_encoded_control_character_counts(code: int) -> None:
    Row("fail", "an encoded control character", uris(f"https://a.example.com/a%{code:02x}")).holds("RED-09")
