"""Digests of JSON, and text that PostgreSQL can hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from connectors.base import Connector
from connectors.facts import Json

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_REPLACEMENT: Final = "\ufffd"


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted members, no blanks, and nothing that a database cannot hold."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if "\\u0000" in text:
        text = _ESCAPED_NUL.sub(rf"\1{_REPLACEMENT}", text)
    return text if text.isascii() else _SURROGATE.sub(_REPLACEMENT, text)


def storable_json(value: Json) -> Json:
    """The value with U+FFFD in place of what no database column holds."""
    return json.loads(canonical(value))


def sha256(content: str | bytes) -> bytes:
    """The digest of bytes, or of text in UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).digest()


def storable(text: str) -> str:
    """The text with U+FFFD in place of what no database column holds: NUL and lone surrogates."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def keyed_by(connector: Connector, issuers: Iterable[str]) -> Callable[[bytes], bytes]:
    """A function from the SHA-256 of a record to its digest, keyed with all else that its mapping depends on.

    Call it once the connector has read its servers: only then its basis is known.
    """
    basis = [connector.kind, connector.version, connector.basis(), sorted(set(issuers))]
    key = sha256(canonical(basis))
    return lambda record_sha256: sha256(key + record_sha256)
