"""From a row of an order's history to the messages that people get of it, after the commit (rules 24.1).

The row itself says that somebody must see to it, so a commit costs nothing more, and losing a process loses nothing.
Each message is a duty of its own. It never holds a number, an address or a token: whoever sends it reads the order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.orders import Order, OrderEvent
from shared.domain.reaching import ALERT, TO_STAFF, WORTH_FOR, Message, Senders, messages_of
from shared.memory.pool import each
from shared.memory.slots import Slot
from shared.services.duties import seeing
from shared.services.messages import mails, pushes, texts
from shared.store import duties, locations, order_events, orders

log = logging.getLogger("orderbuddy.messages")

KINDS: seeing.Kinds = {**texts.KINDS, **mails.KINDS, **pushes.KINDS}
"""All kinds of messages, and what sends each."""

SWEEP_OLDER_THAN = timedelta(seconds=5)
SWEEP_AT_MOST = 200
SWEEP_SECONDS = 8.0
AT_A_TIME = 8
MOST_RUNNING = 50
"""How many orders this process sees to at once without anybody waiting; the sweeper comes to the others."""

RUNNING: Slot[set[asyncio.Task[None]]] = Slot(set)


def soon(app: App, rows: Sequence[OrderEvent]) -> None:
    """These rows of an order were committed: see to the messages, and let nobody wait for it."""
    running = app.memory[RUNNING]
    waiting = [row for row in rows if row.reach]
    if not waiting or len(running) >= MOST_RUNNING:
        return
    task = asyncio.get_running_loop().create_task(_alone(app, waiting))
    running.add(task)
    task.add_done_callback(running.discard)


async def _alone(app: App, rows: Sequence[OrderEvent]) -> None:
    try:
        made = await reach(app, rows[0].order_id, rows)
        for one in made:
            await seeing.see_to(app, one, KINDS)
    except Exception:
        log.warning("messages of order %s are left to the sweeper", rows[0].order_id, exc_info=True)


async def sweep(app: App) -> int:
    """Write down the messages of rows that nobody has seen to, for some seconds at most; returns of how many orders.

    The duties themselves are swept with all the others.
    """
    until = time.monotonic() + SWEEP_SECONDS
    waiting = await order_events.reaching(app.db, app.clock.now() - SWEEP_OLDER_THAN, SWEEP_AT_MOST)
    by_order: dict[ObjectId, list[OrderEvent]] = {}
    for row in waiting:
        by_order.setdefault(row.order_id, []).append(row)

    async def one(order_id: ObjectId) -> None:
        try:
            await reach(app, order_id, by_order[order_id])
        except Exception:
            log.warning("messages of order %s not written down", order_id, exc_info=True)

    await each(list(by_order), one, at_a_time=AT_A_TIME, until=until)
    return len(by_order)


async def reach(app: App, order_id: ObjectId, rows: Sequence[OrderEvent]) -> list[str]:
    """Write down the messages of an order's rows, each once however often this runs; returns the ids of their duties.

    What is older than an hour is news to nobody.
    """
    now = app.clock.now()
    order = await orders.get(app.db, order_id)
    fresh = [row for row in rows if now - row.created_at <= WORTH_FOR]
    made = [] if order is None else await _duties(app, order, fresh, now)
    if made:
        await duties.insert_missing(app.db, made)
    await order_events.reached(app.db, [row.id for row in rows])
    return [one["_id"] for one in made]


async def _duties(app: App, order: Order, rows: Sequence[OrderEvent], now: datetime) -> list[dict[str, Any]]:
    to_staff = any(row.type in TO_STAFF for row in rows)
    phones, screens = await pushes.wanted(app, order) if to_staff else (False, False)
    senders = Senders(app.sms.is_set_up, app.mail.is_set_up, phones, screens)
    location = await locations.one(app.db, order.restaurant_id, order.location_id)
    alert_numbers = [] if location is None else location.alert_numbers
    return [_duty(message, row, now) for row in rows for message in messages_of(row, order, alert_numbers, senders)]


async def alerts(app: App, order: Order, about: str, now: datetime) -> list[dict[str, Any]]:
    """The duties to tell a location's alert numbers of something that is no row of the order's history, for whoever
    inserts them with what they tell of."""
    if not app.sms.is_set_up:
        return []
    location = await locations.one(app.db, order.restaurant_id, order.location_id)
    return [
        {
            "_id": duties.key(ALERT, f"{order.id}:{about}:{now:%Y%m%d%H%M%S%f}:{one.id}"),
            "orderId": order.id,
            "restaurantId": order.restaurant_id,
            "locationId": order.location_id,
            "kind": ALERT,
            "about": about,
            "seq": order.version or 0,
            "to": str(one.id),
            "since": now,
            "state": "due",
            "tries": 0,
            "nextAt": now,
            **({"trace": order.trace} if order.trace else {}),
        }
        for one in (location.alert_numbers if location is not None else [])
        if one.phone_number
    ]


def _duty(message: Message, row: OrderEvent, now: datetime) -> dict[str, Any]:
    target = f"{row.order_id}:{row.seq}" + (f":{message.to}" if message.to else "")
    return {
        "_id": duties.key(message.kind, target),
        "orderId": row.order_id,
        "restaurantId": row.restaurant_id,
        "locationId": row.location_id,
        "kind": message.kind,
        "about": row.type,
        "seq": row.seq,
        **({"to": message.to} if message.to else {}),
        "since": row.created_at,
        "state": "due",
        "tries": 0,
        "nextAt": now,
        **({"trace": row.trace} if row.trace else {}),
    }
