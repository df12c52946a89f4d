"""Estimated ready times. Each process reads a location's kitchen at most once in five seconds, whoever asks.

No estimate is stored: that would cost a write while an order is placed or read, and the kitchen may get slower
afterwards. The rule counts from an order's acceptance, so the time that the diner sees does not jump.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.orders import Order
from shared.domain.order_states import ACCEPTED, CREATED
from shared.domain.pace_schedule import wait_minutes
from shared.domain.ready_time import Kitchen, estimate, kitchen_of
from shared.memory.kept import Kept
from shared.memory.slots import Slot
from shared.store import orders

log = logging.getLogger("orderbuddy.ready_times")

FRESH_SECONDS = 5.0
MAX_KEPT = 500
MADE_WITHIN = timedelta(days=7)
WAITING_WITHIN = timedelta(hours=12)
"""An order that is open for longer than this was forgotten on the screen: no other order waits for it."""


_Key = tuple[str, ObjectId | str]
KITCHENS: Slot[Kept[_Key, Kitchen]] = Slot(lambda: Kept(FRESH_SECONDS, most=MAX_KEPT))


async def estimated(app: App, order: Order) -> datetime | None:
    """When the order will be ready (UTC); None where it is ready or closed, or nobody can tell."""
    if order.status not in (CREATED, ACCEPTED):
        return None
    try:
        kitchen = await _kitchen(app, order.restaurant_id, order.location_id)
    except PyMongoError as error:
        # Where the order stands can be said all the same.
        log.warning("the kitchen of location %s could not be read: %s", order.location_id, type(error).__name__)
        return None
    return estimate(order, kitchen, app.clock.now())


async def _kitchen(app: App, restaurant_id: str, location_id: ObjectId | str) -> Kitchen:
    """The location's kitchen, some seconds old at most: everybody who asks meanwhile gets the same read."""

    async def read(_: Kitchen | None) -> Kitchen:
        return await _read(app, restaurant_id, location_id)

    return await app.memory[KITCHENS].get((restaurant_id, location_id), read)


async def _read(app: App, restaurant_id: str, location_id: ObjectId | str) -> Kitchen:
    now = app.clock.now()
    found, pace = await orders.of_kitchen(
        app.db, restaurant_id, location_id, made_since=now - MADE_WITHIN, waiting_since=now - WAITING_WITHIN
    )
    return kitchen_of(found, wait_minutes=wait_minutes(pace, now))
