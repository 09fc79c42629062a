#!/usr/bin/env python3
"""Amphora's command line: `python manage.py help` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.postgres.errors import EmbeddedPostgresError


def _run() -> str:
    """What keeps the command from running, in words; empty when it ran."""
    try:
        execute_from_command_line(sys.argv)
    except EmbeddedPostgresError as error:
        return f"Amphora's database does not start. {error}"
    except OperationalError as error:
        return f"The database cannot be used: {error}"
    except ImproperlyConfigured as error:
        return f"Amphora is not set up right: {error}"
    return ""


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    trouble = _run()
    if trouble:
        sys.stderr.write(f"{trouble.strip()}\n")
        sys.exit(2)  # Not 1, which says that a scan found something.
