"""What a scan found, for a person at a terminal: per input, worst first, and what could not be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from django.db.models import Q

from connectors.facts import Reason, Subject
from inventory.models import App, Sync, Tenant
from inventory.plain_text import shortened, table, wrapped
from posture import catalogue, shown
from posture.case import base_parameters
from posture.control import Level
from posture.models import Assessment, Coverage, Gap, Verdict
from posture.outcome import Addressee, Outcome
from posture.scan_inputs import Input
from posture.scan_output import live_servers
from posture.shown import ShownVerdict
from posture.signature import SERVER_PREFIX, Origin

DETAILED = 25
"""Apps of one input that are shown with their findings; the others are counted."""
NAMED = 3
"""URIs, keys or values that one finding names."""
LEVELS = tuple(Level)
FINDINGS = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN)
_SUBJECTS = {Subject.CLIENT: "app(s)", Subject.AUTHORIZATION_SERVER: "server(s)", Subject.CREDENTIAL: "credential(s)"}


def as_table(inputs: Sequence[Input]) -> Iterator[str]:
    """Lines that fit 100 columns."""
    for scanned in inputs:
        yield from wrapped(f"{scanned.source} ({scanned.kind})" if scanned.kind else scanned.source)
        if scanned.tenant is None:
            yield from wrapped(f"not usable: {scanned.error}", "  ")
        else:
            yield from _tenant(scanned.tenant)
        yield ""


def _tenant(tenant: Tenant) -> Iterator[str]:
    for server in live_servers(tenant):
        yield from wrapped(f"authorization server {server.issuer}", "  ", "    ")
    standing = Assessment.objects.filter(tenant=tenant, app__ended_at=None, app__isnull=False)
    worst = Counter(standing.values_list("worst", flat=True))
    counts = [f"{worst[level.rank]} {level}" for level in reversed(LEVELS) if worst[level.rank]]
    yield f"  {worst.total()} apps; by highest failed severity: {', '.join(counts) or 'none with a failed control'}"
    errors = Verdict.objects.filter(outcome=Outcome.ERROR, addressee=Addressee.OWNER).values_list("pk", flat=True)
    found = standing.annotate(broken=Q(verdicts__overlap=list(errors))).select_related("app__server")
    found = found.filter(Q(broken=True) | Q(worst__gte=0) | Q(warned__gt=0))
    listed = found.order_by("-broken", "-worst", "-failed", "-warned", "app__client_id")[:DETAILED]
    yield from _apps([standing.app for standing in listed if standing.app])
    if found.count() > DETAILED:
        yield ""
        yield f"  … and {found.count() - DETAILED} more apps with findings: --format json shows them all"
    yield from _platform(tenant)
    yield from _unseen(tenant)


def _apps(apps: list[App]) -> Iterator[str]:
    """Each app with what its owner has to look at."""
    for app, verdicts in shown.many(apps):
        name = f" ({shortened(app.client_name, 40)})" if app.client_name not in {"", app.client_id} else ""
        counts = Counter(verdict.outcome for verdict in verdicts)
        summary = ", ".join(f"{counts[outcome]} {outcome.label}" for outcome in Outcome if counts[outcome])
        found = [v for v in verdicts if v.outcome in FINDINGS and v.addressee == Addressee.OWNER]
        found.sort(key=lambda verdict: (FINDINGS.index(verdict.outcome), -verdict.severity.rank))
        yield ""
        yield from wrapped(f"{shortened(app.client_id, 50)}{name}: {summary}", "  ", "    ")
        yield from list(table(("",) * 4, [_finding(verdict) for verdict in found], "    "))[1:]


def _finding(verdict: ShownVerdict) -> tuple[str, ...]:
    compensated = f" (compensated by {', '.join(verdict.compensated_by)})" if verdict.compensated_by else ""
    return verdict.control.id, verdict.outcome, verdict.severity, verdict.message + _particular(verdict) + compensated


def _particular(verdict: ShownVerdict) -> str:
    """Which URIs, keys or values of the app the verdict is about, the first few of them."""
    values = [value if isinstance(value, list) else [value] for value in verdict.specifics.values()]
    named = [entry.get("uri", "") if isinstance(entry, dict) else str(entry) for listed in values for entry in listed]
    unique = [shortened(name, 80) for name in dict.fromkeys(named) if name]
    more = f" and {len(unique) - NAMED} more" if len(unique) > NAMED else ""
    return f": {', '.join(unique[:NAMED])}{more}" if unique else ""


def _platform(tenant: Tenant) -> Iterator[str]:
    """What only the platform or a vendor can change, one line for each control."""
    counted = Coverage.objects.filter(sync=_last(tenant), outcome__in=FINDINGS).exclude(addressee=Addressee.OWNER)
    rows = [
        (count.control_id, count.outcome, f"{count.count} {count.addressee}", _title(count.control_id))
        for count in counted.order_by("control_id", "outcome", "addressee")
    ]
    if rows:
        yield ""
        yield "  For the platform or a vendor to change, not for an app's owner (apps and servers counted)"
        yield from list(table(("",) * 4, rows, "    "))[1:]


def _title(control_id: str) -> str:
    control = catalogue.by_id().get(control_id)
    return control.title if control else ""


def _last(tenant: Tenant) -> Sync | None:
    return tenant.syncs.filter(state=Sync.State.DONE).first()


def _unseen(tenant: Tenant) -> Iterator[str]:
    """Facts that controls ask for, by reason and by the number of subjects that they were not seen of."""
    asked = {
        (Subject.CLIENT, fact.token)
        if fact.origin is Origin.CLIENT
        else (Subject.AUTHORIZATION_SERVER, fact.token.removeprefix(SERVER_PREFIX))
        for control in catalogue.controls()
        for fact in base_parameters(control.inputs.values()).values()
    }
    gaps = [
        gap for gap in Gap.objects.filter(sync=_last(tenant)).exclude(reason="") if (gap.subject, gap.fact) in asked
    ]
    gaps.sort(key=lambda gap: (gap.reason, gap.subject, -gap.count, gap.fact))
    if gaps:
        yield ""
        yield "  What the controls ask for and could not be seen"
    for reason, group in groupby(gaps, key=lambda gap: gap.reason):
        yield from wrapped(f"{reason}: {Reason(reason).remedy}", "    ", "      ")
        for (subject, count), found in groupby(group, key=lambda gap: (gap.subject, gap.count)):
            named = dict.fromkeys(gap.fact for gap in found)
            yield from wrapped(f"{count} {_SUBJECTS[Subject(subject)]}: {', '.join(named)}", "      ", "        ")
