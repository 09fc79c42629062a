"""One subject while it is judged: every input that a control may ask for, by token.

Tens of thousands of subjects are judged in a scan, each by every control, so inputs are looked up in plain
dictionaries, and what is derived is derived once, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from connectors.facts import CLIENT, Facts, NotObserved, Reason, Rung, Subject
from posture.control import Control
from posture.evidence import UNKNOWN_RUNG, Evidence
from posture.outcome import UNSEEN, Missing, Outcome, merge
from posture.signature import SERVER_PREFIX, Origin, Parameter, derived_facts

_NO_CLIENT: Final[Facts] = dict.fromkeys(CLIENT)


class Values(dict[str, Any]):
    """Facts of the client by name, of its server with the prefix, outcomes by control id; derived facts appear as
    they are asked for."""

    def __missing__(self, token: str) -> Any:
        fact = derived_facts()[token]
        values = [self[needed] for needed in fact.tokens]
        missing = [self[needed] for needed in fact.needed if isinstance(self[needed], UNSEEN)]
        value = Missing(merge(*missing)) if missing else fact.derive(*values)
        self[token] = Missing((value,)) if isinstance(value, NotObserved) else value
        return self[token]

    def supply(self, control: Control) -> tuple[list[Any], tuple[NotObserved, ...]]:
        """Arguments for a control, and the unseen facts that forbid the call."""
        for token in control.needed:
            if isinstance(self[token], UNSEEN):
                return [], merge(*(self[other] for other in control.needed if isinstance(self[other], UNSEEN)))
        return [self[token] for token in control.tokens], ()


class Rungs(dict[str, int]):
    """The rung of each fact, and of each verdict, by token; those of derived facts appear as they are asked for."""

    def __init__(self, known: dict[str, int], values: Values) -> None:
        super().__init__(known)
        self._values = values

    def __missing__(self, token: str) -> int:
        fact = derived_facts()[token]
        value = self._values[token]
        if isinstance(value, UNSEEN):
            rank = UNKNOWN_RUNG
        else:
            inputs = [self._values[needed] for needed in fact.tokens]
            rank = self.weakest(lambda given: fact.derive(*given), fact.parameters, inputs)
        self[token] = rank
        return rank

    def judged(self, control_id: str, rung: Rung | None) -> None:
        self[control_id] = UNKNOWN_RUNG if rung is None else rung

    def weakest(
        self,
        decide: Callable[[list[Any]], object],
        parameters: Sequence[Parameter],
        inputs: list[Any],
        deciding: Collection[str] | None = None,
    ) -> int:
        """The rank of the weakest input without which `decide` would come to another end.

        What did not matter must not weaken it, so inputs are taken away, weakest first, as long as the end stays the
        same. `deciding` names those that can have mattered at all.
        """
        ranks = [self[p.token] if deciding is None or p.name in deciding else UNKNOWN_RUNG for p in parameters]
        strongest = max([rank for rank in ranks if rank != UNKNOWN_RUNG], default=UNKNOWN_RUNG)
        end = None
        weaker = [position for position, rank in enumerate(ranks) if rank < strongest]
        for position in sorted(weaker, key=ranks.__getitem__):
            end = end or [decide(inputs)]
            inputs = [*inputs]
            inputs[position] = _taken_away(parameters[position])
            if inputs[position] is _NEEDED or decide(inputs) != end[0]:
                return ranks[position]
        return strongest


_NEEDED: Final = object()
_AWAY: Final = NotObserved(Reason.NOT_RETURNED, "taken away to see whether it matters")


def _taken_away(parameter: Parameter) -> Any:
    """What stands in place of an input that is taken away; `_NEEDED` for one without which nothing is decided."""
    if parameter.origin is Origin.OUTCOME:
        return Outcome.UNKNOWN
    if parameter.origin is not Origin.DERIVED:
        return _AWAY if parameter.admits_unseen else _NEEDED
    if parameter.admits_unseen:
        return Missing((_AWAY,))
    fact = derived_facts()[parameter.token]
    inputs = [_taken_away(needed) for needed in fact.parameters]
    return _NEEDED if _NEEDED in inputs else fact.derive(*inputs)


def rung_of(rank: int) -> Rung | None:
    return _RUNGS[rank]


_RUNGS: Final[dict[int, Rung | None]] = {**{int(rung): rung for rung in Rung}, UNKNOWN_RUNG: None}


def rungs_of(client: Evidence | None, server: Evidence, values: Values) -> Rungs:
    """The rungs of a subject's facts before any control has judged it."""
    rungs = Rungs(client.ranks(Subject.CLIENT) if client else _NO_RUNGS, values)
    rungs.update(server.ranks(Subject.AUTHORIZATION_SERVER, SERVER_PREFIX))
    rungs[Origin.NOW] = rungs[Origin.UNSEEN_INPUTS] = UNKNOWN_RUNG
    return rungs


_NO_RUNGS: Final = dict.fromkeys(CLIENT, UNKNOWN_RUNG)


def values_of(client: Evidence | None, server: Evidence, now: datetime) -> Values:
    """The inputs of a subject before any control has judged it."""
    values = Values(client.complete(Subject.CLIENT) if client else _NO_CLIENT)
    values.update(server.complete(Subject.AUTHORIZATION_SERVER, SERVER_PREFIX))
    values[Origin.NOW] = now
    return values


def base_parameters(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    """What stands behind parameters, by token: facts of the vocabulary, derived ones followed to their inputs, and
    outcomes of other controls."""
    found: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter.origin is Origin.DERIVED:
            found |= base_parameters(derived_facts()[parameter.token].parameters)
        elif parameter.origin in {Origin.CLIENT, Origin.SERVER, Origin.OUTCOME}:
            found[parameter.token] = parameter
    return found


@lru_cache(maxsize=8192)
def rests_on_client(control: Control, names: tuple[str, ...]) -> bool:
    """Whether these inputs are facts of the client alone."""
    parameters = [control.inputs[name] for name in names]
    return {base.origin for base in base_parameters(parameters).values()} == {Origin.CLIENT}
