"""Counts of verdicts as they stand now, of live apps and servers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, Sum

from connectors.facts import Reason, Subject
from inventory.models import App, AuthorizationServer
from posture import catalogue
from posture.control import Control
from posture.engine import reads_client_facts
from posture.models import Assessment, Verdict
from posture.outcome import Addressee, Outcome
from web.tallies import Tally, tally

_HELD = """
    SELECT verdict.id, sum(alike.subjects)::bigint
    FROM (
        SELECT assessment.verdicts, count(*) AS subjects
        FROM {assessment} assessment JOIN {subject} subject ON subject.id = assessment.{column}
        WHERE subject.ended_at IS NULL AND (%(tenant)s::bigint IS NULL OR assessment.tenant_id = %(tenant)s)
        GROUP BY assessment.verdicts
    ) alike
    CROSS JOIN LATERAL unnest(alike.verdicts) AS held(id)
    JOIN {verdict} verdict ON verdict.id = held.id
    GROUP BY verdict.id
"""
"""How many live subjects hold each distinct verdict. Subjects judged alike share one array, so they are counted first
and only the distinct arrays are taken apart."""


@dataclass(frozen=True, slots=True)
class Held:
    """A distinct verdict and how many live subjects have it."""

    verdict: Verdict
    count: int


def held(tenant_id: int | None = None) -> list[Held]:
    """Verdicts as they are counted, of a tenant or of all.

    A server's verdict is repeated on its apps, but counted once; one that looks at the app is counted there: the same
    rule as that of `posture.coverage`.
    """
    of_apps = [one for one in _held(App, "app_id", tenant_id) if _is_of_app(one)]
    of_servers = [one for one in _held(AuthorizationServer, "server_id", tenant_id) if not _is_of_app(one)]
    return [one for one in (*of_apps, *of_servers) if one.verdict.control_id in catalogue.by_id()]


def _held(subject: type[App | AuthorizationServer], column: str, tenant_id: int | None) -> list[Held]:
    names = {
        "assessment": Assessment._meta.db_table,  # noqa: SLF001 - Django's documented interface
        "verdict": Verdict._meta.db_table,  # noqa: SLF001
        "subject": subject._meta.db_table,  # noqa: SLF001
        "column": column,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HELD.format_map(names), {"tenant": tenant_id})
        counts = dict(cursor.fetchall())
    return [Held(verdict, counts[verdict.pk]) for verdict in Verdict.objects.filter(pk__in=counts)]


ControlTallies = Mapping[str, Mapping[Addressee, Tally]]
"""Control id -> addressee -> tally."""


def by_control(verdicts: Iterable[Held]) -> ControlTallies:
    tallies: dict[str, dict[Addressee, Tally]] = {control_id: defaultdict(Tally) for control_id in catalogue.by_id()}
    for one in verdicts:
        verdict = one.verdict
        tallies[verdict.control_id][Addressee(verdict.addressee)] += Tally(
            Counter({Outcome(verdict.outcome): one.count})
        )
    return tallies


def _is_of_app(one: Held) -> bool:
    control = catalogue.by_id().get(one.verdict.control_id)
    return control is not None and counts_by_app(control)


def counts_by_app(control: Control) -> bool:
    """Whether its verdicts are counted by app; else by authorization server."""
    return control.subject is Subject.CLIENT or reads_client_facts(control)


def by_addressee(tallies: ControlTallies) -> Mapping[Addressee, Tally]:
    """The same, all controls together."""
    totals: dict[Addressee, Tally] = {addressee: Tally() for addressee in Addressee}
    for of_control in tallies.values():
        for addressee, counted in of_control.items():
            totals[addressee] += counted
    return totals


def by_tenant() -> dict[int, Tally]:
    """Verdicts addressed to the owner, of live apps, by tenant id."""
    sums = (
        Assessment.objects.filter(app__ended_at=None, app__isnull=False)
        .values("tenant_id")
        .annotate(pass_=Sum("passed"), fail=Sum("failed"), warn=Sum("warned"), unresolved=Sum("unknown"))
    )
    return {
        row["tenant_id"]: tally(pass_=row["pass_"], fail=row["fail"], warn=row["warn"], unknown=row["unresolved"])
        for row in sums
    }


def apps_by_worst() -> dict[int, int]:
    """Live apps that are not the platform's own, by their highest failed severity (-1: none)."""
    counts = (
        Assessment.objects.filter(app__ended_at=None, app__platform_client=False)
        .values("worst")
        .annotate(apps=Count("app"))
    )
    return {row["worst"]: row["apps"] for row in counts if row["apps"]}


def worst_apps(limit: int) -> list[Assessment]:
    """Live apps with the highest failed severity addressed to the owner, then most failed controls."""
    return list(
        Assessment.objects.filter(app__ended_at=None, worst__gte=0)
        .select_related("app__tenant")
        .order_by("-worst", "-failed", "app_id")[:limit]
    )


def live_apps() -> dict[str, int]:
    """Numbers of live apps: all, the platform's own, and those not judged yet."""
    return App.objects.filter(ended_at=None).aggregate(
        all=Count("pk"),
        platform=Count("pk", filter=Q(platform_client=True)),
        unjudged=Count("pk", filter=Q(assessment=None)),
    )


def open_by_reason(verdicts: Iterable[Held]) -> Counter[Reason]:
    """How many verdicts addressed to the owner each reason keeps open; one verdict can name several."""
    counts: Counter[Reason] = Counter()
    for one in _open(verdicts):
        for reason in {said["reason"] for said in one.verdict.reasons}:
            counts[Reason(reason)] += one.count
    return counts


def open_by_fact(verdicts: Iterable[Held]) -> Counter[str]:
    """How many verdicts addressed to the owner each fact keeps open, by name as reasons give it; one verdict can lack
    several."""
    counts: Counter[str] = Counter()
    for one in _open(verdicts):
        for fact in {said["fact"] for said in one.verdict.reasons}:
            counts[fact] += one.count
    return counts


def _open(verdicts: Iterable[Held]) -> Iterator[Held]:
    for one in verdicts:
        if one.verdict.outcome == Outcome.UNKNOWN and one.verdict.addressee == Addressee.OWNER:
            yield one
