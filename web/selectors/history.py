"""What happened to an app or a server, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from inventory.models import App, Attestation, AuthorizationServer, Credential
from posture.models import VerdictChange

MOVES_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: a text, or the move of a verdict."""

    at: datetime
    text: str = ""
    change: VerdictChange | None = None


def of_app(app: App, credentials: Iterable[Credential], stated: Iterable[Attestation]) -> list[Event]:
    """Of the app itself, its credentials, what people stand for, and its verdicts: one query."""
    events = _of_subject(app, "Registration changed")
    for credential in credentials:
        kind = credential.facts.get("credential_type")
        name = f"{kind if isinstance(kind, str) else 'credential'} {credential.key}"
        if credential.first_seen_at > app.first_seen_at:
            events.append(Event(credential.first_seen_at, f"New: {name}"))
        if credential.ended_at:
            events.append(Event(credential.ended_at, f"Gone: {name}"))
    for one in stated:
        value = one.value if isinstance(one.value, str) else "yes" if one.value else "no"
        events.append(Event(one.stated_at, f"{one.stated_by or 'Somebody'} stated {one.fact}: {value}"))
    changes = VerdictChange.objects.filter(app=app).select_related("before", "after").order_by("-at", "control_id")
    return _in_order(events, changes[:MOVES_SHOWN])


def of_server(server: AuthorizationServer) -> list[Event]:
    """Of the server itself and of its verdicts: one query."""
    changes = VerdictChange.objects.filter(server=server).select_related("before", "after")
    return _in_order(_of_subject(server, "Settings changed"), changes.order_by("-at", "control_id")[:MOVES_SHOWN])


def _of_subject(subject: App | AuthorizationServer, changed: str) -> list[Event]:
    events = [Event(subject.first_seen_at, "First seen")]
    if subject.changed_at > subject.first_seen_at:
        events.append(Event(subject.changed_at, changed))
    if subject.ended_at:
        events.append(Event(subject.ended_at, "No longer found by a complete scan"))
    return events


def _in_order(events: list[Event], changes: Iterable[VerdictChange]) -> list[Event]:
    moved = [Event(change.at, change=change) for change in changes]
    return sorted([*moved, *events], key=lambda event: event.at, reverse=True)
