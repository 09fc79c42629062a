"""The list of clients is read to its end, whatever happens to it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Source
from connectors.errors import ProtocolError
from connectors.http import Answer
from connectors.keycloak.listing import OVERLAP, PAGE, listed

SOURCE = Source("https://id.example/clients", datetime.now(UTC))


def names(count: int) -> list[str]:
    return [f"client-{position:05}" for position in range(count)]


def answer(found: list[str]) -> Answer:
    return Answer([{"id": name} for name in found], SOURCE)


def read_all(read: Callable[[int, int], Answer]) -> list[str]:
    return [client["id"] for _, clients in listed(read) for client in clients]


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE - 1, 2 * PAGE, 5 * PAGE + 7])
def test_each_client_is_listed_once_in_order(count: int) -> None:
    there = names(count)
    assert read_all(lambda first, most: answer(there[first : first + most])) == there


@pytest.mark.parametrize(
    "left_out", [{3}, {PAGE - 1}, {PAGE}, set(range(PAGE - OVERLAP + 1, PAGE + 50)), {*range(0, 3 * PAGE, 7)}]
)
def test_what_keycloak_leaves_out_of_a_page_does_not_end_the_list(left_out: set[int]) -> None:
    there = names(3 * PAGE)
    hidden = {there[position] for position in left_out}
    found = read_all(lambda first, most: answer([name for name in there[first : first + most] if name not in hidden]))
    assert found == [name for name in there if name not in hidden]


@given(st.data())
def test_clients_that_come_and_go_meanwhile_hide_no_other(data: st.DataObject) -> None:
    there = names(4 * PAGE)
    stayed = set(there)
    numbers = st.lists(st.integers(0, 4 * PAGE), max_size=40)

    def read(first: int, most: int) -> Answer:
        page = answer(there[first : first + most])
        for position in data.draw(numbers):
            if position < len(there) > 3 * PAGE:
                stayed.discard(there.pop(position))
        for position in data.draw(numbers):
            there.append(f"client-{position:05}-new")
        there.sort()
        return page

    found = read_all(read)
    assert len(found) == len(set(found))
    assert stayed <= set(found)


@pytest.mark.parametrize("count", [1, PAGE - 1, PAGE + 1, 3 * PAGE])
def test_a_server_that_knows_no_pages_is_read_once_whole(count: int) -> None:
    assert read_all(lambda _first, _most: answer(names(count))) == names(count)


def test_a_page_that_comes_again_and_again_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="comes to no end"):
        read_all(lambda _first, _most: answer(names(PAGE)))


@pytest.mark.parametrize("client", [None, 7, "client", [], {}, {"id": None}, {"id": ""}, {"id": 7}])
def test_what_is_no_client_is_an_error(client: Any) -> None:
    with pytest.raises(ProtocolError, match="no client"):
        list(listed(lambda _first, _most: Answer([client], SOURCE)))
