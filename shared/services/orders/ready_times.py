"""Estimated ready times: each location's kitchen is read once in a few seconds per process, whoever asks.

No estimate is stored: a stored one would cost a write while an order is placed or read, and would go on promising what
the kitchen can no longer keep. The rule counts from an order's acceptance, so the diner's number does not jump.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.orders import Order
from shared.domain.order_states import ACCEPTED, CREATED
from shared.domain.ready_time import Kitchen, estimate, kitchen_of
from shared.store import orders

log = logging.getLogger("orderbuddy.ready_times")

FRESH_SECONDS = 5.0
MAX_KEPT = 500
MADE_WITHIN = timedelta(days=7)
WAITING_WITHIN = timedelta(hours=12)
"""Orders left open longer than this were forgotten on the screen: nobody waits behind them."""


@dataclass(frozen=True, slots=True)
class _Kept:
    reading: asyncio.Task[Kitchen]
    until: float


# By loop, client and database, as two clients of one address compare equal; then the location.
_Key = tuple[int, int, str, str, ObjectId | str]
_kept: OrderedDict[_Key, _Kept] = OrderedDict()


async def estimated(app: App, order: Order) -> datetime | None:
    """When the order will be ready; None where it is ready or closed, or nothing can be said."""
    if order.status not in (CREATED, ACCEPTED):
        return None
    try:
        kitchen = await asyncio.shield(_kitchen(app, order.restaurant_id, order.location_id))
    except PyMongoError as error:
        # Where the order stands can be said all the same.
        log.warning("the kitchen of location %s could not be read: %s", order.location_id, type(error).__name__)
        return None
    return estimate(order, kitchen, app.clock.now())


def _kitchen(app: App, restaurant_id: str, location_id: ObjectId | str) -> asyncio.Task[Kitchen]:
    """The location's kitchen, some seconds old at most: everybody who asks meanwhile gets the same read."""
    loop = asyncio.get_running_loop()
    key = (id(loop), id(app.db.client), app.db.name, restaurant_id, location_id)
    kept = _kept.get(key)
    if kept is not None and time.monotonic() < kept.until and not _failed(kept.reading):
        return kept.reading
    reading = loop.create_task(_read(app, restaurant_id, location_id))
    _kept[key] = _Kept(reading, time.monotonic() + FRESH_SECONDS)
    _kept.move_to_end(key)
    while len(_kept) > MAX_KEPT:
        _kept.popitem(last=False)
    return reading


def _failed(reading: asyncio.Task[Kitchen]) -> bool:
    return reading.done() and (reading.cancelled() or reading.exception() is not None)


async def _read(app: App, restaurant_id: str, location_id: ObjectId | str) -> Kitchen:
    now = app.clock.now()
    return kitchen_of(
        await orders.of_kitchen(
            app.db, restaurant_id, location_id, made_since=now - MADE_WITHIN, waiting_since=now - WAITING_WITHIN
        )
    )
