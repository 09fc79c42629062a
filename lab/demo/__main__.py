"""`python -m lab.demo`: an installation of its own under var/, with made-up companies, until Ctrl-C."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from typing import NoReturn

import django

from lab.demo.processes import DemoError
from lab.throwaway import InUseError, installation


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the first one tried (default: 8000)")
    parser.add_argument("--name", default="demo", help="folder under var/, which is emptied (default: demo)")
    parser.add_argument("--once", action="store_true", help="open every page, check what it shows, and stop")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        with installation(options.name) as folder:
            django.setup()
            importlib.import_module("lab.demo.show").run(folder, options.port, once=options.once)
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 1 if options.once else 0
    except (InUseError, DemoError) as fault:
        print(f"The demo failed: {fault}", file=sys.stderr)
        return 1
    return 0


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Let SIGTERM end the demo as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
