"""How a control is written: a plain function whose signature is its evidence contract.

    @control("PKCE-03", "PKCE support is published", family=PKCE, subject=Subject.AUTHORIZATION_SERVER, ...)
    def pkce_03(code_challenge_methods_supported: list[str] | None) -> Result:
        '''Why it matters (the rationale).'''

Positional parameters are facts by name: a client's or, when the client has no fact of that name or the name is
prefixed `server_`, its authorization server's; or a derived fact of `posture.derived`. A parameter whose annotation
admits neither `NotObserved` (facts) nor `Missing` (derived facts) means "do not call me unless it was observed": the
verdict is then unknown. A parameter annotated `Outcome` names another control (`par_01: Outcome`), `now: datetime`
is the time of the evaluation, and keyword-only parameters are tunables that a policy may set. Names and types are
checked when the module is imported.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from connectors.facts import NotObserved, Subject
from posture.outcome import Result, Truth
from posture.signature import SERVER_PREFIX, ControlError, Origin, Parameter, needed, read_signature

__all__ = [
    "SERVER_PREFIX",
    "Applies",
    "Control",
    "ControlError",
    "Family",
    "Level",
    "Origin",
    "Parameter",
    "Profiles",
    "Requested",
    "Severity",
    "UnseenInput",
    "control",
]

Applies = Truth | Result
"""What `applies` returns: whether the control applies, or the not_applicable result itself."""


@dataclass(frozen=True, slots=True)
class UnseenInput:
    """A fact that a control of this severity needed and could not get (input of the visibility controls)."""

    fact: NotObserved
    severity: Level


class Level(StrEnum):
    """Severity, weakest first."""

    NOTE = "note"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Level).index(self)

    def lowered(self) -> Level:
        """One step less severe; note stays note."""
        return list(Level)[max(self.rank - 1, 0)]


_MATRIX = (
    (Level.NOTE, Level.LOW, Level.MEDIUM),
    (Level.LOW, Level.MEDIUM, Level.HIGH),
    (Level.MEDIUM, Level.HIGH, Level.CRITICAL),
)


@dataclass(frozen=True, slots=True)
class Severity:
    """Four factors, each 1 to 3 as the OWASP NHI Top 10 2025 ranks them (hard to detect = 3), and why.

    Likelihood is the mean of the first three in equal thirds; the level is OWASP's likelihood-by-impact matrix.
    """

    exploitability: int
    prevalence: int
    detectability: int
    technical_impact: int
    why: str = ""

    @property
    def level(self) -> Level:
        spread = self.exploitability + self.prevalence + self.detectability
        likelihood = 0 if spread < 5 else 1 if spread < 7 else 2
        return _MATRIX[likelihood][self.technical_impact - 1]

    @property
    def weight(self) -> float:
        """Likelihood times impact, 1 to 9; used only where a number is needed."""
        return round((self.exploitability + self.prevalence + self.detectability) / 3 * self.technical_impact, 2)

    @property
    def factors(self) -> dict[str, int]:
        return {
            "exploitability": self.exploitability,
            "prevalence": self.prevalence,
            "detectability": self.detectability,
            "technical_impact": self.technical_impact,
        }


@dataclass(frozen=True, slots=True)
class Requested:
    """The two ids that readers look for, with how well they fit and why."""

    owasp_fit: str
    owasp_why: str
    owasp: str = "NHI2:2025"
    owasp_as_written: str = "NHI-02"
    csf11: str = "PR.AC-3"
    csf11_fit: str = "partial"


@dataclass(frozen=True, slots=True)
class Family:
    """What the controls of one family share: requested ids, framework mappings by framework, platform hints."""

    name: str
    title: str
    requested: Requested
    mappings: Mapping[str, tuple[str, ...]]
    platforms: Mapping[str, str] = field(default_factory=dict)
    judges_resource_servers: bool = False
    is_ours: bool = False
    """A third party's app, too, is judged on what we do about it, not on how its maker set it up."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """What each profile makes of a control: required, required_where_applicable, recommended, informational."""

    baseline: str
    strict: str
    message_signing: str


@dataclass(frozen=True, eq=False)
class Control:
    """A control: its texts, and the function that decides. Two controls are the same only if they are one object."""

    id: str
    title: str
    check: str
    family: Family
    subject: Subject
    severity: Severity
    profiles: Profiles
    fix: str
    citations: tuple[str, ...]
    mappings: Mapping[str, tuple[str, ...]]
    platforms: Mapping[str, str]
    requested: Requested
    compensation: str
    by_form: bool
    probes: tuple[str, ...]
    known_cases: tuple[str, ...]
    note: str
    version: int
    decide: Callable[..., Result]
    parameters: tuple[Parameter, ...]
    tunables: Mapping[str, Any]
    applies: Callable[..., Applies] | None
    applies_parameters: tuple[Parameter, ...]
    applies_tunables: Mapping[str, Any]

    @cached_property
    def level(self) -> Level:
        return self.severity.level

    @cached_property
    def inputs(self) -> Mapping[str, Parameter]:
        """Every parameter of the control and of its applicability, by name."""
        return {parameter.name: parameter for parameter in self.applies_parameters + self.parameters}

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Ids of the controls whose outcome this one asks for."""
        return tuple(dict.fromkeys(p.token for p in self.inputs.values() if p.origin is Origin.OUTCOME))

    @property
    def rationale(self) -> str:
        return inspect.cleandoc(self.decide.__doc__ or "")

    @cached_property
    def applies_names(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.applies_parameters)

    @cached_property
    def applies_text(self) -> str:
        return inspect.cleandoc(self.applies.__doc__ or "") if self.applies else "always"

    @cached_property
    def is_for_oauth_clients(self) -> bool:
        """Whether it has nothing to say of a client that only accepts tokens."""
        return self.subject is Subject.CLIENT and not self.family.judges_resource_servers

    @cached_property
    def asks_for_unseen(self) -> bool:
        """Whether it judges what the controls before it could not see."""
        return any(parameter.origin is Origin.UNSEEN_INPUTS for parameter in self.parameters)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parameters of the deciding function."""
        return tuple(parameter.name for parameter in self.parameters)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return tuple(parameter.token for parameter in self.parameters)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Inputs without which the deciding function is not called."""
        return needed(self.parameters)

    @cached_property
    def applies_tokens(self) -> tuple[str, ...]:
        return tuple(parameter.token for parameter in self.applies_parameters)


def control(
    control_id: str,
    title: str,
    *,
    check: str,
    family: Family,
    severity: Severity,
    profiles: Profiles,
    fix: str,
    citations: tuple[str, ...],
    subject: Subject = Subject.CLIENT,
    applies: Callable[..., Applies] | None = None,
    mappings: Mapping[str, tuple[str, ...]] | None = None,
    platforms: Mapping[str, str] | None = None,
    requested: Requested | None = None,
    compensation: str = "",
    by_form: bool = False,
    probes: tuple[str, ...] = (),
    known_cases: tuple[str, ...] = (),
    note: str = "",
    version: int = 1,
) -> Callable[[Callable[..., Result]], Control]:
    """Declare a control. `mappings` and `platforms` add to, or replace entries of, the family's.

    `applies` is a function over facts, all of which may be unseen, that returns a truth of three-valued logic, or a
    not_applicable `Result` that says which fact decided; its docstring is what pages show. `compensation` names a
    compensating set of the policy. `by_form` promises that redirect URIs are judged by their form alone, so that one
    plain public address is as good as another: such verdicts are remembered. `version` is raised when the decision
    changes. Raises ControlError for a name or an annotation that does not fit the vocabulary.
    """

    def declare(decide: Callable[..., Result]) -> Control:
        parameters, tunables = read_signature(decide, subject)
        applies_parameters, applies_tunables = read_signature(applies, subject) if applies else ((), {})
        _all_admit_unseen(control_id, applies_parameters)
        return Control(
            id=control_id,
            title=title,
            check=check,
            family=family,
            subject=subject,
            severity=severity,
            profiles=profiles,
            fix=fix,
            citations=citations,
            mappings={**family.mappings, **(mappings or {})},
            platforms={**family.platforms, **(platforms or {})},
            requested=requested or family.requested,
            compensation=compensation,
            by_form=by_form,
            probes=probes,
            known_cases=known_cases,
            note=note,
            version=version,
            decide=decide,
            parameters=parameters,
            tunables=tunables,
            applies=applies,
            applies_parameters=applies_parameters,
            applies_tunables=applies_tunables,
        )

    return declare


def _all_admit_unseen(control_id: str, parameters: Iterable[Parameter]) -> None:
    for parameter in parameters:
        if not parameter.admits_unseen:
            raise ControlError(f"{control_id}: applies must admit NotObserved or Missing for {parameter.name}")
