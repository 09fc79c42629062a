"""Members of a JSON document that are facts of the vocabulary: cut to what may be kept, and read with their type.

A value of another type than the standard's is not kept: only its kind is, in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from connectors.facts import Fact, Facts, Json, NotObserved, Reason
from connectors.urls import mask_password

_WRONG_TYPE: Final = "wrong_type"
_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
_ADDRESSES: Final = ("_uri", "_uris", "_endpoint", "issuer", "mtls_endpoint_aliases", "protected_resources")


def kind_of(value: Json) -> str:
    """The JSON type of a value, in words."""
    return _KINDS[type(value)]


def wrong_type(value: Json) -> Json:
    """What a record keeps of a value that has another type than it should."""
    return {_WRONG_TYPE: kind_of(value)}


def wrong(name: str, value: Json, wanted: str) -> NotObserved:
    """Of a member that cannot be read; its value is not told. `value` is as it came, or as a record keeps it."""
    return NotObserved(Reason.FAILED, f"{name} is {_kept_kind(value) or kind_of(value)}; it must be {wanted}")


def cut(fact: Fact, value: Json) -> Json:
    """What a record keeps of a member. Space-separated text is accepted for a list of strings, as it is in the wild.

    Passwords in addresses are masked. None stands for a member that is missing.
    """
    if value is None:
        return None
    if fact.type is list and isinstance(value, str):
        value = value.split()
    if fact.type is list and isinstance(value, list) and not all(isinstance(entry, str) for entry in value):
        return {_WRONG_TYPE: "a list of other things"}
    if not isinstance(value, fact.type) or (fact.type is int and isinstance(value, bool)):
        return wrong_type(value)
    if isinstance(value, dict):
        value = {name: entry for name, entry in value.items() if isinstance(entry, str)}
    return _masked(value) if fact.name.endswith(_ADDRESSES) else value


def read(fact: Fact, value: Json) -> Json:
    """The fact that a record holds, or NotObserved(FAILED); None where the member is missing."""
    if _kept_kind(value):
        return wrong(fact.name, value, "a list of text" if fact.type is list else _KINDS[fact.type])
    return value


def read_all(facts: Iterable[Fact], document: Mapping[str, Json]) -> Facts:
    """The facts of a record, None for what it lacks."""
    return {fact.name: read(fact, document.get(fact.name)) for fact in facts}


def _kept_kind(value: Json) -> str:
    """The kind of a value of the wrong type, of which nothing else was kept; else empty."""
    return str(value[_WRONG_TYPE]) if isinstance(value, dict) and value.keys() == {_WRONG_TYPE} else ""


def _masked(value: Json) -> Json:
    if isinstance(value, str):
        return mask_password(value)
    if isinstance(value, dict):
        return {name: mask_password(entry) for name, entry in value.items()}
    return [mask_password(entry) for entry in value]
