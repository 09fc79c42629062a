"""The form of a tenant, made from the settings that its connector declares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from connectors.base import Connector, Setting
from connectors.errors import ConnectorError, SettingError
from inventory import tenants
from inventory.models import Tenant
from web.times import spoken

PREFIX = "setting_"
INTERVALS = {
    "": "only on demand",
    "1": "every hour",
    "6": "every 6 hours",
    "24": "every day",
    "168": "every week",
}
"""Hours between scheduled scans."""
KEPT = "kept"
"""Leaves an interval as it is that is none of these."""

_WRITE_ONLY = (
    "Kept encrypted and never shown again. Or name where it is kept: env:AMPHORA_SECRET_… for a variable,"
    " file:NAME for a file in the secrets folder."
)


class TenantForm(forms.Form):
    """Everything that a person states of a tenant. Stored secrets are never put into the page."""

    marks_optional = True
    """Most fields are required, so those that are not say so."""

    name = forms.CharField(label="Name", max_length=200, help_text="How the tenant is called on every page.")
    allow_private = forms.BooleanField(
        label="Allow addresses of private networks",
        required=False,
        help_text="Needed when the provider runs inside your network. Off, Amphora refuses to call such addresses.",
    )
    environment = forms.ChoiceField(
        label="Environment",
        required=False,
        choices=Tenant.Environment.choices,
        help_text="Some controls ask more of production apps. One app can be marked otherwise on its own page.",
    )
    high_value = forms.ChoiceField(
        label="High value",
        required=False,
        choices=[("", "not recorded"), ("yes", "yes, all of its apps"), ("no", "no")],
        help_text="Whether its apps reach money, personal data or administration. Signed requests and responses are"
        " asked of such apps.",
    )
    scan_interval = forms.ChoiceField(label="Scan", required=False, choices=list(INTERVALS.items()))

    def __init__(self, connector: type[Connector], tenant: Tenant | None, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(tenant))
        super().__init__(*args, **kwargs)
        self.connector = connector
        self.tenant = tenant
        if tenant and tenant.scan_interval and _hours(tenant.scan_interval) not in INTERVALS:
            self._offer_to_keep(tenant.scan_interval)
        for setting in connector.settings:
            self.fields[PREFIX + setting.name] = _field(setting, tenant)
        self.order_fields(["name", *(PREFIX + setting.name for setting in connector.settings)])

    def _offer_to_keep(self, interval: timedelta) -> None:
        """An interval that something else set, and that is none of ours."""
        field = self.fields["scan_interval"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(KEPT, f"{spoken(interval)}, as it is"), *INTERVALS.items()]

    def connection_fields(self) -> Iterator[BoundField]:
        """Name and the connector's own fields."""
        names = ["name", *(name for name in self.fields if name.startswith(PREFIX)), "allow_private"]
        return (self[name] for name in names)

    def context_fields(self) -> Iterator[BoundField]:
        """What a person knows of the tenant, and when to scan it."""
        return (self[name] for name in ("environment", "high_value", "scan_interval"))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Tenant.objects.filter(name=name)
        if self.tenant:
            others = others.exclude(pk=self.tenant.pk)
        if others.exists():
            raise forms.ValidationError("There is a tenant of that name already.")
        return name

    def store(self) -> Tenant | None:
        """Create or update the tenant; None, with the error at its field, where the connector refuses a setting."""
        details = self._details()
        try:
            if self.tenant is None:
                return tenants.create(self.connector.kind, details)
            tenants.update(self.tenant, details)
        except SettingError as problem:
            names = (PREFIX + problem.setting, problem.setting)
            self.add_error(next((name for name in names if name in self.fields), None), str(problem))
            return None
        except ConnectorError as problem:
            self.add_error(None, str(problem))
            return None
        return self.tenant

    def _details(self) -> tenants.Details:
        cleaned = self.cleaned_data
        hours = cleaned["scan_interval"]
        kept = self.tenant.scan_interval if self.tenant and hours == KEPT else None
        return tenants.Details(
            name=cleaned["name"],
            settings={s.name: cleaned[PREFIX + s.name].strip() for s in self.connector.settings},
            allow_private=cleaned["allow_private"],
            environment=cleaned["environment"],
            high_value={"yes": True, "no": False}.get(cleaned["high_value"]),
            scan_interval=kept or (timedelta(hours=int(hours)) if hours else None),
        )


def _initial(tenant: Tenant | None) -> dict[str, Any]:
    if tenant is None:
        return {"scan_interval": "24"}
    hours = _hours(tenant.scan_interval)
    return {
        "name": tenant.name,
        "allow_private": tenant.allow_private,
        "environment": tenant.environment,
        "high_value": {True: "yes", False: "no"}.get(tenant.high_value, "") if tenant.high_value is not None else "",
        "scan_interval": hours if hours in INTERVALS else KEPT,
        **{PREFIX + name: value for name, value in tenant.settings.items()},
    }


def _hours(interval: timedelta | None) -> str:
    """As a key of `INTERVALS` has it; of an interval that is no whole number of hours, something that no key is."""
    return f"{interval / timedelta(hours=1):g}" if interval else ""


def _field(setting: Setting, tenant: Tenant | None) -> forms.CharField:
    """A secret is asked for once; when a tenant has it already, an empty field keeps it."""
    kept = setting.secret and tenant is not None
    if setting.multiline:
        widget: forms.Widget = _WriteOnlyTextarea() if setting.secret else forms.Textarea({"rows": 4})
    else:
        widget = forms.PasswordInput({"autocomplete": "off"}) if setting.secret else forms.TextInput()
    help_text = " ".join(
        part
        for part in (
            setting.help,
            _WRITE_ONLY if setting.secret else "",
            "Leave it empty to keep the one that is stored." if kept else "",
        )
        if part
    )
    return forms.CharField(
        label=setting.label,
        required=setting.required and not kept,
        initial=None if setting.secret else setting.default,
        help_text=help_text,
        widget=widget,
    )


class _WriteOnlyTextarea(forms.Textarea):
    """A text area that is never filled in, not even with what was just typed."""

    def __init__(self) -> None:
        super().__init__({"rows": 4, "autocomplete": "off", "spellcheck": "false"})

    def format_value(self, value: Any) -> None:
        del value
