"""Waiting for orders to appear: all who wait in a process share one read.

Sixteen diners who each read at 5, 10, 20, 40 ms ask MongoDB a hundred times for what a few reads tell: here one read
asks for every order that somebody waits for, often while a wait is young and seldom when it is old.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from bson import ObjectId

from shared.app import App
from shared.store import orders
from shared.store.client import Database

log = logging.getLogger("orderbuddy.waiting")

# By the age of the youngest wait: up to 50 ms a read every 2 ms, and so on; after a second every 200 ms. The more
# wait, the longer it takes each of them anyway, and the rarer are the reads.
_PAUSES = ((0.05, 0.002), (0.2, 0.02), (1.0, 0.05))
_LONGEST_PAUSE = 0.2
_LONGER_FOR_EACH = 0.001
_AT_MOST = 200

# Most orders take about as long as the last ones did: reading long before that would only slow them down.
_FIRST_READ_AT = 0.7
_LONGEST_FIRST_PAUSE = 0.05
_WEIGHT_OF_LAST = 0.1


@dataclass(slots=True)
class _Waiting:
    """Everybody who waits on one client's database, and the task that reads for them while there is anybody."""

    asked: dict[ObjectId, list[asyncio.Future[None]]] = field(default_factory=dict)
    since: dict[ObjectId, float] = field(default_factory=dict)
    usual: float = 0.005
    next_read: float = 0.0
    sooner: asyncio.Event = field(default_factory=asyncio.Event)
    reader: asyncio.Task[None] | None = None

    def join(self, order_id: ObjectId, mine: asyncio.Future[None], now: float) -> None:
        """Wait for an order; the reader reads when it is to be expected, if it would not read before."""
        self.asked.setdefault(order_id, []).append(mine)
        self.since[order_id] = now
        first = now + min(self.usual * _FIRST_READ_AT, _LONGEST_FIRST_PAUSE)
        if self.reader is None or first < self.next_read:
            self.next_read = first
            self.sooner.set()

    def leave(self, order_id: ObjectId, mine: asyncio.Future[None]) -> None:
        """Wait no longer."""
        others = [one for one in self.asked.get(order_id, ()) if one is not mine]
        if others:
            self.asked[order_id] = others
        else:
            self.asked.pop(order_id, None)
            self.since.pop(order_id, None)

    def found(self, order_id: ObjectId, now: float) -> None:
        """Tell those who wait for an order that it is there."""
        took = now - self.since.pop(order_id, now)
        self.usual += _WEIGHT_OF_LAST * (min(took, _LONGEST_FIRST_PAUSE) - self.usual)
        for one in self.asked.pop(order_id, ()):
            if not one.done():
                one.set_result(None)

    def plan_next_read(self, now: float) -> None:
        """After a read."""
        age = now - max(self.since.values(), default=now)
        pause = next((pause for younger_than, pause in _PAUSES if age < younger_than), _LONGEST_PAUSE)
        self.next_read = now + pause + min(len(self.asked) - 1, 20) * _LONGER_FOR_EACH


# By loop, client and database: two clients of one address compare equal, but one may be closed.
_Key = tuple[int, int, str]
_all: dict[_Key, _Waiting] = {}
_MAX_KEPT = 100


async def order_appears(app: App, order_id: ObjectId, *, within: float) -> bool:
    """Wait until the order is there, at most `within` seconds; False where it is not."""
    loop = asyncio.get_running_loop()
    waiting = _waiting_on(app.db, loop)
    mine = loop.create_future()
    waiting.join(order_id, mine, loop.time())
    if waiting.reader is None:
        waiting.reader = loop.create_task(_read(app.db, waiting))
    try:
        async with asyncio.timeout(within):
            await mine
    except TimeoutError:
        return False
    finally:
        waiting.leave(order_id, mine)
    return True


def _waiting_on(db: Database, loop: asyncio.AbstractEventLoop) -> _Waiting:
    key = (id(loop), id(db.client), db.name)
    if key not in _all:
        for idle in [key for key, one in _all.items() if one.reader is None][:-_MAX_KEPT]:
            del _all[idle]
        _all[key] = _Waiting()
    return _all[key]


async def _read(db: Database, waiting: _Waiting) -> None:
    loop = asyncio.get_running_loop()
    try:
        while waiting.asked:
            await _until_next_read(waiting, loop)
            asked = list(waiting.asked)
            for first in range(0, len(asked), _AT_MOST):
                for order_id in await _placed(db, asked[first : first + _AT_MOST]):
                    waiting.found(order_id, loop.time())
            waiting.plan_next_read(loop.time())
    finally:
        waiting.reader = None


async def _until_next_read(waiting: _Waiting, loop: asyncio.AbstractEventLoop) -> None:
    while (left := waiting.next_read - loop.time()) > 0:
        waiting.sooner.clear()
        try:
            async with asyncio.timeout(left):
                await waiting.sooner.wait()
        except TimeoutError:
            return


async def _placed(db: Database, order_ids: list[ObjectId]) -> list[ObjectId]:
    try:
        return await orders.placed_among(db, order_ids)
    except Exception as error:
        # Whatever it is, the wait goes on: the order may be placed all the same.
        log.warning("orders could not be read: %s", type(error).__name__)
        return []
