"""A registered redirect URI as the controls judge it: resolved, classed, with the reading that a browser follows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from connectors.facts import NotObserved, Reason
from posture.hosts import HostKind, host_kind, is_development_host, is_loopback_lookalike
from posture.uri_syntax import DEFAULT_PORTS, Uri, read

SERVER_ORIGIN: Final = "{server}"
"""Stands in a resolved value for the origin of a server whose address is not known."""
_UNKNOWN_SERVER = "https://server.invalid"

Kind = Literal[
    "pattern",  # '*', '+' or a wildcard that leaves nothing to read, such as http://localhost:*
    "relative",  # no scheme, also '//host/path'
    "word",  # a word that a vendor gives a meaning: oob, postmessage
    "uri",
]

WORDS: Final = frozenset({"oob", "postmessage"})

DENIED_SCHEMES: Final = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}
    | {"ws", "wss", "ftp", "mailto", "intent"}
)
"""Schemes that run a script, read the local machine or leave the web: never a callback."""

_NOT_PRIVATE: Final = DENIED_SCHEMES | {"http", "https", "urn", "storagerelay"}
_WELL_KNOWN_WITH_DOT: Final = frozenset({"iris.beep", "iris.lwz", "iris.xpc", "iris.xpcs", "soap.beep", "soap.beeps"})
"""Dotted schemes of the IANA registry: no app may claim them."""

_PRESCRIBED = (
    re.compile(r"com\.googleusercontent\.apps\.[^:/]+:/.*", re.IGNORECASE | re.DOTALL),
    re.compile(r"msauth\.[^:/]+://auth/?", re.IGNORECASE),
    re.compile(r"msauth://[^/]+/.+", re.IGNORECASE | re.DOTALL),
    re.compile(r"ms-appx-web://Microsoft\.AAD\.BrokerPlugin/.+", re.IGNORECASE | re.DOTALL),
)
NATIVE_CLIENT_PAGE: Final = ("login.microsoftonline.com", "/common/oauth2/nativeclient")
_DEBUGGERS: Final = ("oauth.pstmn.io", "oidcdebugger.com", "jwt.ms", "jwt.io", "oauth.tools")
_PLAIN = re.compile(
    r"https://(?!(?:.*\.)?xn--)([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::(?!443/)[1-9][0-9]{0,3})?"
    r"(?=/)(?!.*/\.{1,2}(?:/|\Z))[A-Za-z0-9/._~-]*"
)
_HIDDEN_SPACE = re.compile(r"[\x00-\x20\x7f-\xa0\s]+")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
"""What the platform replaces by a text of its own, as Keycloak does in a realm file."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")


class RedirectUri(NamedTuple):
    """One registered value, with what the controls ask of it."""

    raw: str
    resolved: str
    unseen: NotObserved | None
    """Why its scheme and host are not known: a relative value on a server whose address was not seen. What is known
    of the rest is judged all the same."""
    uri: Uri
    kind: Kind
    scheme: str
    """In lower case; empty where it is not known, and for what is judged as a pattern alone."""
    host_kind: HostKind | None
    """None for a value that is no web address or has no host."""
    looks_like_loopback: bool
    is_for_development: bool
    is_denied: bool
    """A script or local scheme, even one that shows only after control characters and white space are taken out."""

    @property
    def is_absolute(self) -> bool:
        """Whether there is a URI to read."""
        return self.kind == "uri"

    @property
    def is_open(self) -> bool:
        """A variable stands in it whose text is not known, so that it may hold anything."""
        return self.unseen is not None and _VARIABLE.search(self.raw) is not None

    @property
    def is_web(self) -> bool:
        return self.scheme in DEFAULT_PORTS

    @property
    def is_on_this_machine(self) -> bool:
        """A loopback literal or the very name localhost: what native apps listen on."""
        return self.host_kind in {"loopback", "localhost"}

    @property
    def is_public_https(self) -> bool:
        public = self.host_kind in {"public_name", "public_address"}
        return self.scheme == "https" and public and not self.is_for_development

    @property
    def is_private_use(self) -> bool:
        return bool(self.scheme) and self.scheme not in _NOT_PRIVATE

    @property
    def is_prescribed(self) -> bool:
        """A form that a platform prescribes for its native apps."""
        return any(form.fullmatch(self.resolved) for form in _PRESCRIBED)

    @property
    def scheme_is_claimable(self) -> bool:
        """A private-use scheme that is no reverse domain name, so that any app may claim it."""
        return "." not in self.scheme.strip(".") or self.scheme in _WELL_KNOWN_WITH_DOT

    def is_on(self, origin: str | None) -> bool:
        """Whether the value lies on the server's own origin."""
        if self.unseen is not None:
            return self.unseen is ADDRESS_UNKNOWN
        if not origin or not self.is_web:
            return False
        server = read(origin)
        return (self.scheme, self.uri.host, _port(self.uri)) == (server.scheme, server.host, _port(server))


@lru_cache(maxsize=8192)
def redirect_uri(raw: str, resolved: str, unseen: NotObserved | None = None) -> RedirectUri:
    """Class a value; one object per spelling, since many clients register the same."""
    uri = read(_UNKNOWN_SERVER + resolved.removeprefix(SERVER_ORIGIN) if unseen is not None else resolved)
    kind = _kind(resolved, uri)
    scheme = uri.scheme if kind == "uri" and unseen is None else ""
    host = uri.host if scheme in DEFAULT_PORTS else ""
    hidden = _SCHEME.match(_HIDDEN_SPACE.sub("", resolved))
    return RedirectUri(
        raw=raw,
        resolved=resolved,
        unseen=unseen,
        uri=uri,
        kind=kind,
        scheme=scheme,
        host_kind=host_kind(host) if host else None,
        looks_like_loopback=bool(host) and is_loopback_lookalike(host),
        is_for_development=bool(host) and is_development_host(host),
        is_denied=hidden is not None and hidden[1].lower() in DENIED_SCHEMES,
    )


def is_plain(value: str) -> bool:
    """Whether it is an absolute https address of a public name, with nothing about it that a control remarks on."""
    match = _PLAIN.fullmatch(value)
    if match is None:
        return False
    host = match[1]
    return (
        host_kind(host) == "public_name"
        and not is_development_host(host)
        and not is_loopback_lookalike(host)
        and host != NATIVE_CLIENT_PAGE[0]
        and not is_debugger(host)
    )


def is_debugger(host: str) -> bool:
    """Whether public pages of the host show the code to whoever looks."""
    return any(f".{host}".endswith(f".{debugger}") for debugger in _DEBUGGERS)


def _kind(resolved: str, uri: Uri) -> Kind:
    if resolved in {"*", "+"}:
        return "pattern"
    if resolved.lower() in WORDS:
        return "word"
    if "*" in resolved and uri.rfc3986 is None and uri.whatwg is None:
        return "pattern"
    return "uri" if uri.scheme else "relative"


def _port(uri: Uri) -> str:
    return uri.judged.port or DEFAULT_PORTS.get(uri.scheme, "")


def resolve(raw: str, resolved: str | NotObserved) -> RedirectUri:
    """Bring a registered value together with what its platform makes of it."""
    if raw.startswith("//"):  # the scheme of whoever reads it, and another host than the platform's
        return redirect_uri(raw, raw)
    if isinstance(resolved, NotObserved):
        *before, rest = _VARIABLE.split(raw)
        if before:
            return redirect_uri(raw, f"{SERVER_ORIGIN}/{rest.removeprefix('/')}", resolved)
        return redirect_uri(raw, SERVER_ORIGIN + raw, resolved) if raw.startswith("/") else redirect_uri(raw, raw)
    if not raw.startswith("/"):
        return redirect_uri(raw, resolved)
    if resolved.startswith(SERVER_ORIGIN):
        return redirect_uri(raw, resolved, ADDRESS_UNKNOWN)
    return redirect_uri(raw, resolved)


ADDRESS_UNKNOWN: Final = NotObserved(
    Reason.ABSENT_IN_FILE, "relative to the server, whose address the source does not hold", "resolved_redirect_uris"
)
