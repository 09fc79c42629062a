"""What a person states about an app: facts that no interface gives."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from connectors.facts import ATTESTED, CLIENT
from posture.attest import ENVIRONMENTS

QUESTIONS: Final = {
    "environment": "Which environment does the app belong to?",
    "marked_high_value": "Is the app of high value: money, identities, administration or sensitive data?",
    "requests_rewritten": "Does something between app and server rewrite its authorization requests?",
    "managed_channel": "Does something other than an ordinary browser carry its responses?",
    "single_issuer": "Is this authorization server the only one that the app uses?",
}

_YES_OR_NO: Final = [("yes", "yes"), ("no", "no")]


class AttestForm(forms.Form):
    """One fact with its value; an empty value takes back what was stated."""

    fact = forms.ChoiceField(choices=[(name, name) for name in sorted(ATTESTED)], widget=forms.HiddenInput)
    value = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, fact: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = fact or str(self.data.get("fact", ""))
        choices = [(each, each) for each in ENVIRONMENTS] if self.asked == "environment" else _YES_OR_NO
        field = self.fields["value"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "not stated"), *choices]
        field.label = QUESTIONS.get(self.asked, self.asked)

    @property
    def help(self) -> str:
        return CLIENT[self.asked].meaning

    def stated(self) -> str | bool | None:
        """The value of a valid form, as `posture.attest.record_fact` takes it; None: nothing is stated."""
        value: str = self.cleaned_data["value"]
        if not value:
            return None
        return value if self.asked == "environment" else value == "yes"
