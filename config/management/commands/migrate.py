"""`manage.py migrate`, safe to run by several processes at once, as when two are started on a new installation."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

LOCK = 7_265_746_825
"""Key of the advisory lock that lets one make the tables, and the others wait and then find them made."""


class Command(migrate.Command):
    """Django's command, one at a time."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Waits for who is at it, then does what is left to do."""
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                super().handle(*args, **options)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
