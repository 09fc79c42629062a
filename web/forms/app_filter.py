"""The filter of the list of apps, from the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from connectors.facts import VOCABULARY, Reason
from posture import catalogue
from posture.control import Level
from posture.outcome import Addressee, Outcome
from web.forms.fields import TenantChoice
from web.selectors.visibility import SUBJECTS, reason_name
from web.words import reason_label

SORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "worst": ("-assessment__worst", "-assessment__failed", "client_name"),
    "name": ("client_name", "client_id"),
    "tenant": ("tenant__name", "client_name"),
    "failed": ("-assessment__failed", "-assessment__worst"),
    "unknown": ("-assessment__unknown", "-assessment__worst"),
    "first_seen": ("-first_seen_at",),
}
"""Sort -> columns, "-" in front of those that are sorted from the highest."""

FURTHER: Final = ("addressee", "unseen", "reason", "client_type", "platform", "state")
"""Fields that stand behind "More filters"."""


class AppFilter(forms.Form):
    """What the list of apps can be asked for; nothing is required, and an unknown value is an error of its field."""

    q = forms.CharField(label="Name or client id", required=False, max_length=200)
    tenant = TenantChoice()
    severity = forms.ChoiceField(label="Worst failed control", required=False)
    control = forms.ChoiceField(label="Control", required=False)
    outcome = forms.ChoiceField(label="Outcome", required=False)
    addressee = forms.ChoiceField(label="Who can act", required=False)
    unseen = forms.ChoiceField(label="Fact not seen", required=False)
    reason = forms.ChoiceField(label="Reason not seen", required=False)
    client_type = forms.ChoiceField(
        label="Client type",
        required=False,
        choices=[
            ("", "any type"),
            ("confidential", "confidential"),
            ("public", "public"),
            ("resource_server", "resource server"),
            ("unseen", "not seen"),
        ],
    )
    platform = forms.ChoiceField(
        label="The platform's own",
        required=False,
        choices=[("", "left out"), ("shown", "shown too"), ("only", "alone")],
    )
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "live"), ("ended", "ended"), ("all", "live and ended")]
    )
    sort = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=[("", ""), *((s, s) for s in SORTS)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("severity", _severities())
        controls = [(control.id, f"{control.id} {control.title}") for control in catalogue.by_id().values()]
        self._offer("control", [("", "any control"), *controls])
        self._offer("outcome", [("", "any outcome"), *((each.value, each.label) for each in Outcome)])
        self._offer("addressee", [("", "anybody"), *((each.value, each.value) for each in Addressee)])
        self._offer("unseen", [("", "any fact"), *((name, name) for name in _fact_names())])
        self._offer("reason", [("", "any reason"), *((each.value, reason_label(each).lower()) for each in Reason)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in ("q", "tenant", "severity", "control", "outcome")]

    @property
    def further(self) -> list[forms.BoundField]:
        return [self[name] for name in FURTHER]

    @property
    def further_used(self) -> bool:
        return any(self.data.get(name) for name in FURTHER)

    @property
    def used(self) -> bool:
        """Whether it asks for anything but an order."""
        return any(value for name, value in self.data.items() if name in self.fields and name != "sort")


def _severities() -> list[tuple[str, str]]:
    levels = list(reversed(Level))
    at_least = [(level.value, f"{level.value} or worse") for level in levels]
    only = [(f"only-{level.value}", f"{level.value} alone") for level in levels]
    return [("", "any severity"), *at_least, *only, ("none", "none failed")]


def _fact_names() -> list[str]:
    """Facts as reasons name them."""
    return sorted(reason_name(fact) for subject in SUBJECTS for fact in VOCABULARY[subject].values())
