"""Opens an export file: finds its encoding, reads its JSON and asks every connector whether it knows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from connectors.base import Connector
from connectors.discovery import discover
from connectors.errors import FileError
from connectors.facts import Json
from connectors.json_text import JsonError, decode, parse_text

MAX_BYTES: Final = 512 * 1024 * 1024
_SAMPLE: Final = 4096
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f\x1b")
_MARKS_WITH_NULS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def open_export(path: Path) -> Connector:
    """A connector over the export, of the kind that its content shows.

    Raises FileError naming the place (a line and column, or a path into the document) for what cannot be read.
    """
    document = read_json(path)
    recognised = [
        connector for kind in discover().values() if (connector := kind.open_file(document, path.name)) is not None
    ]
    if not recognised:
        raise FileError("", f"it is JSON, but no export that Amphora knows: it is {_outline(document)}. {_sought()}")
    if len(recognised) > 1:
        kinds = ", ".join(connector.label for connector in recognised)
        raise FileError("", f"its kind is not clear, it could be any of: {kinds}")
    return recognised[0]


def read_json(path: Path) -> Json:
    """The document in a file in UTF-8 or UTF-16. Raises FileError."""
    data = _read(path)
    if _is_binary(data):
        raise FileError("", "it is a binary file, not a JSON export")
    try:
        text = decode(data)
        del data
        document = parse_text(text)
    except JsonError as fault:
        raise FileError(fault.place, str(fault)) from None
    except MemoryError:
        raise FileError("", "it does not fit into memory") from None
    if not isinstance(document, dict | list):
        raise FileError("", f"its top level is {_outline(document)}; an export is an object or a list of objects")
    return document


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FileError("", "it is a directory: name the files in it")
        if "\0" in str(path) or not path.exists():
            raise FileError("", "there is no such file")
        if not path.is_file():
            raise FileError("", "it is no ordinary file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError("", f"it is larger than {MAX_BYTES // 2**20} MB ({size / 2**20:,.0f} MB)")
        return path.read_bytes()
    except OSError as fault:
        raise FileError("", f"it cannot be read ({fault.strerror or type(fault).__name__})") from None


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    if sample.startswith(_MARKS_WITH_NULS):
        return False
    return any(byte < 32 and byte not in _TEXT_CONTROLS for byte in sample)


def _outline(document: Json) -> str:
    """What the document is, in a few words that hold names of members but no value of it."""
    if isinstance(document, list):
        return (
            f"a list of {len(document)}, the first of which is {_outline(document[0])}" if document else "an empty list"
        )
    if isinstance(document, dict):
        names = ", ".join(json.dumps(name[:40]) for name in list(document)[:6])
        return f"an object with {names}" + (" ..." if len(document) > 6 else "") if document else "an empty object"
    return {str: "a string", bool: "true or false", type(None): "null"}.get(type(document), "a number")


def _sought() -> str:
    exports = [f"{kind.label}: {kind.exports}" for kind in discover().values() if kind.exports]
    return "Known are " + "; ".join(exports) + "."
