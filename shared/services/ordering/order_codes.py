"""Readable codes for orders, drawn before the placing transaction (rules 5)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime

from bson import ObjectId

from shared.app import App
from shared.ids import order_code
from shared.memory.recent import Recent
from shared.memory.slots import Slot
from shared.store import orders

log = logging.getLogger("orderbuddy.checkout")

BLOCK = 8
"""How many numbers a process takes at a time: one round trip for eight orders. Unused ones are gaps."""

LOW = 4
"""With fewer numbers left, the next block is taken in the background: no order should wait for it."""

MAX_KEPT = 500
_Key = tuple[ObjectId | str, str]


@dataclass(slots=True)
class _Numbers:
    """The numbers that this process has left for one location's day, and the task that takes more."""

    left: deque[int] = field(default_factory=deque)
    taking: asyncio.Task[None] | None = None


NUMBERS: Slot[Recent[_Key, _Numbers]] = Slot(lambda: Recent(MAX_KEPT))


async def draw(app: App, location_id: ObjectId | str, day: date, now: datetime) -> str:
    """The next code of the location's business date; no other order of that date has it."""
    key = (location_id, day.isoformat())
    numbers = app.memory[NUMBERS].made(key, _Numbers)
    while not numbers.left:
        # One read for all who draw at once; shielded, so that one who gives up does not take it from the others.
        await asyncio.shield(_take_more(app, key, numbers, now))
    number = numbers.left.popleft()
    if len(numbers.left) < LOW:
        _take_more(app, key, numbers, now)
    return order_code(number)


def _take_more(app: App, key: _Key, numbers: _Numbers, now: datetime) -> asyncio.Task[None]:
    """The taking of the next block, begun now if none is under way.

    One that has ended is under way no more, also before its callback has run: whoever draws many at once would wait for
    it again and again, without ever letting the callback run.
    """

    async def take() -> None:
        first = await orders.take_numbers(app.db, *key, BLOCK, now)
        numbers.left.extend(range(first, first + BLOCK))

    def taken(task: asyncio.Task[None]) -> None:
        if numbers.taking is task:
            numbers.taking = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.info("no order numbers of %s taken: %r", key[1], error)

    if numbers.taking is None or numbers.taking.done():
        numbers.taking = asyncio.get_running_loop().create_task(take())
        numbers.taking.add_done_callback(taken)
    return numbers.taking
