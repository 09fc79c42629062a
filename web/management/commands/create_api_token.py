"""`manage.py create_api_token`: a token for the API, printed once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken

LONGEST = 3650


class Command(BaseCommand):
    help = "Print a new token for the REST API. Only its hash is kept, so it cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER", help="who the token acts as; only staff may ask for scans")
        parser.add_argument("--days", type=int, default=90, metavar="N", help="days until it expires; default: 90")

    def handle(self, *_args: Any, **options: Any) -> None:
        days: int = options["days"]
        if not 1 <= days <= LONGEST:
            raise CommandError(f"--days must be from 1 to {LONGEST}", returncode=2)
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"there is no active user called {options['user']!r}", returncode=2)
        _, token = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
        self.stderr.write(f"expires in {days} days; send it as: Authorization: Token ...")
        self.stdout.write(token)
