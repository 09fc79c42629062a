"""What lists of the API can be narrowed by."""

# django-filter has no types.
# mypy: disable-error-code="misc, no-any-return"

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django_filters import rest_framework as filters

from connectors.facts import Reason
from inventory.models import App, AuthorizationServer, Sync, Tenant
from posture import catalogue
from posture.control import Level
from posture.models import Verdict, VerdictChange
from posture.outcome import Addressee, Outcome
from web.selectors.scans import last_done

BOOLEANS = [("true", "yes"), ("false", "no")]
OUTCOMES = [(outcome.value, outcome.label) for outcome in Outcome]
ADDRESSEES = [(addressee.value, addressee.value) for addressee in Addressee]
CLIENT_TYPES = [(name, name.replace("_", " ")) for name in ("confidential", "public", "resource_server")]


class Truth(filters.TypedChoiceFilter):
    """`true` or `false`; anything else is an error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=BOOLEANS, coerce=lambda text: text == "true", **kwargs)


class ControlChoice(filters.ChoiceFilter):
    """An id of the catalogue."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=control_choices, **kwargs)


def control_choices() -> list[tuple[str, str]]:
    return [(control_id, control.title) for control_id, control in sorted(catalogue.by_id().items())]


class ById(filters.NumberFilter):
    """An id. One that cannot exist is an error, not a fault of the database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, decimal_places=0, **kwargs)


class TenantFilter(filters.FilterSet):
    kind = filters.CharFilter(help_text="Kind of the connector.")
    origin = filters.ChoiceFilter(choices=Tenant.Origin.choices, help_text="A connected tenant, or an export file.")


class SyncFilter(filters.FilterSet):
    tenant = ById(help_text="Id of a tenant.")
    state = filters.ChoiceFilter(choices=Sync.State.choices, help_text="How far the sync is.")


class SubjectFilter(filters.FilterSet):
    """What apps and authorization servers can be narrowed by. Control, outcome and addressee hold of one verdict."""

    tenant = ById(help_text="Id of a tenant.")
    kind = filters.CharFilter(field_name="tenant__kind", help_text="Kind of the connector.")
    ended = Truth(field_name="ended_at", method="by_end", help_text="Only what has gone, or only what is still there.")
    changed_since = filters.IsoDateTimeFilter(
        method="by_change", help_text="Only where a fact, an outcome, the end or the return came at or after this time."
    )
    control = ControlChoice(method="nothing_more", help_text="Only where this control has a verdict.")
    outcome = filters.ChoiceFilter(
        choices=OUTCOMES, method="nothing_more", help_text="Only where this (or any) control has this outcome."
    )
    addressee = filters.ChoiceFilter(
        choices=ADDRESSEES, method="nothing_more", help_text="Only where that verdict is addressed to them."
    )

    def nothing_more(self, rows: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        """What is asked of verdicts is asked of one verdict, in `filter_queryset`."""
        return rows

    def by_end(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:  # noqa: FBT001
        return rows.filter(ended_at__isnull=not value)

    def by_change(self, rows: QuerySet[Any], _name: str, value: datetime) -> QuerySet[Any]:
        subject = "app" if rows.model is App else "server"
        moved = VerdictChange.objects.filter(**{subject: OuterRef("pk")}, at__gte=value)
        return rows.filter(Q(changed_at__gte=value) | Q(ended_at__gte=value) | Q(Exists(moved)))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        names = {"control": "control_id", "outcome": "outcome", "addressee": "addressee"}
        asked = {column: self.form.cleaned_data[name] for name, column in names.items() if self.form.cleaned_data[name]}
        if not asked:
            return rows
        verdicts = list(Verdict.objects.filter(**asked).values_list("pk", flat=True))
        return rows.filter(assessment__verdicts__overlap=verdicts)


class AppFilter(SubjectFilter):
    client_type = filters.ChoiceFilter(choices=CLIENT_TYPES, help_text="RFC 6749 2.1.")
    platform_client = Truth(help_text="Whether the platform made it for its own use.")
    severity = filters.ChoiceFilter(
        choices=[(level.value, level.value) for level in Level],
        method="by_severity",
        help_text="Only where a fail addressed to the owner has at least this residual severity.",
    )

    def by_severity(self, rows: QuerySet[App], _name: str, value: str) -> QuerySet[App]:
        return rows.filter(assessment__worst__gte=Level(value).rank)

    class Meta:
        model = App
        fields: tuple[str, ...] = ()


class ServerFilter(SubjectFilter):
    class Meta:
        model = AuthorizationServer
        fields: tuple[str, ...] = ()


class CountFilter(filters.FilterSet):
    """Counts that a scan left. Without a sync, those of each tenant's last one that was done."""

    tenant = ById(field_name="sync__tenant", help_text="Id of a tenant.")
    sync = ById(help_text="Id of a sync; without it, the last one of each tenant that was done.")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset.annotate(tenant_id=F("sync__tenant")))
        return rows if self.form.cleaned_data["sync"] else rows.filter(sync__in=last_done())


class CoverageFilter(CountFilter):
    control = ControlChoice(field_name="control_id", help_text="Id of a control.")
    outcome = filters.ChoiceFilter(choices=OUTCOMES, help_text="Outcome that was counted.")
    addressee = filters.ChoiceFilter(choices=ADDRESSEES, help_text="Who can act on it.")


class GapFilter(CountFilter):
    fact = filters.CharFilter(help_text="Name of a fact.")
    reason = filters.ChoiceFilter(
        choices=[(reason.value, reason.value.replace("_", " ")) for reason in Reason],
        help_text="Why it was not seen.",
    )
    seen = Truth(
        field_name="reason", method="by_sight", help_text="Only counts of what was seen, or only of what was not."
    )

    def by_sight(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:  # noqa: FBT001
        return rows.filter(reason="") if value else rows.exclude(reason="")
