"""A crowd of screens on live connections while orders flow, as on a Saturday night: does everyone hear everything?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.diners import Diner, party
from tests.e2e.listeners import Listener, location_feed
from tests.e2e.truth import Truth
from tests.http_client import Connection
from tests.patience import eventually
from tests.stack import Stack

_BOARDS, _DISPLAYS = 0.02, 0.04
"""Which parts of a crowd are boards of the location, and displays of its stations. The rest are diners."""

_AT_A_TIME = 16


@dataclass(frozen=True)
class _Place:
    """A diner, and the preview that is going to be the order, whose id it has."""

    diner: Diner
    preview_id: str


class Crowd:
    """Screens at the open location, by the group that each listens to. `size`: how many; `diners`: of them."""

    def __init__(self, stack: Stack, listeners: dict[str, list[Listener]], places: list[_Place]) -> None:
        self.diners = len(places)
        self._api = stack.api_url
        self._listeners = listeners
        self.size = len(self._all())
        self._left = iter(places)

    async def order(self, orders: int, *, per_second: float) -> set[str]:
        """Let so many diners place their orders, evenly over time, and return the orders' ids."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        free = [Connection(self._api) for _ in range(_AT_A_TIME)]

        async def place_one(place: _Place) -> str:
            connection = free.pop() if free else Connection(self._api)
            order_id = await place.diner.place(connection, place.preview_id)
            free.append(connection)
            return order_id

        async with asyncio.TaskGroup() as tasks:
            placing = []
            for number, place in zip(range(orders), self._left, strict=False):
                await asyncio.sleep(began + number / per_second - loop.time())
                placing.append(tasks.create_task(place_one(place)))
        for connection in free:
            await connection.close()
        return {task.result() for task in placing}

    async def hears_everything(self, truth: Truth, order_ids: set[str]) -> int:
        """Wait until every screen has heard every row of these orders that its group was sent.

        Returns how many deliveries that makes. Raises AssertionError, with what is missed.
        """
        await truth.settles()
        rows = await truth.rows(order_ids)
        assert {order for order, _ in rows} == order_ids
        missed: list[str] = []

        async def nothing_is_missed() -> bool:
            missed[:] = [
                f"{group}: order {order}, seq {seq}"
                for group, listeners in self._listeners.items()
                for listener in listeners
                for order, seq in {row for row, groups in rows.items() if group in groups} - listener.rows()
            ]
            return not missed

        await eventually(nothing_is_missed, lambda: f"{len(missed)} were missed, such as {missed[0]}", every=0.2)
        return sum(len(self._listeners.get(group, ())) for groups in rows.values() for group in groups)

    def late(self) -> list[float]:
        """For each message that came, the seconds since what it tells had happened, the quickest first."""
        return sorted(late for listener in self._all() for late in listener.late)

    def came_twice(self) -> int:
        """How many messages a screen had heard already."""
        heard = [[(data["orderId"], data["seq"], data["event"]) for data in one.came] for one in self._all()]
        return sum(len(messages) - len(set(messages)) for messages in heard)

    def _all(self) -> list[Listener]:
        return [listener for each in self._listeners.values() for listener in each]


@asynccontextmanager
async def crowd(stack: Stack, size: int) -> AsyncIterator[Crowd]:
    """A crowd that is connected: boards, displays, and diners who are about to order."""
    place = stack.demo["open"]
    boards, displays = max(1, int(size * _BOARDS)), max(1, int(size * _DISPLAYS))
    stations = [place["stationIds"][number % len(place["stationIds"])] for number in range(displays)]
    places = await _previews(stack, size - boards - displays)
    board = location_feed(stack)
    feeds: list[tuple[str, dict[str, Any], str | None]] = [
        *((f"location.{place['locationId']}", board, stack.token()) for _ in range(boards)),
        *((f"station.{one}", {**board, "kind": "station", "stationId": one}, stack.token()) for one in stations),
        *((f"order.{each.preview_id}", {"kind": "order", "orderId": each.preview_id}, None) for each in places),
    ]
    listeners: dict[str, list[Listener]] = {}
    left = iter(feeds)
    async with AsyncExitStack() as open_ones:

        async def connect() -> None:
            for group, feed, token in left:
                listener = await open_ones.enter_async_context(Listener(stack.api_url, feed, token))
                listeners.setdefault(group, []).append(listener)

        await asyncio.gather(*(connect() for _ in range(_AT_A_TIME)))
        yield Crowd(stack, listeners, places)


async def _previews(stack: Stack, diners: int) -> list[_Place]:
    left = iter(await party(stack, diners))

    async def price() -> list[_Place]:
        async with Connection(stack.api_url) as connection:
            return [_Place(diner, await diner.preview(connection)) for diner in left]

    priced = await asyncio.gather(*(price() for _ in range(_AT_A_TIME)))
    return [place for each in priced for place in each]
