"""The list of a realm's clients, read in pages while it may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from connectors.base import Source
from connectors.errors import ProtocolError
from connectors.facts import Json
from connectors.http import Answer

PAGE: Final = 200
OVERLAP: Final = 10
"""Clients that a page has in common with the one before."""
_MOST_PAGES_WITHOUT_PROGRESS: Final = 20

Clients = list[dict[str, Json]]


def listed(read: Callable[[int, int], Answer]) -> Iterator[tuple[Source, Clients]]:
    """Each client once, by the answer that showed it first. `read` takes the position of the first and how many.

    Pages overlap. Where a page does not begin with a client that is known, so many before it were deleted meanwhile
    that those behind have moved up past the overlap, and the reading steps back. Keycloak leaves out what it cannot
    load, so a short page need not be the last one: the list ends where the page behind a short one shows nothing new.
    A page with more than was asked for is the whole list of a server that knows no pages. Raises ProtocolError where
    the list comes to no end.
    """
    seen: set[str] = set()
    first, was_short, without_progress = 0, False, 0
    while True:
        answer = read(first, PAGE)
        clients = {_id_of(client, answer.source): client for client in answer.body}
        new = [client for found, client in clients.items() if found not in seen]
        moved = first > 0 and (next(iter(clients)) not in seen if clients else not was_short)
        without_progress = 0 if new and not moved else without_progress + 1
        if without_progress > _MOST_PAGES_WITHOUT_PROGRESS:
            raise ProtocolError(answer.source.url, "The list of clients changes while it is read, and comes to no end")
        if moved:
            first, was_short = max(0, first - PAGE), False
            continue
        seen.update(clients)
        if new:
            yield answer.source, new
        is_short = len(answer.body) < PAGE
        if len(answer.body) > PAGE or (is_short and not new):
            return
        first, was_short = first + PAGE - OVERLAP, is_short


def _id_of(client: Json, source: Source) -> str:
    found = client.get("id") if isinstance(client, dict) else None
    if not isinstance(found, str) or not found:
        raise ProtocolError(source.url, "The list of clients holds something that is no client")
    return found
