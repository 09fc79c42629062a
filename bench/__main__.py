"""`python -m bench`: time cold, unchanged and slightly changed scans of a made-up company."""

from __future__ import annotations

import argparse
import importlib
import sys

import django

from lab.throwaway import InUseError, installation


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--apps", type=int, default=2000, help="number of apps (default: 2000)")
    parser.add_argument("--companies", type=int, default=3, help="how many are scanned, one after another (default: 3)")
    options = parser.parse_args()
    try:
        with installation("bench"):
            django.setup()
            importlib.import_module("bench.measure").measure(options.apps, options.companies)
    except InUseError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
