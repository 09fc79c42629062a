"""What a terminal is shown."""

from __future__ import annotations

import io
import json

from django.core.management import call_command

from connectors.discovery import discover
from inventory.plain_text import shortened, table, wrapped


def test_control_characters_never_reach_the_terminal() -> None:
    evil = "name\x1b[2J\nforged"
    lines = [*table(("A", "B"), [(evil, evil)]), *wrapped(evil), shortened(evil, 50)]
    assert len(lines) == 4
    assert not any(character in line for line in lines for character in "\x1b\n")


def test_tables_are_aligned_and_fit() -> None:
    lines = list(table(("ID", "TEXT"), [("A-1", "word " * 50), ("LONGER-2", "x")], "  "))
    assert {line.index(word) for line, word in zip((lines[0], lines[-1]), ("TEXT", "x"), strict=True)} == {12}
    assert max(map(len, lines)) <= 100


def test_a_long_text_is_shortened_and_wrapped() -> None:
    assert shortened("abcdef", 4) == "abc…"
    lines = list(wrapped("word " * 60, "- ", "  "))
    assert lines[0].startswith("- word")
    assert lines[1].startswith("  word")


def test_the_connectors_are_listed() -> None:
    out = io.StringIO()
    call_command("connectors", "--format", "json", stdout=out)
    assert [one["kind"] for one in json.loads(out.getvalue())["connectors"]] == list(discover())
    out = io.StringIO()
    call_command("connectors", stdout=out)
    assert all(kind in out.getvalue() for kind in discover())
