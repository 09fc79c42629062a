"""`manage.py rotate_credential_keys`: seal every stored credential with a new key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory import secrets


class Command(BaseCommand):
    help = (
        "Make a new key and seal every stored credential with it. The key before it stays in the file until the next"
        " rotation: rotate twice to be rid of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep-file",
            action="store_true",
            help="make no key: seal with the first key of the file as it stands. For a file that is mounted read-only",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        rotate = secrets.seal_again if options["keep_file"] else secrets.rotate_all
        try:
            count = rotate()
        except secrets.SecretError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{count} credentials are sealed with the newest key")
