"""The apps that a filter asks for."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet

from inventory.models import App
from posture.control import Level
from posture.models import Verdict
from posture.outcome import Outcome
from web.forms.app_filter import SORTS, AppFilter

_COUNTERS = {Outcome.FAIL: "failed", Outcome.WARN: "warned", Outcome.UNKNOWN: "unknown", Outcome.PASS: "passed"}


def matching(wanted: AppFilter) -> QuerySet[App]:
    """Apps with tenant, server and assessment, sorted. Fields of the filter that are not valid ask for nothing."""
    wanted.is_valid()
    asked = wanted.cleaned_data
    apps = App.objects.select_related("tenant", "server", "assessment").filter(
        _text(asked), _state(asked), _platform(asked), _severity(asked), _type(asked)
    )
    if asked.get("tenant"):
        apps = apps.filter(tenant=asked["tenant"])
    return _by_verdict(apps, asked).order_by(*_order(asked.get("sort") or "worst"))


def _order(name: str) -> list[OrderBy]:
    """Apps not judged yet come last whatever the order; the key makes it total, so that pages never overlap."""
    columns = [
        F(column.removeprefix("-")).desc(nulls_last=True) if column.startswith("-") else F(column).asc()
        for column in SORTS[name]
    ]
    return [*columns, F("pk").asc()]


def _text(asked: dict[str, Any]) -> Q:
    text = (asked.get("q") or "").strip()
    if not text:
        return Q()
    return Q(client_id__icontains=text) | Q(client_name__icontains=text) | Q(external_id=text)


def _state(asked: dict[str, Any]) -> Q:
    match asked.get("state"):
        case "all":
            return Q()
        case "ended":
            return Q(ended_at__isnull=False)
        case _:
            return Q(ended_at=None)


def _platform(asked: dict[str, Any]) -> Q:
    match asked.get("platform"):
        case "shown":
            return Q()
        case "only":
            return Q(platform_client=True)
        case _:
            return Q(platform_client=False)


def _severity(asked: dict[str, Any]) -> Q:
    value = asked.get("severity") or ""
    if value == "none":
        return Q(assessment__worst=-1)
    if value.startswith("only-"):
        return Q(assessment__worst=Level(value.removeprefix("only-")).rank)
    return Q(assessment__worst__gte=Level(value).rank) if value else Q()


def _type(asked: dict[str, Any]) -> Q:
    value = asked.get("client_type")
    if not value:
        return Q()
    return Q(client_type="" if value == "unseen" else value)


def _by_verdict(apps: QuerySet[App], asked: dict[str, Any]) -> QuerySet[App]:
    """Apps that hold a verdict as asked for. Distinct verdicts are few, so their ids are looked up first."""
    outcome, addressee = asked.get("outcome"), asked.get("addressee")
    if not (asked.get("control") or addressee or asked.get("unseen") or asked.get("reason")):
        return _by_counter(apps, outcome) if outcome else apps
    verdicts = Verdict.objects.all()
    if asked.get("control"):
        verdicts = verdicts.filter(control_id=asked["control"])
    if outcome:
        verdicts = verdicts.filter(outcome=outcome)
    if addressee:
        verdicts = verdicts.filter(addressee=addressee)
    reason = {name: value for name, value in (("fact", asked.get("unseen")), ("reason", asked.get("reason"))) if value}
    if reason:
        verdicts = verdicts.filter(reasons__contains=[reason])
    return apps.filter(assessment__verdicts__overlap=list(verdicts.values_list("pk", flat=True)))


def _by_counter(apps: QuerySet[App], outcome: str) -> QuerySet[App]:
    """By outcome alone: what is addressed to the owner, which the assessment has counted."""
    counter = _COUNTERS.get(Outcome(outcome))
    if counter:
        return apps.filter(**{f"assessment__{counter}__gt": 0})
    ids = list(Verdict.objects.filter(outcome=outcome).values_list("pk", flat=True))
    return apps.filter(assessment__verdicts__overlap=ids)
