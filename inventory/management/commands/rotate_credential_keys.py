"""`manage.py rotate_credential_keys`: seal every stored credential with a new key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory import secrets


class Command(BaseCommand):
    help = (
        "Make a new key and seal every stored credential with it. The key before it stays in the file until the next"
        " rotation: rotate twice to be rid of it."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            count = secrets.rotate_all()
        except secrets.SecretError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{count} credentials are sealed with a new key")
