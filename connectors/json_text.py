"""Reads JSON from bytes that somebody else wrote, and says where it is broken."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from typing import Final, NoReturn

from connectors.facts import Json

_UNSTORABLE: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})|[\x00\ud800-\udfff]")
_IN_STRING: Final = re.compile("[\x00\ud800-\udfff]")
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLANK: Final = " \t\r\n"
_CUT_OFF: Final = re.compile(r"|t(r(u)?)?|f(a(l(s)?)?)?|n(u(l)?)?|-|\.|[eE][+-]?|\\?")
_CUT_OFF_ESCAPE: Final = re.compile(r"\\?u?[0-9a-fA-F]{0,4}")
"""What stands where parsing stopped, up to the end of the text, when the text was cut inside a word or number."""


class JsonError(ValueError):
    """The text is not JSON that we accept. `place` is "line 3, column 7", or empty."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


def decode(data: bytes) -> str:
    """Text of bytes in UTF-8, or in what their byte order mark says. Raises JsonError naming the line."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        if fault.end == len(data) and fault.reason in {"unexpected end of data", "truncated data"}:
            raise JsonError(_line_of(data[: fault.start], encoding), "it ends in the middle (truncated)") from None
        place = _line_of(data[: fault.start], encoding)
        raise JsonError(place, f"it is not text in {encoding.removesuffix('-sig').upper()}") from None


def parse(data: bytes, *, unique_keys: bool = False) -> Json:
    """The JSON value. With `unique_keys`, a member that stands twice in an object is refused.

    Characters that a database cannot hold (NUL, lone surrogates) come back as U+FFFD. Raises JsonError.
    """
    return parse_text(decode(data), unique_keys=unique_keys)


def parse_text(text: str, *, unique_keys: bool = False) -> Json:
    """As `parse`, from text."""
    if not text or text.isspace():
        raise JsonError("", "it is empty")
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
            object_pairs_hook=_unique if unique_keys else None,
        )
        return _storable(value) if _UNSTORABLE.search(text) else value
    except json.JSONDecodeError as fault:
        raise _located(text, fault) from None
    except RecursionError:
        raise JsonError("", "it is nested too deep") from None


def _located(text: str, fault: json.JSONDecodeError) -> JsonError:
    if not _is_cut(text, fault):
        what = fault.msg.lower().removesuffix(" at")
        return JsonError(f"line {fault.lineno}, column {fault.colno}", f"it is not valid JSON ({what})")
    end = text.rstrip(_BLANK)
    place = f"line {end.count(chr(10)) + 1}, column {len(end) - end.rfind(chr(10))}"
    return JsonError(place, "it ends in the middle (truncated)")


def _is_cut(text: str, fault: json.JSONDecodeError) -> bool:
    """The text is a beginning of JSON that was cut off."""
    rest = text[fault.pos : fault.pos + 40].strip(_BLANK)
    if fault.msg.startswith("Unterminated string"):
        return True
    if fault.msg.startswith("Invalid \\"):
        return _CUT_OFF_ESCAPE.fullmatch(rest) is not None
    return fault.msg != "Extra data" and _CUT_OFF.fullmatch(rest) is not None


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError("", f"it holds {name}, which is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > 1000:
        raise JsonError("", "it holds a number of more than 1000 digits")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonError("", "it holds a number that is out of range")
    return number


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, times in counted.items() if times > 1)
        raise JsonError("", f"the member {twice[:80]!r} stands twice in one object")
    return found


def _storable(value: Json) -> Json:
    if isinstance(value, str):
        return _IN_STRING.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(entry) for entry in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(entry) for name, entry in value.items()}
    return value


def _line_of(before: bytes, encoding: str) -> str:
    return f"line {before.decode(encoding, 'ignore').count(chr(10)) + 1}"
