"""Fields that several forms have."""

from __future__ import annotations

from typing import Any

from django import forms

from inventory.models import Tenant
from web.values import tenant_label


class TenantChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One tenant, or all of them, by the names that pages give them; one that does not exist asks for nothing."""

    def __init__(self) -> None:
        super().__init__(
            queryset=Tenant.objects.order_by("name"), label="Tenant", required=False, empty_label="all tenants"
        )

    def label_from_instance(self, obj: Any) -> str:
        return tenant_label(obj)
