"""Facts of an app that a person states."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone

from connectors.facts import ATTESTED, CLIENT, Json
from inventory.models import App, Attestation
from posture.evaluate import judge_again

ENVIRONMENTS = ("production", "development")


def record_fact(app: App, fact: str, value: Json, user: User | None) -> Attestation:
    """Record what a person states, instead of what was stated before, and judge the app again.

    Raises ValueError for a fact that nobody can state, or a value that it cannot have.
    """
    if fact not in ATTESTED:
        raise ValueError(f"{fact} is read from the platform and cannot be stated")
    if not isinstance(value, CLIENT[fact].type) or (fact == "environment" and value not in ENVIRONMENTS):
        raise ValueError(f"{fact} cannot be {value!r}")
    stated = {"value": value, "stated_by": user, "stated_at": timezone.now()}
    attestation, _ = Attestation.objects.update_or_create(app=app, fact=fact, defaults=stated)
    judge_again(app)
    return attestation


def withdraw(app: App, fact: str) -> None:
    """Take back what was stated about a fact, if anything was, and judge the app again."""
    Attestation.objects.filter(app=app, fact=fact).delete()
    judge_again(app)
