"""The file broker: what is put is taken once, whole and in order."""

import logging
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from config import broker


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with Connection(broker.URL, transport_options=broker.options(tmp_path / "broker")) as connection:
        yield connection


def messages(folder: Path) -> list[str]:
    return [found.name for found in (folder / "broker" / "messages").iterdir()]


def test_messages_come_in_order_and_leave_nothing_behind(connection: Connection, tmp_path: Path) -> None:
    with connection.SimpleQueue("in-order") as queue:
        for number in range(5):
            queue.put({"number": number}, serializer="json")
        (waiting,) = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "broker" / "messages").iterdir()}
        assert waiting == 0o600
        assert [queue.get(timeout=5).payload["number"] for _ in range(5)] == [0, 1, 2, 3, 4]
        with pytest.raises(Empty):
            queue.get(block=False)
    assert messages(tmp_path) == []
    assert stat.S_IMODE((tmp_path / "broker").stat().st_mode) == 0o700


def test_two_takers_never_get_the_same_message(tmp_path: Path) -> None:
    taken: list[int] = []

    def take() -> None:
        with (
            Connection(broker.URL, transport_options=broker.options(tmp_path / "broker")) as own,
            own.SimpleQueue("work") as queue,
        ):
            for _ in range(100):
                try:
                    message = queue.get(block=False)
                except Empty:
                    return
                taken.append(message.payload)
                message.ack()

    with (
        Connection(broker.URL, transport_options=broker.options(tmp_path / "broker")) as connection,
        connection.SimpleQueue("work") as queue,
    ):
        for number in range(60):
            queue.put(number, serializer="json")
    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(taken) == list(range(60))


def test_queues_do_not_mix(connection: Connection) -> None:
    with connection.SimpleQueue("one") as one, connection.SimpleQueue("two") as two:
        one.put("for one", serializer="json")
        with pytest.raises(Empty):
            two.get(block=False)
        assert one.get(timeout=5).payload == "for one"


def test_what_a_killed_process_left_is_removed_in_time(tmp_path: Path) -> None:
    broker.options(tmp_path / "broker")
    folder = tmp_path / "broker" / "messages"
    long_ago = time.time() - 2 * broker.LEFT_SECONDS
    for name, changed in (
        (".draft_old", long_ago),
        (".taken_old", long_ago),
        (".draft_new", None),
        ("1_x.q.msg", long_ago),
    ):
        (folder / name).touch()
        if changed:
            os.utime(folder / name, (changed, changed))
    broker.options(tmp_path / "broker")
    assert sorted(messages(tmp_path)) == [".draft_new", "1_x.q.msg"]


def test_a_draft_is_no_message(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "broker" / "messages").joinpath(".draft_x.drafts.msg").write_text("{")
    with connection.SimpleQueue("drafts") as queue, pytest.raises(Empty):
        queue.get(block=False)


def test_connecting_warns_of_nothing(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        connection.clone().connect()
    assert caplog.messages == []
