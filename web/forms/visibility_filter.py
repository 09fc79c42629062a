"""What the matrix of facts can be narrowed by."""

from __future__ import annotations

from django import forms

from connectors.facts import Reason, Subject
from web.forms.fields import TenantChoice
from web.words import reason_label

ANY = ""
READ = "read"
ALL = "all"


class VisibilityFilter(forms.Form):
    """A field that is not valid asks for nothing."""

    subject = forms.ChoiceField(
        label="About",
        required=False,
        choices=[
            (ANY, "apps and servers"),
            (Subject.CLIENT.value, "apps"),
            (Subject.AUTHORIZATION_SERVER.value, "servers"),
        ],
    )
    reason = forms.ChoiceField(
        label="Reason",
        required=False,
        choices=[(ANY, "any reason"), *((reason.value, reason_label(reason)) for reason in Reason)],
    )
    facts = forms.ChoiceField(
        label="Facts", required=False, choices=[(READ, "that controls read"), (ALL, "all of the vocabulary")]
    )
    tenant = TenantChoice()
