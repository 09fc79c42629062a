"""What was seen, what was not and why: facts by tenants, from the counts of each tenant's last finished scan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from connectors.facts import VOCABULARY, Fact, Reason, Subject
from inventory.models import Sync, Tenant
from posture import catalogue
from posture.case import base_parameters
from posture.control import SERVER_PREFIX, Origin
from posture.models import Gap
from web.selectors.scans import last_done

SUBJECTS = (Subject.CLIENT, Subject.AUTHORIZATION_SERVER)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Of how many subjects a fact was not seen for one reason; `detail` is the commonest one."""

    reason: Reason
    detail: str
    count: int


@dataclass(slots=True)
class Cell:
    """A fact in a tenant: of how many live subjects it was seen, and why not of the others."""

    seen: int = 0
    unseen: list[Unseen] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return sum(one.count for one in self.unseen)

    @property
    def of(self) -> int:
        return self.seen + self.missing


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact, the controls that read it, and a cell for each tenant in the order of `Matrix.tenants`."""

    fact: Fact
    controls: tuple[str, ...]
    cells: list[Cell]
    open_verdicts: int
    """Verdicts addressed to the owner that stay open for want of it, among others."""

    @property
    def spoken(self) -> str:
        """The fact's name as reasons of verdicts give it."""
        return reason_name(self.fact)

    @property
    def missing(self) -> int:
        return sum(cell.missing for cell in self.cells)

    @property
    def reasons(self) -> frozenset[Reason]:
        return frozenset(one.reason for cell in self.cells for one in cell.unseen)


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A reason with how many facts and how many observations it hides, and how many verdicts it keeps open."""

    reason: Reason
    facts: int
    count: int
    open_verdicts: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """`syncs` are the scans that were counted, one a tenant; rows that keep most verdicts open first."""

    syncs: list[Sync]
    rows: list[FactRow]


def matrix(open_verdicts: Mapping[str, int], tenant: Tenant | None = None) -> Matrix:
    """Facts by tenants, or of one tenant: two queries. `open_verdicts` is counted by fact, as reasons name it."""
    found = Sync.objects.filter(pk__in=last_done()).select_related("tenant").order_by("tenant__name")
    syncs = list(found if tenant is None else found.filter(tenant=tenant))
    cells: dict[tuple[str, str, int], Cell] = defaultdict(Cell)
    for gap in Gap.objects.filter(sync__in=syncs).order_by("-count", "pk"):
        cell = cells[gap.subject, gap.fact, gap.sync_id]
        if gap.reason:
            cell.unseen.append(Unseen(Reason(gap.reason), gap.detail, gap.count))
        else:
            cell.seen += gap.count
    rows = [
        FactRow(
            fact,
            readers().get((subject, name), ()),
            [cells[subject, name, sync.pk] for sync in syncs],
            open_verdicts.get(reason_name(fact), 0),
        )
        for subject in SUBJECTS
        for name, fact in VOCABULARY[subject].items()
    ]
    rows = [row for row in rows if any(cell.of for cell in row.cells)]
    rows.sort(key=lambda row: (not row.controls, -row.open_verdicts, -row.missing))
    return Matrix(syncs, rows)


def reason_name(fact: Fact) -> str:
    """A server's fact has the prefix where a client has one of that name."""
    shared = fact.subject is Subject.AUTHORIZATION_SERVER and fact.name in VOCABULARY[Subject.CLIENT]
    return SERVER_PREFIX + fact.name if shared else fact.name


def by_reason(rows: Iterable[FactRow], open_verdicts: Mapping[Reason, int]) -> list[ReasonLine]:
    """Each reason that occurs, the costliest first: the one that keeps most verdicts open, then the one that hides
    most."""
    facts: Counter[Reason] = Counter()
    counts: Counter[Reason] = Counter()
    for row in rows:
        facts.update(row.reasons)
        for cell in row.cells:
            for one in cell.unseen:
                counts[one.reason] += one.count
    lines = [ReasonLine(reason, facts[reason], count, open_verdicts.get(reason, 0)) for reason, count in counts.items()]
    return sorted(lines, key=lambda line: (-line.open_verdicts, -line.count))


@lru_cache(maxsize=1)
def readers() -> dict[tuple[Subject, str], tuple[str, ...]]:
    """Ids of the controls that read a fact, directly or through a derived one, by subject and fact."""
    subjects = {Origin.CLIENT: Subject.CLIENT, Origin.SERVER: Subject.AUTHORIZATION_SERVER}
    found: dict[tuple[Subject, str], list[str]] = defaultdict(list)
    for control_id, control in sorted(catalogue.by_id().items()):
        for token, parameter in base_parameters(control.inputs.values()).items():
            if parameter.origin in subjects:
                found[subjects[parameter.origin], token.removeprefix(SERVER_PREFIX)].append(control_id)
    return {key: tuple(dict.fromkeys(ids)) for key, ids in found.items()}
