"""Text for a terminal of 100 columns. What others wrote is shown without control characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

WIDTH = 100
GAP = "  "
_NARROWEST = 20
"""Columns that the last column of a table has at least."""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "") -> Iterator[str]:
    """One line of headers, then the rows, aligned; the last column is wrapped."""
    cells = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)][:-1]
    for row in (list(headers), *cells):
        start = indent + "".join(f"{cell:{width}}{GAP}" for cell, width in zip(row[:-1], widths, strict=True))
        room = max(WIDTH - len(start), _NARROWEST)
        first, *more = textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
        yield f"{start}{first}".rstrip()
        yield from (" " * len(start) + line for line in more)


def wrapped(text: str, first: str = "", rest: str | None = None) -> Iterator[str]:
    """Lines of a text, the first with one indent and the others with another, or with the same."""
    yield from textwrap.wrap(
        _printable(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )


def shortened(text: str, longest: int) -> str:
    """The text in one line, cut to a number of characters."""
    line = _printable(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _printable(text: str) -> str:
    """A terminal obeys control characters, so that a name could clear the screen or forge a line."""
    return "".join(
        character if character.isprintable() else " " if character.isspace() else "\ufffd" for character in str(text)
    )
