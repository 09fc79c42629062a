"""Verdicts that are already known: most clients of a server are the same case for most controls.

A control depends on nothing but its inputs, so the same inputs on the same server under the same policy have the
same verdict, rung and reasons. Clients are the same case where all that the controls ask for is equal and known by
the same rungs: for all controls together, else for those that look at redirect URIs, which tell most clients apart,
and for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from connectors.facts import Subject
from posture import derived
from posture.case import Values, base_parameters
from posture.control import Control
from posture.evidence import Evidence
from posture.policy import ASKED_OF_CLIENT, Policy
from posture.signature import Derived, Origin, Parameter, derived_facts

_MOST: Final = 8192
"""Cases that are kept of each sort; a client in any other is judged anew."""

_CALLBACKS: Final = derived.callbacks.name
_FORMS: Final = derived.callback_forms.name
_OF_ONE_CLIENT: Final = frozenset(
    {_CALLBACKS, "redirect_uris", "resolved_redirect_uris", Origin.NOW, Origin.UNSEEN_INPUTS}
)
_NOT_SHARED: Final = 2

Case = dict[Control, Any]
"""Verdicts by control, to look one up and to put one in."""


class Known(NamedTuple):
    """What is known of a client's case."""

    whole: list[dict[str, Any]]
    """All verdicts by control id, once they are put in; then nothing else is needed."""
    parts: tuple[Case, ...] = ()
    """By place of the control; the last one is empty, for controls that ask for what no two clients share."""


class Memo:
    """Verdicts on the clients of one server by these controls under one policy."""

    def __init__(self, server: Evidence, policy: Policy, controls: tuple[Control, ...]) -> None:
        self._rests_on = (server, policy, controls)
        by_id = {control.id: control for control in controls}
        asked = {control: _asked(control, by_id) for control in controls}
        of_clients = [control for control in controls if control.subject is Subject.CLIENT or asked[control]]
        shared = {control: tokens for control, tokens in asked.items() if _OF_ONE_CLIENT.isdisjoint(tokens)}
        places = {control: int(_FORMS in tokens) for control, tokens in shared.items()}
        parts = [
            {t for control, tokens in shared.items() if places[control] == place for t in tokens} for place in (0, 1)
        ]
        self._parts: list[_Cases[Case]] = [_Cases(tokens) for tokens in parts]
        self._wholes: _Cases[list[dict[str, Any]]] = _Cases(set().union(*parts))
        self.places = [(control, places.get(control, _NOT_SHARED)) for control in of_clients]
        """The controls that look at a client, in their order, and which of the parts each belongs to."""
        # What was not seen follows from the other verdicts.
        self._are_whole = all(control in shared or asked[control] == {Origin.UNSEEN_INPUTS} for control in of_clients)

    def is_for(self, server: Evidence, policy: Policy, controls: tuple[Control, ...]) -> bool:
        return all(ours is theirs for ours, theirs in zip(self._rests_on, (server, policy, controls), strict=True))

    def known(self, client: Evidence, values: Values) -> Known:
        """What is known of the case of a client with these values."""
        whole = self._wholes.of(client, values, []) if self._are_whole else []
        return Known(whole) if whole else Known(whole, (*(part.of(client, values, {}) for part in self._parts), {}))


_K = TypeVar("_K")


class _Cases(Generic[_K]):
    """What is known of the cases met so far, as far as these inputs tell them apart."""

    def __init__(self, asked: set[str]) -> None:
        tokens = asked.union(*(_followed(parameter, {}) for parameter in _ALWAYS))
        behind = {token: frozenset(_behind(token)) for token in tokens}
        self._facts = frozenset().union(*behind.values())
        self._values = itemgetter(
            *sorted(token for token in tokens if token in behind[token] or behind[token] - tokens)
        )
        self._known: dict[tuple[Any, ...], _K] = {}

    def of(self, client: Evidence, values: Values, new: _K) -> _K:
        """What is known of a client's case; if nothing was, `new` from now on."""
        inputs = [tuple(value) if type(value) is list else value for value in self._values(values)]
        rungs = frozenset([item for item in client.rungs.items() if item[0] in self._facts])
        key = (*inputs, client.rung, rungs)
        try:
            return self._known.setdefault(key, new) if len(self._known) < _MOST else self._known.get(key, new)
        except TypeError:  # an input that cannot be looked up
            return new


_ALWAYS: Final = [  # what the engine itself asks for
    Parameter(name, Origin.DERIVED, name, admits_unseen=True)
    for name in (derived.effective_client_type.name, derived.addressee.name)
] + [Parameter(name, Origin.CLIENT, name, admits_unseen=True) for name in ASKED_OF_CLIENT]


def _asked(control: Control, by_id: Mapping[str, Control]) -> set[str]:
    """Tokens of what a control's verdict depends on, the server apart."""
    asked = control.inputs.values()
    tokens = {token for parameter in asked for token in _followed(parameter, by_id)}
    looks_closer = not control.by_form and any(parameter.token == _CALLBACKS for parameter in asked)
    return tokens | {_CALLBACKS} if looks_closer else tokens


def _followed(parameter: Parameter, by_id: Mapping[str, Control]) -> set[str]:
    """An input followed to facts of the client, and to what stands for them in short."""
    token = parameter.token
    match parameter.origin:
        case Origin.SERVER:
            return set()
        case Origin.OUTCOME:
            return _asked(by_id[token], by_id)
        case Origin.DERIVED if token == _CALLBACKS:
            return {_FORMS}
        case Origin.DERIVED if not _stands_for_fact(derived_facts()[token]):
            return {found for needed in derived_facts()[token].parameters for found in _followed(needed, by_id)}
        case _:
            return {token}


def _stands_for_fact(fact: Derived) -> bool:
    """Whether it says in short all that matters of one fact of the client: the value, and whether it was seen."""
    parameters = fact.parameters
    return len(parameters) == 1 and parameters[0].origin is Origin.CLIENT and not parameters[0].admits_unseen


def _behind(token: str) -> Iterable[str]:
    """The facts of the client that a token stands for."""
    return base_parameters(derived_facts()[token].parameters) if token in derived_facts() else (token,)
