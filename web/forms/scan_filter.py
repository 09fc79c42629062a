"""What the list of scans can be narrowed by."""

from __future__ import annotations

from django import forms

from inventory.models import Tenant


class ScanFilter(forms.Form):
    """A tenant that does not exist asks for nothing."""

    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.order_by("name"), label="Tenant", required=False, empty_label="all tenants"
    )
