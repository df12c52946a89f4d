"""Waiting for orders to appear: all who wait in a process share one read.

Sixteen diners who each read at 5, 10, 20, 40 ms ask MongoDB a hundred times for what a few reads tell: here one read
asks for every order that somebody waits for, often while a wait is young and seldom when it is old.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field

from bson import ObjectId

from shared.app import App
from shared.store import orders
from shared.store.client import Database

log = logging.getLogger("orderbuddy.waiting")

# By the age of the youngest wait: up to 50 ms a read every 3 ms, and so on; after a second every 200 ms. The more
# wait, the longer it takes each of them anyway, and the rarer are the reads.
_PAUSES = ((0.05, 0.003), (0.2, 0.02), (1.0, 0.05))
_LONGEST_PAUSE = 0.2
_LONGER_FOR_EACH = 0.001
_AT_MOST = 200


@dataclass(slots=True)
class _Waiting:
    """Everybody who waits on one client's database, and the task that reads for them while there is anybody."""

    asked: dict[ObjectId, list[asyncio.Future[None]]] = field(default_factory=dict)
    youngest: float = 0.0
    reader: asyncio.Task[None] | None = None


# By loop, client and database: two clients of one address compare equal, but one may be closed.
_Key = tuple[int, int, str]
_all: dict[_Key, _Waiting] = {}


async def order_appears(app: App, order_id: ObjectId, *, within: float) -> bool:
    """Wait until the order is there, at most `within` seconds; False where it is not."""
    loop = asyncio.get_running_loop()
    key = (id(loop), id(app.db.client), app.db.name)
    waiting = _all.setdefault(key, _Waiting())
    mine = loop.create_future()
    waiting.asked.setdefault(order_id, []).append(mine)
    waiting.youngest = time.monotonic()
    if waiting.reader is None:
        waiting.reader = loop.create_task(_read(app.db, key, waiting))
    try:
        async with asyncio.timeout(within):
            await mine
    except TimeoutError:
        return False
    finally:
        _leave(waiting, order_id, mine)
    return True


def _leave(waiting: _Waiting, order_id: ObjectId, mine: asyncio.Future[None]) -> None:
    others = [one for one in waiting.asked.get(order_id, []) if one is not mine]
    if others:
        waiting.asked[order_id] = others
    else:
        waiting.asked.pop(order_id, None)


async def _read(db: Database, key: _Key, waiting: _Waiting) -> None:
    try:
        await _read_while_asked(db, waiting)
    finally:
        _all.pop(key, None)


async def _read_while_asked(db: Database, waiting: _Waiting) -> None:
    while waiting.asked:
        crowd = len(waiting.asked) - 1
        await asyncio.sleep(_pause(time.monotonic() - waiting.youngest) + min(crowd, 20) * _LONGER_FOR_EACH)
        asked = list(waiting.asked)
        for first in range(0, len(asked), _AT_MOST):
            try:
                placed = await orders.placed_among(db, asked[first : first + _AT_MOST])
            except Exception as error:
                # Whatever it is, the wait goes on: the order may be placed all the same.
                log.warning("orders could not be read: %s", type(error).__name__)
                continue
            for order_id in placed:
                for one in waiting.asked.pop(order_id, []):
                    if not one.done():
                        one.set_result(None)


def _pause(age: float) -> float:
    return next((pause for younger_than, pause in _PAUSES if age < younger_than), _LONGEST_PAUSE)
