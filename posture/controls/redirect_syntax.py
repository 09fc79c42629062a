"""Redirect URIs: the form of one URI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from posture.callback_rules import Found, fails, has_callbacks, judge_callbacks, warns
from posture.controls.redirect import REDIRECT
from posture.outcome import Missing, Result
from posture.redirects import RedirectUri
from posture.uri_syntax import Ambiguity, Variation

_AMBIGUITIES: Final[Mapping[Ambiguity, str]] = {
    "control_character": "a control character",
    "space": "a space",
    "backslash": "a backslash",
    "non_ascii": "a character outside ASCII",
    "dot_segment": "a dot segment in the path",
    "encoded_dot": "an encoded dot in the path",
    "encoded_slash": "an encoded slash in the path",
    "encoded_backslash": "an encoded backslash in the path",
    "encoded_control": "an encoded control character in the path",
    "double_encoding": "a double encoding in the path",
    "path_parameter": "a path parameter (';')",
    "host_differs": "another host for browsers than by RFC 3986",
    "port_differs": "another port for browsers than by RFC 3986",
    "path_differs": "another path for browsers than by RFC 3986",
    "no_round_trip": "another form once a browser has read it",
    "not_rfc3986": "a form that RFC 3986 does not admit",
    "not_whatwg": "a form that browsers refuse",
    "unreadable": "a form that no reader admits",
}
_IN_CHARACTERS: Final = frozenset({"control_character", "space", "backslash", "non_ascii"})
_VARIATIONS: Final[Mapping[Variation, str]] = {
    "upper_case_scheme": "an upper-case scheme",
    "upper_case_host": "an upper-case host",
    "non_ascii_host": "a host outside ASCII",
    "default_port": "the default port written out",
    "empty_port": "an empty port",
    "trailing_dot": "a final dot in the host",
    "no_path": "no path",
    "encoded_unreserved": "a needless percent-encoding",
}


@REDIRECT.control("RED-07", applies=has_callbacks)
def red_07(callbacks: tuple[RedirectUri, ...], front_channel: bool | Missing) -> Result:
    """The protocol forbids a fragment, even an empty one: it breaks how responses are read, and helps an attacker to
    attach one of their own."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        if uri.is_absolute and "#" in uri.resolved:
            yield fails("a redirect URI has a fragment")

    return judge_callbacks(callbacks, look, front_channel, "no redirect URI has a fragment")


@REDIRECT.control("RED-08", applies=has_callbacks)
def red_08(callbacks: tuple[RedirectUri, ...], front_channel: bool | Missing) -> Result:
    """With a user part, readers and parsers disagree about the real host."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        reading = uri.uri.judged
        if uri.is_absolute and (reading.userinfo is not None or "%40" in (reading.host or "")):
            yield fails("a redirect URI has a user part before its host")

    return judge_callbacks(callbacks, look, front_channel, "no redirect URI has a user part")


@REDIRECT.control("RED-09", applies=has_callbacks)
def red_09(callbacks: tuple[RedirectUri, ...], front_channel: bool | Missing) -> Result:
    """The server, a proxy and a browser may each see another URI in one that is not canonical. What a script or
    local scheme (RED-12) stands before is no path: there only the characters count. Every encoded control character
    counts, not only tab, line feed, carriage return and NUL."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        if not uri.is_absolute:
            return
        for ambiguity in uri.uri.ambiguities:
            if ambiguity in _IN_CHARACTERS or not uri.is_denied:
                yield fails(f"a redirect URI has {_AMBIGUITIES[ambiguity]}")
        if not uri.is_denied:
            yield from (warns(f"a redirect URI has {_VARIATIONS[variation]}") for variation in uri.uri.variations)

    return judge_callbacks(callbacks, look, front_channel, "every redirect URI is canonical")
