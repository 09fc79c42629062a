"""Pictures of the pages of a running demo, by Chromium, into `var/pictures`: `make screenshots`.

The demo's address and password are read from AMPHORA_DEMO_URL and AMPHORA_DEMO_PASSWORD. Ends with status 1 where a
page is wider than its window, writes to the console or breaks the content security policy.
"""

import os
import sys
from pathlib import Path

from lab import pictures

FOLDER = Path(__file__).resolve().parents[1] / "var" / "pictures"


def main() -> int:
    url, password = os.environ.get("AMPHORA_DEMO_URL"), os.environ.get("AMPHORA_DEMO_PASSWORD")
    if not pictures.chromium() or not url or not password:
        sys.stderr.write(
            "Needs Chromium on PATH, and AMPHORA_DEMO_URL and AMPHORA_DEMO_PASSWORD as `make demo` says.\n"
        )
        return 1
    troubles = pictures.take(url, "demo", password, FOLDER)
    for trouble in troubles:
        sys.stderr.write(trouble + "\n")
    return int(bool(troubles))


if __name__ == "__main__":
    sys.exit(main())
