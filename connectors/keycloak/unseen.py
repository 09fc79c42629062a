"""How a rule says that what it needs could not be seen."""

from __future__ import annotations

from connectors.facts import NotObserved


class Unseen(Exception):  # noqa: N818  (not an error: the fact says why it is unknown)
    """Something that a fact rests on was not observed; `why` becomes the fact's value."""

    def __init__(self, why: NotObserved) -> None:
        super().__init__(why.detail)
        self.why = why
