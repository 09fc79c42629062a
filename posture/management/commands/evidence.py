"""`manage.py evidence`: write the compliance evidence to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory.models import Tenant
from posture import evidence_pack


class Command(BaseCommand):
    help = (
        "Write compliance evidence as JSON lines, from one snapshot of the database. The last line is the manifest: it"
        " holds the counts and the sha256 of the lines before it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", action="append", default=[], metavar="NAME", help="repeatable; default: all")
        parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="is replaced when it is whole")

    def handle(self, *_args: Any, **options: Any) -> None:
        names: list[str] = options["tenant"]
        tenants = list(Tenant.objects.filter(name__in=names))
        missing = sorted(set(names) - {tenant.name for tenant in tenants})
        if missing:
            raise CommandError(f"there is no tenant called {', '.join(map(repr, missing))}", returncode=2)
        output: Path = options["output"]
        draft = output.with_name(output.name + ".part")
        try:
            with draft.open("wb") as file:
                line = b""
                for line in evidence_pack.stream(tenants if names else None):
                    file.write(line)
            draft.replace(output)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}", returncode=2) from error
        finally:
            draft.unlink(missing_ok=True)
        manifest = json.loads(line)
        self.stderr.write(f"{manifest['counts'].get('app', 0)} apps, {manifest['lines']} lines, and the manifest")
