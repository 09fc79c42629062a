"""Judges one subject: supplies each control with its evidence and turns its result into a judgement.

Pure: no I/O, no clock. Controls are ordered once by what they ask of each other; a circle is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from connectors.facts import NotObserved, Rung, Subject
from posture import derived
from posture.case import Rungs, Values, base_parameters, rests_on_client, rung_of, rungs_of, values_of
from posture.control import Applies, Control, Level, UnseenInput
from posture.evidence import Evidence
from posture.memo import Memo
from posture.outcome import UNSEEN, Addressee, Missing, Outcome, Result, merge, not_applicable, unknown
from posture.policy import NOT_ELIGIBLE, PROFILE, Policy, is_strict
from posture.signature import ControlError, Origin, Parameter

logger = logging.getLogger(__name__)


class Judgement(NamedTuple):
    """The verdict of one control on one subject, with what is particular to the subject.

    `rung` is that of the weakest reading that decided, None when nothing did. `compensated_by` names the controls
    of a proved compensating set.
    """

    control: Control
    outcome: Outcome
    message: str
    rung: Rung | None
    addressee: Addressee
    compensated_by: tuple[str, ...]
    reasons: tuple[NotObserved, ...]
    specifics: Mapping[str, Any]
    due: datetime | None

    @property
    def level(self) -> Level:
        """Residual severity: one step lower when compensated."""
        return self.control.level.lowered() if self.compensated_by else self.control.level


Judgements = dict[str, Judgement]


def order(controls: Iterable[Control]) -> tuple[Control, ...]:
    """Controls so that each comes after those it asks for. Raises ControlError on a circle or an unknown id."""
    by_id = {control.id: control for control in controls}
    for control in by_id.values():
        for needed in control.needs:
            if needed not in by_id:
                raise ControlError(f"{control.id} asks for {needed}, which does not exist")
    graph = TopologicalSorter({control.id: control.needs for control in by_id.values()})
    try:
        ordered = [by_id[control_id] for control_id in graph.static_order()]
    except CycleError as circle:
        raise ControlError(f"controls ask for each other in a circle: {circle.args[1]}") from circle
    # The visibility controls look at all the others, so they come last; the sort is stable.
    return tuple(sorted(ordered, key=lambda control: control.asks_for_unseen))


@dataclass(slots=True)
class Case:
    """One subject while it is judged."""

    client: Evidence | None
    values: Values
    rungs: Rungs
    policy: Policy
    verdicts: Judgements = field(default_factory=dict)

    def add(self, verdict: Judgement) -> None:
        """Take up a verdict, for the controls that ask for its outcome."""
        control_id = verdict.control.id
        self.verdicts[control_id] = verdict
        self.values[control_id] = verdict.outcome
        self.rungs.judged(control_id, verdict.rung)

    @property
    def below_profile(self) -> bool:
        """A public client under a profile that expects confidential ones (FAPI 2.0)."""
        return is_strict(self.policy.tunable(PROFILE, "")) and self.values[CLIENT_TYPE] == "public"

    def unseen_inputs(self) -> tuple[UnseenInput, ...]:
        """What the client controls judged so far would have needed."""
        open_verdicts = [v for v in self.verdicts.values() if v.reasons and v.control.subject is Subject.CLIENT]
        return tuple(UnseenInput(fact, v.control.level) for v in open_verdicts for fact in v.reasons)


class ServerJudgements(Judgements):
    """The verdicts on a server, and what is known of its clients' cases so far."""

    memo: Memo


def judge_server(server: Evidence, controls: tuple[Control, ...], policy: Policy, now: datetime) -> Judgements:
    """Judge an authorization server by the controls on servers. `controls` are in `order`."""
    values = values_of(None, server, now)
    case = Case(None, values, rungs_of(None, server, values), policy)
    for control in controls:
        if control.subject is Subject.AUTHORIZATION_SERVER:
            case.add(_judge(control, case))
    judged = ServerJudgements(case.verdicts)
    judged.memo = Memo(server, policy, controls)
    return judged


def judge_client(
    client: Evidence,
    server: Evidence,
    server_verdicts: Judgements,
    controls: tuple[Control, ...],
    policy: Policy,
    now: datetime,
) -> Judgements:
    """Judge a client by every control; a server's verdict holds for its clients unless client facts enter it.

    Clients that are the same case get the same object: it is not to be changed.
    """
    values = values_of(client, server, now)
    memo = server_verdicts.memo if isinstance(server_verdicts, ServerJudgements) else None
    if memo is None or not memo.is_for(server, policy, controls):
        memo = Memo(server, policy, controls)
    known = memo.known(client, values)
    if known.whole:
        return known.whole[0]
    case = Case(client, values, rungs_of(client, server, values), policy)
    for of_server in server_verdicts.values():
        case.add(of_server)
    for control, place in memo.places:
        verdict: Judgement | None = known.parts[place].get(control)
        if verdict is None:
            verdict = known.parts[place][control] = _judge(control, case)
        case.add(verdict)
    _compensate(case, client)
    known.whole.append(case.verdicts)
    return case.verdicts


_NEVER = datetime.min.replace(tzinfo=UTC)


def facts_read(control: Control, client: Evidence | None, server: Evidence) -> dict[str, Any]:
    """The facts behind a control by shown name: values, or NotObserved."""
    values = values_of(client, server, _NEVER)
    bases = base_parameters(control.inputs.values())
    return {base.name: values[token] for token, base in bases.items() if base.origin is not Origin.OUTCOME}


@lru_cache(maxsize=1024)
def reads_client_facts(control: Control) -> bool:
    """Whether a control on servers also looks at the client (registered request_uris, for example)."""
    return any(base.origin is Origin.CLIENT for base in base_parameters(control.inputs.values()).values())


def _judge(control: Control, case: Case) -> Judgement:
    try:
        decision = _decide(control, case)
        rung = _rung(control, case, decision)
    except Exception:  # a faulty control, ours or a user's, must not take the scan down: it is shown in red
        logger.exception("control %s raised", control.id)
        decision, rung = _Decision(_ERROR), None
    result = decision.result
    outcome = result.outcome
    reasons = result.missing
    if outcome is Outcome.UNKNOWN or outcome is Outcome.ERROR:
        reasons = _reasons(control, case, result)
    addressee = _addressee(control, case, decision.names)
    specifics = result.specifics
    if (PROFILE in control.tunables or PROFILE in control.applies_tunables) and case.below_profile:
        specifics = {**specifics, "remark": NOT_ELIGIBLE}
    return Judgement(control, outcome, result.message, rung, addressee, (), reasons, specifics, result.due)


_ERROR = Result(Outcome.ERROR, "the control itself failed: see the log")


class _Decision(NamedTuple):
    """A result with the inputs that decided (those it names, else all that were asked for), and how to decide again
    with other inputs."""

    result: Result
    names: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    again: Callable[[list[Any]], object] | None = None


def _decide(control: Control, case: Case) -> _Decision:
    values = case.values
    if control.is_for_oauth_clients and values[CLIENT_TYPE] == "resource_server":
        return _Decision(_BEARER_ONLY)
    if control.applies is not None:
        ask, given = control.applies, _tunables(control.applies_tunables, case)
        applies = ask(*[values[token] for token in control.applies_tokens], **given)
        if applies is not True:
            ruled_out = _ruled_out(control, applies)
            names = ruled_out.because or control.applies_names
            return _Decision(ruled_out, names, control.applies_parameters, lambda inputs: ask(*inputs, **given))
    if control.asks_for_unseen:
        values[Origin.UNSEEN_INPUTS] = case.unseen_inputs()
    arguments, missing = values.supply(control)
    if missing:
        return _Decision(unknown("an input could not be seen", Missing(missing)))
    tunables = _tunables(control.tunables, case)
    result = control.decide(*arguments, **tunables)
    names = result.because or control.names
    return _Decision(result, names, control.parameters, lambda inputs: control.decide(*inputs, **tunables)[:2])


def _rung(control: Control, case: Case, decision: _Decision) -> Rung | None:
    """The rung of the weakest reading without which there would be another verdict."""
    if decision.result.outcome is Outcome.UNKNOWN:
        return None
    if decision.again is None:
        return rung_of(case.rungs[CLIENT_TYPE])
    if decision.result.because and not {p.name for p in decision.parameters}.issuperset(decision.names):
        raise ControlError(f"{control.id}: a result rests on what was not asked for: {', '.join(decision.names)}")
    inputs = [case.values[parameter.token] for parameter in decision.parameters]
    return rung_of(case.rungs.weakest(decision.again, decision.parameters, inputs, decision.names))


def _ruled_out(control: Control, applies: Applies) -> Result:
    if isinstance(applies, Result):
        return applies
    if isinstance(applies, UNSEEN):
        return unknown("whether the control applies could not be seen", applies)
    return not_applicable(f"applies only where {control.applies_text}")


CLIENT_TYPE = derived.effective_client_type.name

_BEARER_ONLY = not_applicable("bearer_only: the client only accepts tokens and takes no part in OAuth flows")


_NONE: Mapping[str, Any] = {}


def _tunables(declared: Mapping[str, Any], case: Case) -> Mapping[str, Any]:
    if not declared:
        return _NONE
    tunables = {name: case.policy.tunable(name, default) for name, default in declared.items()}
    return tunables | {PROFILE: "baseline"} if PROFILE in tunables and case.below_profile else tunables


def _reasons(control: Control, case: Case, result: Result) -> tuple[NotObserved, ...]:
    """What was not seen, with what the controls that this one asks for did not see."""
    asked = [case.verdicts[needed] for needed in control.needs]
    return merge(Missing(result.missing), *(Missing(v.reasons) for v in asked if v.outcome is Outcome.UNKNOWN))


def _addressee(control: Control, case: Case, deciding: tuple[str, ...]) -> Addressee:
    """Server-wide settings are the platform's, unless facts of the client alone decided; of a third party's app its
    maker answers for what it set up, the owner for the rest."""
    if case.client is None:
        return Addressee.PLATFORM
    if control.subject is Subject.AUTHORIZATION_SERVER and not rests_on_client(control, deciding):
        return Addressee.PLATFORM
    addressee: Addressee = case.values[derived.addressee.name]
    return Addressee.OWNER if addressee is Addressee.VENDOR and control.family.is_ours else addressee


def _compensate(case: Case, client: Evidence) -> None:
    """Mark fails and warns whose compensating set is proved."""
    for control_id, verdict in case.verdicts.items():
        name = verdict.control.compensation
        if name and (verdict.outcome is Outcome.FAIL or verdict.outcome is Outcome.WARN):
            proof = case.policy.compensates(name, case.verdicts, client)
            if proof:
                case.verdicts[control_id] = verdict._replace(compensated_by=proof)
