"""From a row of an order's history to the messages that people get of it, after the commit (rules 24.1).

The row itself says that somebody must see to it, so a commit costs nothing more, and losing a process loses nothing.
Each message is a duty of its own. It never holds a number, an address or a token: whoever sends it reads the order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.orders import Order, OrderEvent
from shared.documents.places import AlertNumber
from shared.domain.reaching import ALERT, TO_STAFF, WORTH_FOR, Message, Senders, messages_of
from shared.memory.gathering import Gathering
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
AT_A_TIME = 2
GATHER_SECONDS = 0.05
AT_ONCE = 50
"""So many orders share the reads of their locations and the writes of their messages."""

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
    order_id = rows[0].order_id
    try:
        made = await app.memory[LANE].done(order_id, (app, rows))
        if made is None:
            made = (await reach(app, {order_id: rows})).get(order_id, [])
        for one in made:
            await seeing.see_to(app, one, KINDS)
    except Exception:
        log.warning("messages of order %s are left to the sweeper", order_id, exc_info=True)


async def _reach_group(
    group: Mapping[ObjectId, tuple[App, Sequence[OrderEvent]]],
) -> Mapping[ObjectId, list[str]]:
    # Nobody waits for it, and while it waits more come.
    await asyncio.sleep(GATHER_SECONDS)
    # The first one's App serves all: Apps of one process differ in their engine only, and messages need none.
    app = next(iter(group.values()))[0]
    return await reach(app, {order_id: rows for order_id, (_, rows) in group.items()})


LANE: Slot[Gathering[ObjectId, tuple[App, Sequence[OrderEvent]], list[str]]] = Slot(
    lambda: Gathering(_reach_group, most=AT_ONCE)
)


async def sweep(app: App) -> int:
    """Write down the messages of rows that nobody has seen to, for some seconds at most; returns of how many orders.

    The duties themselves are swept with all the others.
    """
    until = time.monotonic() + SWEEP_SECONDS
    waiting = await order_events.reaching(app.db, app.clock.now() - SWEEP_OLDER_THAN, SWEEP_AT_MOST)
    by_order: dict[ObjectId, list[OrderEvent]] = {}
    for row in waiting:
        by_order.setdefault(row.order_id, []).append(row)

    async def some(order_ids: Sequence[ObjectId]) -> None:
        try:
            await reach(app, {order_id: by_order[order_id] for order_id in order_ids})
        except Exception:
            log.warning("messages of %d orders not written down", len(order_ids), exc_info=True)

    groups = [list(by_order)[at : at + AT_ONCE] for at in range(0, len(by_order), AT_ONCE)]
    await each(groups, some, at_a_time=AT_A_TIME, until=until)
    return len(by_order)


async def reach(app: App, rows: Mapping[ObjectId, Sequence[OrderEvent]]) -> dict[ObjectId, list[str]]:
    """Write down the messages of rows, by order, each once however often this runs; returns the ids of their duties.

    What is older than an hour is news to nobody. Orders of one location share what is read of it.
    """
    now = app.clock.now()
    found = await orders.whole(app.db, list(rows))
    fresh = {key: [row for row in of_order if now - row.created_at <= WORTH_FOR] for key, of_order in rows.items()}
    here = {(order.restaurant_id, order.location_id) for order in found.values()}
    asks_staff = {
        (order.restaurant_id, order.location_id)
        for key, order in found.items()
        if any(row.type in TO_STAFF for row in fresh[key])
    }
    places = {place: await _place(app, place, asks_staff=place in asks_staff) for place in here}
    made = {
        key: [
            _duty(message, row, now)
            for row in fresh[key]
            for message in messages_of(row, order, *places[order.restaurant_id, order.location_id])
        ]
        for key, order in found.items()
    }
    if documents := [one for of_order in made.values() for one in of_order]:
        await duties.insert_missing(app.db, documents)
    await order_events.reached(app.db, [row.id for of_order in rows.values() for row in of_order])
    return {key: [one["_id"] for one in of_order] for key, of_order in made.items()}


async def _place(
    app: App, place: tuple[str, ObjectId | str], *, asks_staff: bool
) -> tuple[Sequence[AlertNumber], Senders]:
    """A location's alert numbers, and what this deployment sends for it."""
    if not asks_staff:
        return [], Senders(app.sms.is_set_up, app.mail.is_set_up, push=False)
    (phones, screens), location = await asyncio.gather(pushes.wanted(app, *place), locations.one(app.db, *place))
    senders = Senders(app.sms.is_set_up, app.mail.is_set_up, phones, screens)
    return ([] if location is None else location.alert_numbers), senders


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
