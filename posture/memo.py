"""Verdicts that are already known: most clients of a server are the same case for most controls.

A control depends on nothing but its inputs, so the same inputs on the same server under the same policy have the
same verdict, rung and reasons. Clients are the same case where all that the controls ask for is equal and known by
the same rungs: once for the controls that look at redirect URIs, which tell most clients apart, and once for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, Final

from connectors.facts import Subject
from posture import derived
from posture.case import Rungs, Values, base_parameters
from posture.control import Control
from posture.evidence import Evidence
from posture.policy import Policy
from posture.signature import Origin, Parameter, derived_facts

_MOST: Final = 8192
"""Cases that are kept of each sort; a client in any other is judged anew."""

_CALLBACKS: Final = derived.callbacks.name
_FORMS: Final = derived.callback_forms.name
_IN_SHORT: Final = frozenset(
    {_FORMS}
    | {derived.has_redirect_uris.name, derived.has_web_origins.name}
    | {derived.has_keys_by_value.name, derived.has_keys_by_reference.name}
)
"""Derived facts that stand for what is different in every client, as far as it matters."""
_OF_ONE_CLIENT: Final = frozenset(
    {_CALLBACKS, "redirect_uris", "resolved_redirect_uris", Origin.NOW, Origin.UNSEEN_INPUTS}
)
_NOT_SHARED: Final = 2

Case = dict[Control, Any]
"""Verdicts by control, to look one up and to put one in."""


class Memo:
    """Verdicts on the clients of one server by these controls under one policy."""

    def __init__(self, server: Evidence, policy: Policy, controls: tuple[Control, ...]) -> None:
        self._rests_on = (server, policy, controls)
        by_id = {control.id: control for control in controls}
        asked = {control: _asked(control, by_id) for control in controls}
        shared = {control: tokens for control, tokens in asked.items() if _OF_ONE_CLIENT.isdisjoint(tokens)}
        places = {control: int(_FORMS in tokens) for control, tokens in shared.items()}
        self._cases = [
            _Cases({token for control, tokens in shared.items() if places[control] == place for token in tokens})
            for place in (0, 1)
        ]
        of_clients = [control for control in controls if control.subject is Subject.CLIENT or asked[control]]
        self.places = [(control, places.get(control, _NOT_SHARED)) for control in of_clients]
        """The controls that look at a client, in their order, and which of `cases` each belongs to."""

    def is_for(self, server: Evidence, policy: Policy, controls: tuple[Control, ...]) -> bool:
        return all(ours is theirs for ours, theirs in zip(self._rests_on, (server, policy, controls), strict=True))

    def cases(self, values: Values, rungs: Rungs) -> tuple[Case, ...]:
        """What is known of a client's case, and an empty one for controls that ask for what no two clients share."""
        return (*(cases.of(values, rungs) for cases in self._cases), {})


class _Cases:
    """The cases met so far, as far as these inputs tell them apart."""

    def __init__(self, asked: set[str]) -> None:
        tokens = asked.union(*(_followed(parameter, {}) for parameter in _ALWAYS))
        behind = {base for token in tokens for base in _behind(token)}
        self._values = itemgetter(*sorted(tokens))
        self._rungs = itemgetter(*sorted(behind))
        self._known: dict[tuple[Any, ...], Case] = {}

    def of(self, values: Values, rungs: Rungs) -> Case:
        inputs = [tuple(value) if type(value) is list else value for value in self._values(values)]
        key = (*inputs, *self._rungs(rungs))
        try:
            known = self._known.get(key)
        except TypeError:  # an input that cannot be looked up
            return {}
        if known is None:
            known = {}
            if len(self._known) < _MOST:
                self._known[key] = known
        return known


_ALWAYS: Final = [  # what the engine itself asks for
    Parameter(name, Origin.DERIVED, name, admits_unseen=True)
    for name in (derived.effective_client_type.name, derived.addressee.name)
]


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
        case Origin.DERIVED if token not in _IN_SHORT:
            return {found for needed in derived_facts()[token].parameters for found in _followed(needed, by_id)}
        case _:
            return {token}


def _behind(token: str) -> Iterable[str]:
    """The facts of the client that a token stands for."""
    return base_parameters(derived_facts()[token].parameters) if token in _IN_SHORT else (token,)
