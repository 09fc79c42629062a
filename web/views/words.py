"""What the words of the pages mean."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connectors.facts import VOCABULARY, Reason, Rung, Subject
from web.words import ADDRESSEES, OUTCOMES, SEVERITIES, WORDS

_SUBJECTS = {
    Subject.CLIENT: "an app",
    Subject.AUTHORIZATION_SERVER: "an authorization server",
    Subject.CREDENTIAL: "a credential",
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Terms, outcomes, rungs, reasons and the whole vocabulary of facts."""
    context = {
        "words": WORDS.items(),
        "outcomes": OUTCOMES.items(),
        "severities": SEVERITIES.items(),
        "rungs": [(rung.label, rung.meaning) for rung in Rung],
        "addressees": ADDRESSEES.items(),
        "reasons": list(Reason),
        "vocabulary": [(_SUBJECTS[subject], list(facts.values())) for subject, facts in VOCABULARY.items()],
    }
    return render(request, "words.html", context)
