"""The parent of an embedded server: runs it, and stops it when nobody uses it any more.

Who leaves in order stops the server itself. This program is for those who cannot, because they were killed: it waits
for the lock that every user shares. Run by its path, as `keeper.py JSON`, so that it loads nothing but the standard
library; the JSON has `users` and `server` (paths of lock files), `command` and `identity` (who runs it).
"""

import fcntl
import json
import signal
import subprocess
import sys
import threading
import time

CRASHED_SECONDS = 5.0
"""How long the processes of a server that crashed may take to notice."""


def main() -> int:
    """The server's exit status."""
    what = json.loads(sys.argv[1])
    with open(what["server"], "w") as server, open(what["users"]) as users:  # noqa: PTH123 - pathlib takes time to load
        if not _locked(server.fileno()):
            sys.stderr.write("Another server is at these data, maybe in another container.\n")
            return 1
        process = subprocess.Popen(what["command"], pass_fds=[server.fileno()], umask=0o077, **what["identity"])
        threading.Thread(target=_stop_when_unused, args=(process, users.fileno()), daemon=True).start()
        return process.wait()


def _locked(server: int) -> bool:
    """Whether we have the lock. The server and its processes inherit it: it is held until the last of them is gone."""
    deadline = time.monotonic() + CRASHED_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(server, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop_when_unused(process: "subprocess.Popen[bytes]", users: int) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown


if __name__ == "__main__":
    sys.exit(main())
