"""The form that must be filled in before a tenant is deleted."""

from __future__ import annotations

from typing import Any

from django import forms

from inventory.models import Tenant


class DeletionForm(forms.Form):
    """Asks for the tenant's name, so that nothing is deleted by a slip."""

    name = forms.CharField(
        label="Type the name to delete it", strip=False, widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed.strip() != self.tenant.name.strip():
            raise forms.ValidationError("That is not the tenant's name.")
        return typed
