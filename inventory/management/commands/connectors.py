"""`manage.py connectors`: what can be connected, or read from a file."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connectors.discovery import discover
from inventory.described import connector_json
from inventory.plain_text import table


class Command(BaseCommand):
    help = "List the connectors: what each reads, needs and cannot see. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = [connector_json(connector) for connector in discover().values()]
        if options["format"] == "json":
            self.stdout.write(json.dumps({"connectors": found}, indent=2))
            return
        rows = [
            (one["kind"], one["label"], ", ".join(p["name"] for p in one["permissions"]) or "none", one["exports"])
            for one in found
        ]
        for line in table(("KIND", "CONNECTOR", "PERMISSIONS", "EXPORT FILES"), rows):
            self.stdout.write(line)
