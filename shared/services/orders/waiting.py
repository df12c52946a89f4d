"""Waiting for news of orders.

A placement waits some milliseconds for its order to appear: reads for it are frequent at first, and then get rarer. A
page without a live connection waits seconds for its order to change: one read for all such pages comes four times a
second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from bson import ObjectId

from shared.app import App
from shared.documents.payments import Payment
from shared.domain.payment_states import RUNNING
from shared.integrations import outside
from shared.memory.slots import Slot
from shared.memory.waiting_room import Soon, Steady, WaitingRoom
from shared.store import checkouts, orders, payments
from shared.store.mongo.client import Database
from shared.store.orders import Standing
from shared.telemetry import measures

log = logging.getLogger("orderbuddy.checkout")

MAX_WATCHING = 50
"""Pages that wait in one process at once. A host answers 100 requests at once: waiting must leave room for others."""

MAX_OF_ORDER = 4
MAX_OF_ADDRESS = 20
"""Of these places, so many for one order, and for one client address: no caller takes them all, and a venue's guests
behind one address still have some. A page that gets no place asks again after some seconds."""


class CrowdedError(Exception):
    """Too many wait already: in this process, for this order, or from this address."""


APPEARING: Slot[WaitingRoom[ObjectId, bool]] = Slot(lambda: WaitingRoom(Soon()))
PAYING: Slot[WaitingRoom[ObjectId, list[Payment]]] = Slot(lambda: WaitingRoom(Soon()))
CHANGING: Slot[WaitingRoom[ObjectId, Standing]] = Slot(lambda: WaitingRoom(Steady()))


async def order_appears(app: App, order_id: ObjectId, *, within: float) -> bool:
    """Wait until the order is there, at most `within` seconds; False where it is not."""
    read = partial(_placed, app.db)
    with _waiting("order"):
        return await app.memory[APPEARING].wait(order_id, read, lambda _: True, within) is not None


async def payment_ends(app: App, payment: Payment, *, within: float) -> Payment | None:
    """Wait until this attempt to pay has ended, with an order or without, at most `within` seconds.

    None where it has not ended.
    """
    read = partial(payments.of_previews, app.db)

    def own(attempts: list[Payment]) -> Payment | None:
        return next((one for one in attempts if one.id == payment.id), None)

    def is_news(attempts: list[Payment]) -> bool:
        now = own(attempts)
        return now is not None and now.state not in RUNNING and now.state != "approved"

    with _waiting("payment"):
        seen = await app.memory[PAYING].wait(payment.preview_id, read, is_news, within)
    return own(seen) if seen else None


@contextmanager
def _waiting(what: str) -> Iterator[None]:
    """A placement waits for something: how long."""
    began = time.monotonic()
    try:
        yield
    finally:
        measures.record("waitSeconds", time.monotonic() - began, {"for": what})


@contextmanager
def alone(what: str, *, apart: bool = False) -> Iterator[None]:
    """Work that a diner waits for after a claim, and that waits for no outside service (rules 24.1): count how many
    calls of them begin meanwhile. `apart`: not for the work around it."""
    with outside.counted(apart=apart) as calls:
        try:
            yield
        finally:
            measures.record("outsideCalls", calls.many, {"during": what})
            if calls.many:
                log.info("%s called %s", what, ", ".join(sorted(calls.services)))


async def order_changes(
    app: App, order_id: ObjectId, known: Standing, *, after: int, within: float, address: str | None = None
) -> bool:
    """Wait until an order, or a checkout that is no order yet, leaves the `known` state or has a seq above `after`.

    It waits at most `within` seconds; False where nothing came.

    `address`: the client's, None where it is unknown. Raises CrowdedError, at once.
    """
    room = app.memory[CHANGING]
    if (
        room.many >= MAX_WATCHING
        or room.of_key(order_id) >= MAX_OF_ORDER
        or (address is not None and room.of_address(address) >= MAX_OF_ADDRESS)
    ):
        raise CrowdedError

    def is_news(now: Standing) -> bool:
        return now.state != known.state or now.seq > after

    read = partial(_standings, app.db)
    return await room.wait(order_id, read, is_news, within, address=address) is not None


async def _placed(db: Database, order_ids: list[ObjectId]) -> Mapping[ObjectId, bool]:
    return dict.fromkeys(await orders.placed_among(db, order_ids), True)


async def _standings(db: Database, order_ids: list[ObjectId]) -> Mapping[ObjectId, Standing]:
    found = await orders.standings(db, order_ids)
    no_order = [order_id for order_id in order_ids if order_id not in found]
    if no_order:
        states = await checkouts.states(db, no_order)
        found |= {order_id: Standing(state, 0) for order_id, state in states.items()}
    return found
