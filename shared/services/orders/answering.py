"""Nobody accepts an order: its location's people are told, its diner may cancel (rules 13).

Nothing is cancelled or given back by itself. Whatever moves the order ends it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.duties import OPEN_STATES, Duty
from shared.documents.orders import Order
from shared.documents.places import Kitchen
from shared.domain.order_documents import Change
from shared.domain.order_states import CREATED
from shared.domain.roles import SYSTEM
from shared.domain.routing import told
from shared.services.duties.seeing import Kinds
from shared.services.orders import history
from shared.services.telling import outbox
from shared.store import duties, orders, places
from shared.store.mongo.client import Session
from shared.store.support import attention_entries

WAITING = "waiting"
"""The kind of the duty, and of the entry in `attention`."""

REASON = "Nobody has accepted this order yet."


def duty_of(order: dict[str, Any], kitchen: Kitchen) -> dict[str, Any] | None:
    """The duty that an order which is being placed brings; None where the kitchen accepts by itself, or never tells."""
    if order["status"] != CREATED or kitchen.accept_within_minutes is None:
        return None
    at = order["createdAt"] + timedelta(minutes=max(0, kitchen.accept_within_minutes))
    return duties.due(WAITING, order["_id"], at, trace=order.get("trace"))


async def tell(app: App, duty: Duty) -> None:
    """Tell the location's people, the stations and the diner that nobody has answered, once."""
    order = None if duty.order_id is None else await orders.get(app.db, duty.order_id)
    if order is None or not _waits(order):
        return
    place = await places.location_with_stations(app.db, order.restaurant_id, order.location_id)
    payload = {"correlationId": order.meta.correlation_id, "stations": told(order, place[1] if place else [])}

    async def body(session: Session, there: Order) -> Order:
        now = app.clock.now()
        change = Change("order_waiting", payload, SYSTEM.by)
        changed = await history.change(app, there, [change], {"waitingAt": now}, at=now, session=session)
        await attention_entries.write(
            app.db,
            "waiting",
            there.id,
            restaurant_id=there.restaurant_id,
            location_id=there.location_id,
            reason=REASON,
            count=1,
            at=now,
            session=session,
        )
        return changed

    await history.in_turn(app, order.id, lambda there: not _waits(there), body)
    await outbox.publish_after_commit(app, order.id)


def _waits(order: Order) -> bool:
    """Whether nobody has answered, and nobody was told so."""
    return order.status == CREATED and order.waiting_at is None


async def is_to_be_told(app: App, preview_id: ObjectId) -> bool:
    """Whether it is still to be told that nobody has accepted this order."""
    there = await duties.get(app.db, duty_id(preview_id))
    return there is not None and there.state in OPEN_STATES


async def answered(app: App, order: Order, session: Session, *, at: datetime) -> None:
    """An order leaves CREATED: there is nobody to be told any more, in the transaction of the move."""
    await duties.drop(app.db, WAITING, order.id, at, session)
    if order.waiting_at is not None:
        await attention_entries.end(app.db, f"{WAITING}:{order.id}", at, session)


def duty_id(order_id: ObjectId) -> str:
    """The id of the duty of an order that waits for an answer."""
    return duties.key(WAITING, order_id)


KINDS: Kinds = {WAITING: tell}
"""The duties of orders, and what each does."""
