"""What a provider's reply means: an answer, or an error in words that hold nothing secret of the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import requests
from urllib3.exceptions import DecodeError, HTTPError, InvalidHeader, NameResolutionError, ReadTimeoutError
from urllib3.util import Retry

from connectors.base import Source
from connectors.errors import ConnectorError, ProtocolError, UnreachableError
from connectors.facts import Json
from connectors.json_text import JsonError, parse
from connectors.urls import safe_url, show_origin

_LONGEST_WAIT: Final = 1e9
_TYPE_NAMES: Final[Mapping[type, str]] = {dict: "an object", list: "a list", str: "a string"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one read showed, and the request that showed it."""

    body: Json
    source: Source


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response, read to its end; `content` is decompressed."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    at: datetime


def unreachable(url: str, fault: Exception) -> ConnectorError:
    """What a failure of the transport means, in words that hold nothing of the request but its address."""
    where = show_origin(url)
    reason = getattr(fault.args[0], "reason", fault.args[0]) if fault.args else fault
    if isinstance(reason, NameResolutionError):
        return UnreachableError(f"The name of {where} could not be resolved.")
    if isinstance(fault, requests.exceptions.ConnectTimeout):
        return UnreachableError(f"{where} did not accept a connection in time.")
    if isinstance(fault, requests.exceptions.Timeout | ReadTimeoutError):
        return UnreachableError(f"{where} did not answer in time.")
    if isinstance(fault, requests.exceptions.ProxyError):
        return UnreachableError(f"The proxy did not connect to {where}.")
    if isinstance(fault, DecodeError):
        return ProtocolError(safe_url(url), "The answer could not be decompressed")
    if isinstance(fault, HTTPError):
        return ProtocolError(safe_url(url), "The answer ended in the middle (truncated)")
    return UnreachableError(f"The connection to {where} could not be made, or broke off.")


def later(status: int) -> str:
    """What a status means that asks to come back."""
    return "The provider asks us to slow down (429)" if status == 429 else f"The provider is not available ({status})"


def retry_after(retry: Retry, reply: Reply) -> float | None:
    """Seconds that the provider asks us to wait: a number, or until a date."""
    header = reply.headers.get("retry-after")
    if header is None:
        return None
    try:
        return min(float(retry.parse_retry_after(header)), _LONGEST_WAIT)
    except (InvalidHeader, ValueError, OverflowError, TypeError):
        return None  # neither a number nor a date that there is


def answer(reply: Reply, expect: type, *, unique_keys: bool) -> Answer:
    """The JSON of a reply. Raises ProtocolError for every other status than success, and for what is not that JSON."""
    url = safe_url(reply.url)
    if not 200 <= reply.status < 300:
        raise ProtocolError(url, f"The provider answered with status {reply.status}", reply.status)
    if "html" in reply.headers.get("content-type", "") or reply.content.lstrip()[:1] == b"<":
        raise ProtocolError(url, "The answer is a web page instead of JSON (a log-in page or a proxy?)", reply.status)
    try:
        body = parse(reply.content, unique_keys=unique_keys)
    except JsonError as fault:
        at = f" at {fault.place}" if fault.place else ""
        raise ProtocolError(url, f"The answer cannot be read{at}: {fault}", reply.status) from None
    if not isinstance(body, expect):
        wanted = _TYPE_NAMES.get(expect, expect.__name__)
        raise ProtocolError(url, f"The answer is not {wanted} but {type(body).__name__}", reply.status)
    return Answer(body, Source(url, reply.at))


def error_code(reply: Reply) -> str:
    """The OAuth error code of a token endpoint's refusal; its free text is left out, it may repeat what we sent."""
    try:
        code = parse(reply.content).get("error")
    except (JsonError, AttributeError):
        code = None
    known = isinstance(code, str) and len(code) < 60 and code.replace("_", "").isalpha()
    return f"{code}, status {reply.status}" if known else f"status {reply.status}"
