"""Conditions of client policies: how each votes on a client's requests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from connectors.facts import Json, NotObserved, Reason
from connectors.keycloak.unseen import Unseen
from connectors.keycloak.version import Version, has_fix


class Event(Enum):
    """A request that conditions vote on."""

    AUTHORIZATION = "authorization request"
    BEFORE_AUTHORIZATION = "check of pushed content"
    CODE_TOKEN = "code token request"  # noqa: S105  (the name of a request)
    PASSWORD = "password grant request"  # noqa: S105  (the name of a request)


class Vote(Enum):
    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"
    SOMETIMES = "sometimes"
    """It depends on the scopes that a request asks for, so the client can avoid it."""


Ballot = Vote | NotObserved
"""A vote, or why it cannot be told."""


class Traits(Protocol):
    """What conditions look at in a client. Every method raises Unseen."""

    def access_type(self) -> str: ...
    def attribute(self, key: str) -> str | None: ...
    def roles(self) -> Sequence[str]: ...
    def default_scopes(self) -> Sequence[str]: ...
    def optional_scopes(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition; `values` is None where it is of an unknown kind or its configuration cannot be read."""

    name: str
    negative: bool = False
    values: tuple[str, ...] | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    """Attributes and the values that they must have, of client-attributes."""

    def vote(self, client: Traits, event: Event, version: Version | None) -> Ballot:
        """The vote of the condition, negation applied."""
        if self.name.startswith(_ON_CHANGES_ONLY):
            return Vote.ABSTAIN
        if self.values is None:
            return NotObserved(Reason.UNCLASSIFIED, f"the condition {self.name} cannot be decided from what is read")
        knows = self._knows(event, version)
        if knows is not None:
            return knows
        try:
            vote = self._test(client)
        except Unseen as unseen:
            return unseen.why
        return _NEGATED.get(vote, vote) if self.negative else vote

    def _knows(self, event: Event, version: Version | None) -> Ballot | None:
        """None when the condition votes on such a request; else that it abstains, or why this cannot be told."""
        if self.name == "any-client":
            return None
        if event is Event.BEFORE_AUTHORIZATION:
            return None if self.name in _VOTES_BEFORE_AUTHORIZATION else Vote.ABSTAIN
        if event is not Event.PASSWORD:
            return None
        if version is None:
            return NotObserved(
                Reason.NOT_RETURNED,
                f"whether the condition {self.name} acts on the password grant depends on Keycloak's version, which is"
                " not shown",
            )
        return None if has_fix(version, _PASSWORD_SINCE[self.name]) else Vote.ABSTAIN

    def _test(self, client: Traits) -> Vote:
        values = self.values or ()
        match self.name:
            case "any-client":
                return Vote.YES
            case "client-access-type":
                return _vote(client.access_type() in values)
            case "client-type":
                return _vote("openid-connect" in values)
            case "client-attributes":
                return _vote(_all_equal(client, self.pairs))
            case "client-roles":
                return _vote(not set(client.roles()).isdisjoint(values))
            case "client-scopes default":
                return _vote(not set(client.default_scopes()).isdisjoint(values))
            case _:
                may_ask = not set(client.optional_scopes()).isdisjoint(values)
                return Vote.SOMETIMES if may_ask else Vote.NO

    def basis(self) -> Json:
        values = None if self.values is None else list(self.values)
        return [self.name, self.negative, values, [list(pair) for pair in self.pairs]]


_SECRET_NAME: Final = re.compile(r"secret|passw|private|credential", re.IGNORECASE)
_ON_CHANGES_ONLY: Final = "client-updater-"
_NEGATED: Final = {Vote.YES: Vote.NO, Vote.NO: Vote.YES}
_VOTES_BEFORE_AUTHORIZATION: Final = frozenset({"client-attributes", "client-roles"})
_PASSWORD_SINCE: Final[Mapping[str, Version]] = {
    "client-access-type": (26, 6, 0),
    "client-scopes default": (26, 6, 0),
    "client-scopes optional": (26, 6, 0),
    "client-type": (26, 6, 3),
    "client-attributes": (26, 6, 3),
    "client-roles": (26, 6, 3),
}
"""The version in which a condition began to vote on the password grant."""


def read_condition(document: Json) -> Condition:
    """A condition of a policy. One that cannot be read is one that cannot be decided."""
    if not isinstance(document, dict) or not isinstance(document.get("condition"), str):
        return Condition("without a name")
    name = document["condition"]
    settings = document.get("configuration")
    settings = settings if isinstance(settings, dict) else {}
    negative = str(settings.get("is-negative-logic", "")).lower() == "true"
    match name:
        case "any-client":
            return Condition(name, negative, ())
        case "client-access-type":
            return Condition(name, negative, _texts(settings.get("type")))
        case "client-type":
            return Condition(name, negative, _texts(settings.get("protocol")))
        case "client-roles":
            return Condition(name, negative, _texts(settings.get("roles")))
        case "client-scopes":
            kind = str(settings.get("type", "Optional")).lower()
            known = kind in {"default", "optional"}
            return Condition(f"{name} {kind}", negative, _texts(settings.get("scopes")) if known else None)
        case "client-attributes":
            pairs = _pairs(settings.get("attributes"))
            return Condition(name, negative, None if pairs is None else (), pairs or ())
    return Condition(name, negative)


def is_secret_attribute(key: str) -> bool:
    """Attributes that may hold a secret, so that they are not read even where a policy asks for them."""
    return key == "jwks.string" or _SECRET_NAME.search(key) is not None


def _texts(value: Json) -> tuple[str, ...] | None:
    values = value if isinstance(value, list) else [value]
    return tuple(values) if all(isinstance(entry, str) for entry in values) else None


def _pairs(value: Json) -> tuple[tuple[str, str], ...] | None:
    """Attributes as Keycloak's admin console stores them: JSON text of a list of key and value."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        value = [{"key": key, "value": entry} for key, entry in value.items()]
    if not isinstance(value, list) or not value:
        return None
    pairs: list[tuple[str, str]] = []
    for entry in value:
        key, text = (entry.get("key"), entry.get("value")) if isinstance(entry, dict) else (None, None)
        if not isinstance(key, str) or not isinstance(text, str) or is_secret_attribute(key):
            return None
        pairs.append((key, text))
    return tuple(pairs)


def _all_equal(client: Traits, pairs: tuple[tuple[str, str], ...]) -> bool:
    """Several values for one attribute never match."""
    return len(dict(pairs)) == len(pairs) and all(client.attribute(key) == value for key, value in pairs)


def _vote(matches: bool) -> Vote:  # noqa: FBT001  (the answer itself)
    return Vote.YES if matches else Vote.NO
