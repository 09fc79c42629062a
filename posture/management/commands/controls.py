"""`manage.py controls`: the catalogue of controls."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from inventory.plain_text import table
from posture import catalogue
from posture.described import control_json


class Command(BaseCommand):
    help = "List the controls: what each checks, how severe it is and what it maps to. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    def handle(self, *_args: Any, **options: Any) -> None:
        controls = [control_json(control) for _, control in sorted(catalogue.by_id().items())]
        if options["format"] == "json":
            self.stdout.write(json.dumps({"controls": controls}, indent=2))
            return
        rows = [(found["id"], found["severity"], found["subject"], found["title"]) for found in controls]
        for line in table(("CONTROL", "SEVERITY", "SUBJECT", "TITLE"), rows):
            self.stdout.write(line)
        self.stdout.write(f"{len(controls)} controls, catalogue {catalogue.CATALOGUE_VERSION}")
