"""Reading a function's signature as the list of what it asks for; and derived facts, which are such functions too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from connectors.facts import AUTHORIZATION_SERVER, CLIENT, NotObserved, Subject
from posture.outcome import Missing, Outcome

SERVER_PREFIX = "server_"


class ControlError(TypeError):
    """A control or derived fact is written wrongly; raised at import."""


class Origin(StrEnum):
    """Where the engine takes a parameter's value from."""

    CLIENT = "client"
    SERVER = "server"
    DERIVED = "derived"
    OUTCOME = "outcome"
    NOW = "now"
    UNSEEN_INPUTS = "unseen_inputs"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a control or derived fact.

    `token` tells it from every other input: a client's fact or a derived one by its name, a server's with the prefix
    `server_`, another control's outcome by its id.
    """

    name: str
    origin: Origin
    token: str
    admits_unseen: bool


def derived(function: Callable[..., Any]) -> Derived:
    """Declare a derived fact: a pure function over facts; its docstring says how it is derived."""
    parameters, tunables = read_signature(function, Subject.CLIENT)
    if tunables:
        raise ControlError(f"{function.__name__}: a derived fact has no tunables")
    name = function.__name__
    if name in CLIENT or name in AUTHORIZATION_SERVER:
        raise ControlError(f"{name}: a derived fact has the name of a fact of the vocabulary")
    tokens = tuple(parameter.token for parameter in parameters)
    fact = Derived(name, function, parameters, tokens, needed(parameters))
    _DERIVED[name] = fact
    return fact


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that is computed from others, standard's defaults included."""

    name: str
    derive: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    tokens: tuple[str, ...]
    needed: tuple[str, ...]

    @property
    def meaning(self) -> str:
        return inspect.cleandoc(self.derive.__doc__ or "")


def needed(parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    """Tokens of the inputs without which the function is not called."""
    return tuple(parameter.token for parameter in parameters if not parameter.admits_unseen)


_DERIVED: dict[str, Derived] = {}


def derived_facts() -> Mapping[str, Derived]:
    """Derived facts declared so far, by name."""
    return _DERIVED


def read_signature(function: Callable[..., Any], subject: Subject) -> tuple[tuple[Parameter, ...], dict[str, Any]]:
    """The inputs and the tunables (with defaults) that a signature declares."""
    hints = get_type_hints(function)
    parameters: list[Parameter] = []
    tunables: dict[str, Any] = {}
    for name, declared in inspect.signature(function).parameters.items():
        if name not in hints:
            raise ControlError(f"{function.__name__}: parameter {name} has no annotation")
        if declared.kind is inspect.Parameter.KEYWORD_ONLY:
            if declared.default is inspect.Parameter.empty:
                raise ControlError(f"{function.__name__}: tunable {name} has no default")
            tunables[name] = declared.default
        else:
            parameters.append(_parameter(function.__name__, name, hints[name], subject))
    return tuple(parameters), tunables


def _parameter(function: str, name: str, hint: Any, subject: Subject) -> Parameter:
    members = set(get_args(hint)) if get_origin(hint) is not None and not _is_generic(hint) else {hint}
    if Outcome in members:
        return Parameter(name, Origin.OUTCOME, name.upper().replace("_", "-"), admits_unseen=True)
    if name == "now" and hint is datetime:
        return Parameter(name, Origin.NOW, name, admits_unseen=True)
    if name == "unseen_inputs":
        return Parameter(name, Origin.UNSEEN_INPUTS, name, admits_unseen=True)
    if name in _DERIVED:
        return Parameter(name, Origin.DERIVED, name, admits_unseen=Missing in members)
    origin, token, expected = _place(function, name, subject)
    kinds = {get_origin(member) or member for member in members} - {NotObserved, type(None), Missing}
    if kinds != {expected}:
        raise ControlError(f"{function}: {name} is of type {expected.__name__}, annotated {hint}")
    if type(None) not in members:
        raise ControlError(f"{function}: {name} may be seen to be absent: its annotation must admit None")
    return Parameter(name, origin, token, admits_unseen=NotObserved in members)


def _place(function: str, name: str, subject: Subject) -> tuple[Origin, str, type]:
    bare = name.removeprefix(SERVER_PREFIX)
    if name in CLIENT and not (subject is Subject.AUTHORIZATION_SERVER and name in AUTHORIZATION_SERVER):
        return Origin.CLIENT, name, CLIENT[name].type
    if bare in AUTHORIZATION_SERVER:
        return Origin.SERVER, SERVER_PREFIX + bare, AUTHORIZATION_SERVER[bare].type
    raise ControlError(f"{function}: {name} is no fact of the vocabulary and no derived fact")


def _is_generic(hint: Any) -> bool:
    return get_origin(hint) in {list, dict, tuple}
