"""What the list of scans can be narrowed by."""

from __future__ import annotations

from django import forms

from web.forms.fields import TenantChoice


class ScanFilter(forms.Form):
    tenant = TenantChoice()
