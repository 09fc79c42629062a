"""One URI read twice, as RFC 3986 and as a browser (WHATWG URL) reads it, and what stands between the two readings.

A server, a proxy and a browser may each follow another reading: a value is canonical when there is only one.
"""

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import ada_url

from posture.hosts import is_ipv6_literal, normal_host

Ambiguity = Literal[
    "control_character",
    "space",
    "backslash",
    "non_ascii",  # outside the host
    "dot_segment",  # '.' or '..'
    "encoded_dot",
    "encoded_slash",
    "encoded_backslash",
    "encoded_control",
    "double_encoding",  # %25 and two hexadecimal digits
    "path_parameter",  # ';'
    "host_differs",  # these three: between the two readings, after the normalisations of `_normal`
    "port_differs",
    "path_differs",
    "no_round_trip",  # scheme, userinfo, query or fragment leaves the browser's parser in another form
    "not_rfc3986",  # read by browsers only, for a reason that is not among the above
    "not_whatwg",  # admitted by RFC 3986, refused by browsers
    "unreadable",  # refused by both
]
"""Why readers may take a value for different URIs."""

Variation = Literal[
    "upper_case_scheme",
    "upper_case_host",
    "non_ascii_host",
    "default_port",
    "empty_port",
    "trailing_dot",
    "no_path",
    "encoded_unreserved",  # a letter, a digit or one of -._~ is percent-encoded
]
"""In what a value that all readers understand alike is not written in its normal form."""

DEFAULT_PORTS: Final = {"http": "80", "https": "443"}

_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
# RFC 3986 appendix A. Of IP-literal only the IPv6 form: no IPvFuture was ever defined.
_RFC3986 = re.compile(
    rf"""[A-Za-z][A-Za-z0-9+.\-]*:
    (?: //
        (?: (?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{{2}})*+ @ )?
        (?: \[[0-9A-Fa-f:.]+\] | (?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{{2}})*+ )
        (?: :[0-9]* )?
        (?= [/?\#] | \Z )
      | (?!//) )
    (?:{_PCHAR}|/)*+ (?: \?(?:{_PCHAR}|[/?])*+ )? (?: \#(?:{_PCHAR}|[/?])*+ )?""",
    re.VERBOSE,
)
# RFC 3986 appendix B and section 3.2: takes any string apart.
_SPLIT = re.compile(
    r"""(?: (?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*) : )?
    (?: // (?P<authority> (?: (?P<userinfo>[^/?\#]*) @ )? (?P<host>\[[^/?\#\]]*\]|[^/?\#:]*) (?: : (?P<port>[^/?\#]*) )?
        (?= [/?\#] | \Z ) ) )?
    (?P<path>[^?\#]*) (?: \? (?P<query>[^\#]*) )? (?: \# (?P<fragment>.*) )?""",
    re.VERBOSE | re.DOTALL,
)
_SPECIAL: Final = frozenset({"http", "https"})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_IN_PATH: Final[dict[Ambiguity, re.Pattern[str]]] = {
    "dot_segment": re.compile(r"(?:\A|/)\.{1,2}(?:/|\Z)"),
    "encoded_dot": re.compile(r"%2e", re.IGNORECASE),
    "encoded_slash": re.compile(r"%2f", re.IGNORECASE),
    "encoded_backslash": re.compile(r"%5c", re.IGNORECASE),
    "encoded_control": re.compile(r"%(?:0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE),
    "double_encoding": re.compile(r"%25[0-9a-f]{2}", re.IGNORECASE),
    "path_parameter": re.compile(r";"),
}
_MARK_IN_PATH = re.compile(r"[.%;]")
# An encoded letter, digit, '-', '_' or '~'; the encoded dot is an ambiguity.
_ENCODED_UNRESERVED = re.compile(r"%(?:2d|3[0-9]|4[1-9a-f]|5[0-9a]|5f|6[1-9a-f]|7[0-9a]|7e)", re.IGNORECASE)


class Reading(NamedTuple):
    """A value taken apart. None: the component is absent; an empty string: its delimiter is there."""

    scheme: str
    userinfo: str | None
    host: str | None
    port: str | None
    path: str
    query: str | None
    fragment: str | None


class Uri(NamedTuple):
    """Any string, read as a URI."""

    raw: str
    split: Reading
    """The components by the delimiters of RFC 3986, whether or not it admits the value."""
    rfc3986: Reading | None
    """The value as RFC 3986 reads it, a non-ASCII host taken in A-labels; None when it is not admitted."""
    whatwg: Reading | None
    """The value as a browser reads it; None when it is refused."""
    judged: Reading
    """The one reading to judge: RFC 3986's, else what a browser follows, else the plain components."""
    scheme: str
    """In lower case."""
    host: str
    """In its normal form, without a final dot; empty when there is none."""
    ambiguities: tuple[Ambiguity, ...]
    """Why readers may take the value for different URIs; empty when it is canonical."""
    variations: tuple[Variation, ...]
    """In what a value is not in its normal form, though all readers understand it alike."""


@lru_cache(maxsize=8192)
def read(raw: str) -> Uri:
    """Read any string; none raises. The same one is taken apart once, since many clients register the same."""
    split = _split(raw)
    rfc3986 = split if _is_rfc3986(raw, split) else None
    whatwg = _as_browser(raw, split)
    judged = rfc3986 or whatwg or split
    scheme = judged.scheme.lower()
    ambiguities = _ambiguities(raw, split, rfc3986, whatwg)
    variations = _variations(split, scheme)
    return Uri(raw, split, rfc3986, whatwg, judged, scheme, normal_host(judged.host or ""), ambiguities, variations)


def _is_rfc3986(raw: str, split: Reading) -> bool:
    host = split.host or ""
    if not host.isascii():
        raw = raw.replace(host, normal_host(host), 1)
    return _RFC3986.fullmatch(raw) is not None and (not host.startswith("[") or is_ipv6_literal(normal_host(host)))


def _as_browser(raw: str, split: Reading) -> Reading | None:
    try:
        href: str = ada_url.URL(raw).href
    except ValueError:
        return None
    return split if href == raw else _split(href)


def _ambiguities(raw: str, split: Reading, rfc3986: Reading | None, whatwg: Reading | None) -> tuple[Ambiguity, ...]:
    found = [*_in_characters(raw, split), *_in_path(split.path), *_between_readings(split, whatwg)]
    if rfc3986 is None and whatwg is None:
        found.append("unreadable")
    elif whatwg is None:
        found.append("not_whatwg")
    elif rfc3986 is None and not found:
        found.append("not_rfc3986")
    return tuple(found)


def _variations(split: Reading, scheme: str) -> tuple[Variation, ...]:
    found: list[Variation] = []
    if split.scheme != split.scheme.lower():
        found.append("upper_case_scheme")
    if scheme in _SPECIAL:
        found.extend(_of_web_address(split, scheme))
    if _ENCODED_UNRESERVED.search(split.path) or _ENCODED_UNRESERVED.search(split.query or ""):
        found.append("encoded_unreserved")
    return tuple(found)


def _in_characters(raw: str, split: Reading) -> list[Ambiguity]:
    found: list[Ambiguity] = []
    if _CONTROL.search(raw):
        found.append("control_character")
    if " " in raw:
        found.append("space")
    if "\\" in raw:
        found.append("backslash")
    if not raw.isascii() and not (raw.replace(split.host, "", 1) if split.host else raw).isascii():
        found.append("non_ascii")
    return found


def _in_path(path: str) -> list[Ambiguity]:
    if not _MARK_IN_PATH.search(path):
        return []
    return [name for name, pattern in _IN_PATH.items() if pattern.search(path)]


def _between_readings(split: Reading, whatwg: Reading | None) -> list[Ambiguity]:
    if whatwg is None or whatwg is split:
        return []
    ours, theirs = _normal(split), _normal(whatwg)
    found: list[Ambiguity] = []
    if ours.host != theirs.host:
        found.append("host_differs")
    if ours.port != theirs.port:
        found.append("port_differs")
    if ours.path != theirs.path:
        found.append("path_differs")
    rest = (ours.scheme, ours.userinfo, ours.query, ours.fragment)
    if rest != (theirs.scheme, theirs.userinfo, theirs.query, theirs.fragment):
        found.append("no_round_trip")
    return found


def _split(text: str) -> Reading:
    parts = _SPLIT.fullmatch(text)
    if parts is None:  # the expression admits any string; a reader of this line need not prove it
        return Reading("", None, None, None, text, None, None)
    get = parts.group
    return Reading(
        get("scheme") or "", get("userinfo"), get("host"), get("port"), get("path"), get("query"), get("fragment")
    )


def _normal(reading: Reading) -> Reading:
    """A reading after the steps that change no meaning: case of scheme and host, A-labels, final dot, default port,
    and the empty path of a web address."""
    scheme = reading.scheme.lower()
    port = reading.port if reading.port not in {"", DEFAULT_PORTS.get(scheme)} else None
    path = "/" if reading.path == "" and scheme in _SPECIAL else reading.path
    return Reading(
        scheme, reading.userinfo, normal_host(reading.host or ""), port, path, reading.query, reading.fragment
    )


def _of_web_address(reading: Reading, scheme: str) -> list[Variation]:
    """The host of a private-use scheme is no host name, so only web addresses are held to these."""
    host = reading.host or ""
    found: list[Variation] = []
    if any("A" <= character <= "Z" for character in host):
        found.append("upper_case_host")
    if not host.isascii():
        found.append("non_ascii_host")
    if reading.port == DEFAULT_PORTS[scheme]:
        found.append("default_port")
    if reading.port == "":
        found.append("empty_port")
    if host.endswith("."):
        found.append("trailing_dot")
    if reading.path == "":
        found.append("no_path")
    return found
