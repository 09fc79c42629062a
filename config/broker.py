"""Celery's broker where there is no Redis: messages are files in a private folder.

A message is a wake-up hint, nothing more: what is to be done stands in the database. Kombu's own file transport writes
a message where readers see it, so they may read half of one; here it is renamed into place when whole, and taken by
renaming it away.
"""

import fcntl
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

from config import environment

URL = "amphora-files://localhost/"
"""The host means nothing, but without one Kombu warns at every connection."""
POLLING_SECONDS = 0.1
LEFT_SECONDS = 3600.0
"""A draft, or a message in someone's hands, that is this old was left by a process that was killed."""

TRANSPORT_ALIASES[URL.partition(":")[0]] = "config.broker:Transport"


def options(folder: Path) -> dict[str, Any]:
    """Celery's transport options for messages in `folder`, which is made for us alone."""
    messages, control = environment.private_folder(folder / "messages"), environment.private_folder(folder / "control")
    _prune(messages)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": POLLING_SECONDS,
    }


class Channel(filesystem.Channel):
    """Puts, takes and binds atomically. A message is TIME_UUID.QUEUE.msg; names that begin with a dot are drafts."""

    # The stubs of the two base classes disagree on the second parameter's name.
    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - the transport's signature
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".taken_{uuid.uuid4().hex}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # Another process was faster.
            text = taken.read_text()
            taken.unlink()
            return loads(text)
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        wanted = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (self.control_folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.get_table(exchange)
            if wanted not in known:
                _write(Path(self.control_folder) / f"{exchange}.exchange", dumps([wanted, *known]))


class Transport(filesystem.Transport):
    """The transport of `URL`."""

    Channel = Channel
    driver_name = "files"

    def driver_version(self) -> str:
        """Shown in the worker's banner."""
        return "1"


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".draft_{uuid.uuid4().hex}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(text)
        draft.rename(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise ChannelError(f"{path} cannot be written: {error.strerror}") from error


def _prune(messages: Path) -> None:
    oldest = time.time() - LEFT_SECONDS
    for left in messages.glob(".*"):
        with suppress(FileNotFoundError):  # Another process prunes, too.
            if left.stat().st_mtime < oldest:
                left.unlink()
