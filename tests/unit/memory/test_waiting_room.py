"""Waiting for news: all who wait share the reads, and nobody is held up by somebody else's old wait.

The time is the loop's own, and passes only while everybody sleeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from shared.memory.waiting_room import Soon, WaitingRoom
from tests import virtual_time
from tests.virtual_time import now

READ_SECONDS = 0.001


class Kitchen:
    """What is read from: orders that are there, each from a time on. `reads` holds what was asked for, and when."""

    def __init__(self) -> None:
        self.room: WaitingRoom[str, bool] = WaitingRoom(Soon())
        self.reads: list[tuple[float, list[str]]] = []
        self._there_from: dict[str, float] = {}

    def appears(self, order: str, after: float = 0.0) -> None:
        self._there_from[order] = now() + after

    async def waits(self, order: str, within: float = 10.0) -> float | None:
        """How long it took to be told; None where nothing came."""
        began = now()
        told = await self.room.wait(order, self._read, lambda _: True, within)
        return None if told is None else now() - began

    async def _read(self, orders: list[str]) -> Mapping[str, bool]:
        began = now()
        self.reads.append((began, list(orders)))
        await asyncio.sleep(READ_SECONDS)
        return {order: True for order in orders if self._there_from.get(order, began + 1) <= began}


def test_an_order_is_seen_soon_after_it_appears_by_all_who_wait_for_it() -> None:
    async def story() -> None:
        kitchen = Kitchen()
        kitchen.appears("a", after=0.03)
        waits = await asyncio.gather(*(kitchen.waits("a") for _ in range(3)))
        assert all(took is not None and 0.03 <= took < 0.035 for took in waits)
        asked_after = [orders for at, orders in kitchen.reads if at >= 0.03]
        assert asked_after == [["a"]], "one read told all three"

    virtual_time.run(story())


def test_a_wait_ends_when_its_time_is_over() -> None:
    async def story() -> None:
        kitchen = Kitchen()
        assert await kitchen.waits("a", within=0.2) is None
        assert now() == 0.2
        await asyncio.sleep(1)
        assert kitchen.reads[-1][0] < 0.5, "nobody reads for nobody"

    virtual_time.run(story())


def test_a_new_wait_is_not_held_up_by_one_that_is_old() -> None:
    async def story() -> None:
        kitchen = Kitchen()
        old = asyncio.create_task(kitchen.waits("old", within=20))
        await asyncio.sleep(10)
        late = [at for at, _ in kitchen.reads][-2:]
        assert late[1] - late[0] > 0.2, "the old wait is read for seldom by now"
        for number in range(4):
            kitchen.appears(f"new {number}")
            took = await kitchen.waits(f"new {number}")
            assert took is not None and took < 0.01
        assert await old is None

    virtual_time.run(story())


def test_after_a_rush_an_order_is_looked_for_as_soon_as_before() -> None:
    async def story() -> None:
        kitchen = Kitchen()

        async def one(name: str, after: float) -> float:
            kitchen.appears(name, after)
            took = await kitchen.waits(name)
            assert took is not None
            return took

        before = await one("before", 0)
        for turn in range(20):
            await asyncio.gather(*(one(f"{turn}.{number}", 0.06) for number in range(4)))
        slow = await one("just after", 0)
        # Each time the first read finds the order, the next comes a fifth sooner.
        after = [await one(f"after {number}", 0) for number in range(14)]
        assert after == sorted(after, reverse=True)
        assert after[-1] <= before < slow

    virtual_time.run(story())
