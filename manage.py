#!/usr/bin/env python3
"""Amphora's command line: `python manage.py help` lists the commands."""

import os
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)  # while modules load there is nothing to undo, nor to say

from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402
from django.db import OperationalError, ProgrammingError  # noqa: E402

from config.postgres.errors import EmbeddedPostgresError  # noqa: E402

UNUSABLE = 2
"""Not 1, which says that a scan found something."""
INTERRUPTED = 130
NOBODY_READS = 141
"""What a shell reports of a program that SIGINT or SIGPIPE ended."""


def _run() -> int:
    """Run the command of the arguments. What keeps it from running is said in words, and is the exit code."""
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _trouble("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _discard_output()
        return NOBODY_READS
    except OSError as error:
        _discard_output()
        return _trouble(f"A file, or the output, cannot be read or written: {error}")
    except EmbeddedPostgresError as error:
        return _trouble(f"Amphora's database does not start. {error}")
    except OperationalError as error:
        return _trouble(f"The database cannot be used: {error}")
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") not in {"42P01", "42703"}:  # undefined table, undefined column
            raise
        return _trouble("The database lacks tables of this version: run `python manage.py migrate`")
    except ImproperlyConfigured as error:
        return _trouble(f"Amphora is not set up right: {error}")
    return 0


def _trouble(text: str, code: int = UNUSABLE) -> int:
    sys.stderr.write(f"{text.strip()}\n")
    return code


def _discard_output() -> None:
    """What is still buffered must not fail once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")  # closed by whoever started us
    sys.exit(_run())
