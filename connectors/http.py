"""The one way in which connectors talk to a provider: reads of JSON over HTTPS from one origin.

Retries are bounded and polite, answers are bounded in size and time, redirects and links stay on the origin, and
addresses are judged before a connection is made (`connectors.addresses`). A company proxy and a CA bundle are taken
from the usual variables (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE). Only GET is sent; the one exception is
`post_form`, for token endpoints.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from connectors.addresses import GuardedAdapter
from connectors.errors import AuthenticationError, ConnectorError, DeniedError, ProtocolError, UnreachableError
from connectors.replies import Answer, Reply, answer, error_code, later, retry_after, unreachable
from connectors.urls import origin, safe_url, show_origin

__all__ = ["Answer", "HttpSession", "Limits"]

# urllib3 logs whole request lines, query included; what matters of them stands in our own errors.
logging.getLogger("urllib3").setLevel(logging.ERROR)

_RETRIED: Final = frozenset({429, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 3
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one read. Times in seconds, `body` in decoded bytes."""

    connect: float = 10
    read: float = 60
    """Silence of the provider, and the time until the head of its answer is complete."""
    total: float = 180
    """All attempts of one read, with the waits between them."""
    retries: int = 4
    retry_after: float = 90
    """The longest wait that a provider may ask for."""
    backoff: float = 0.5
    """The first wait where it asks for none; each further one is twice as long, plus jitter."""
    body: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    authorization: str | None
    form: Mapping[str, str] | None = None

    def at(self, url: str) -> _Request:
        return _Request(self.method, url, self.authorization, self.form)


class _Session(requests.Session):
    """Leaves redirects to us: to look at them, requests would read their bodies without a bound."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


class HttpSession:
    """Reads from the origin of `base_url`, and from no other. Usable from several threads.

    Raises ConnectorError for an address that cannot be used.
    """

    def __init__(self, base_url: str, *, allow_private: bool = False, limits: Limits | None = None) -> None:
        try:
            self._origin = origin(base_url)
        except ValueError as fault:
            raise ConnectorError(f"The address {safe_url(base_url)} cannot be used: {fault}.") from None
        self._base_url = base_url.rstrip("/")
        self._limits = limits or Limits()
        self._lock = Lock()
        self.requests_sent = 0
        """Requests so far, retries and redirects included."""
        self._session = _Session()
        # An `auth` of our own keeps requests from adding a password of the machine's .netrc.
        self._session.auth = lambda request: request
        self._session.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        adapter = GuardedAdapter(allow_private=allow_private)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def get(
        self,
        url_or_path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        permission: str = "",
        expect: type = object,
        unique_keys: bool = False,
        authorization: str | None = None,
    ) -> Answer:
        """Read one JSON document.

        A path is appended to `base_url`; a whole URL must be of its origin. `permission` is named where the provider
        refuses. `expect` is the JSON type of the answer. `unique_keys` refuses a member that stands twice.
        `authorization` is the value of that header.

        Raises DeniedError on 403, AuthenticationError on 401, UnreachableError, and ProtocolError for everything that
        is not the JSON it should be; `ProtocolError.status` is then the HTTP status.
        """
        url = self._absolute(url_or_path, params)
        reply = self._exchange(_Request("GET", url, authorization))
        if reply.status == 401:
            raise AuthenticationError(f"{safe_url(url)} did not accept our credential (401).")
        if reply.status == 403:
            needed = f"grant {permission}" if permission else "the credential lacks a read permission"
            raise DeniedError(permission, f"{safe_url(url)} was refused (403): {needed}.")
        return answer(reply, expect, unique_keys=unique_keys)

    def post_form(self, url_or_path: str, form: Mapping[str, str], *, authorization: str | None = None) -> Answer:
        """Ask a token endpoint for a token; nothing else is ever sent by POST.

        Raises as `get` does; AuthenticationError, with the OAuth error code, where the credential is refused.
        """
        url = self._absolute(url_or_path, None)
        reply = self._exchange(_Request("POST", url, authorization, form))
        if reply.status in {400, 401, 403}:
            raise AuthenticationError(f"{safe_url(url)} did not accept our credential ({error_code(reply)}).")
        return answer(reply, dict, unique_keys=False)

    def _absolute(self, url_or_path: str, params: Mapping[str, str | int] | None) -> str:
        url = url_or_path
        if "://" not in url.partition("?")[0] and not url.startswith("//"):
            url = f"{self._base_url}/{url.lstrip('/')}" if url else self._base_url
        if params:
            url += ("&" if urlsplit(url).query else "?") + urlencode(params)
        return self._pinned(url, "a link")

    def _pinned(self, url: str, what: str) -> str:
        try:
            stays = origin(url) == self._origin
        except ValueError:
            stays = False
        if not stays:
            raise ProtocolError(safe_url(url), f"The provider gave {what} that leaves its own host; not followed")
        return url

    def _exchange(self, request: _Request) -> Reply:
        """Send until there is an answer that is no redirect and no "later"; bounded by the limits."""
        deadline = time.monotonic() + self._limits.total
        half = self._limits.backoff / 2
        retry = Retry(total=None, backoff_factor=half, backoff_jitter=half, backoff_max=30)
        retry = retry.increment()  # urllib3 would send its first retry without a wait
        for left in range(self._limits.retries, -1, -1):
            fault: ConnectorError
            wait: float | None = None
            try:
                reply = self._follow(request, deadline)
            except _Interrupted as interruption:
                fault = interruption.error
            else:
                if reply.status not in _RETRIED:
                    return reply
                fault = ProtocolError(safe_url(reply.url), later(reply.status), reply.status)
                wait = retry_after(retry, reply)
            retry = retry.increment()
            wait = retry.get_backoff_time() if wait is None else wait
            too_long = wait > self._limits.retry_after or time.monotonic() + wait > deadline
            if not left or too_long:
                raise fault
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, request: _Request, deadline: float) -> Reply:
        for _ in range(_MAX_REDIRECTS + 1):
            reply = self._attempt(request, deadline)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location or request.method != "GET":
                return reply
            request = request.at(self._redirected(request.url, location))
        raise ProtocolError(safe_url(request.url), "The provider redirects in a circle")

    def _redirected(self, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
        except ValueError:  # no address at all
            target = location
        return self._pinned(target, "a redirect")

    def _attempt(self, request: _Request, deadline: float) -> Reply:
        """One request. Raises _Interrupted for what may go better the next time."""
        with self._lock:
            self.requests_sent += 1
        remaining = max(deadline - time.monotonic(), 0.01)
        headers: dict[str, str | bytes] = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "Amphora",
        }
        if request.authorization:
            headers["Authorization"] = request.authorization.encode("utf-8", "replace")
        try:
            with self._session.request(
                request.method,
                request.url,
                data=request.form,
                headers=headers,
                timeout=(min(self._limits.connect, remaining), min(self._limits.read, remaining)),
                allow_redirects=False,
                stream=True,
            ) as response:
                at = datetime.now(UTC)
                content = self._read(response, deadline)
                return Reply(response.status_code, response.headers, content, request.url, at)
        except requests.exceptions.SSLError:
            raise UnreachableError(
                f"The certificate of {show_origin(request.url)} could not be verified; a company CA is set by"
                " REQUESTS_CA_BUNDLE."
            ) from None
        except requests.exceptions.InvalidHeader:
            raise ConnectorError("The credential holds a line break and cannot be sent.") from None
        except (requests.RequestException, HTTPError) as fault:
            raise _Interrupted(unreachable(request.url, fault)) from None

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """The decoded body. What counts against the limit is what comes out of decompression."""
        pieces = bytearray()
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces += piece
            if len(pieces) > self._limits.body:
                raise ProtocolError(
                    safe_url(response.url), f"The answer is larger than {self._limits.body:,} bytes and was not read on"
                )
            if time.monotonic() > deadline:
                raise UnreachableError(f"{safe_url(response.url)} did not answer within {self._limits.total:g} s.")
        return bytes(pieces)


class _Interrupted(Exception):  # noqa: N818  (not an error by itself: it carries the one to raise in the end)
    def __init__(self, error: ConnectorError) -> None:
        super().__init__(str(error))
        self.error = error
