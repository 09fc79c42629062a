"""`manage.py scan`: scan tenants or export files here and now, and print what was found."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from inventory.models import Tenant
from posture.control import Level
from posture.scan_inputs import Input, existing_file, scan_all
from posture.scan_output import as_json, exit_code
from posture.scan_table import as_table

UNUSABLE = 2


class Command(BaseCommand):
    help = (
        "Scan tenants by name, or export files, in this process. A file is judged on its own: it ends and changes"
        " nothing of any tenant. Exit code: 0; 1 when --fail-on found something; 2 for an input that could not be"
        " used, a control that failed itself, or wrong arguments; 130 after Ctrl-C."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("inputs", nargs="+", metavar="TENANT-OR-FILE", help="a file where one of this name exists")
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
        parser.add_argument(
            "--fail-on",
            choices=[level.value for level in Level],
            help="exit 1 when a control fails with at least this severity and the fail is addressed to the app's"
            " owner. The severity is the residual one: one step lower where other controls are proved to compensate."
            " Warnings and unknowns never count.",
        )
        parser.add_argument(
            "--environment",
            choices=[choice for choice in Tenant.Environment.values if choice],
            default="",
            help="what the files' apps are used for; a connected tenant has a setting of its own",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        arguments: list[str] = options["inputs"]
        if options["environment"] and not any(existing_file(argument) for argument in arguments):
            raise CommandError("--environment is for files, and none of the arguments is one", returncode=UNUSABLE)
        make_tables()
        inputs = list(scan_all(arguments, options["environment"]))
        self._print(inputs, options["format"])
        code = exit_code(inputs, Level(options["fail_on"]) if options["fail_on"] else None)
        if code:
            sys.exit(code)

    def _print(self, inputs: list[Input], form: str) -> None:
        if form == "json":
            for piece in as_json(inputs):
                self.stdout.write(piece, ending="")
        else:
            for line in as_table(inputs):
                self.stdout.write(line)
        self.stdout.flush()


def make_tables() -> None:
    """Bring the database to this version, silently; nothing to do in all but the first scan."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
