"""The kitchen starts, finishes and opens again one item of an order; nothing else of it is touched (contract 36, rules
13)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from shared.app import App
from shared.documents.orders import Order, OrderItem
from shared.domain.on_screen import given_back
from shared.domain.order_documents import Change
from shared.domain.order_states import ACCEPTED, OPEN, READY_FOR_PICKUP
from shared.domain.roles import SYSTEM, Caller
from shared.domain.routing import told
from shared.errors import ORDER_ITEM_NOT_FOUND, Problem
from shared.services.orders import history, moving
from shared.services.orders.moving import Wish, look, moved_on
from shared.services.telling import outbox
from shared.store.mongo.client import Session

REFUSALS = (ORDER_ITEM_NOT_FOUND, *moving.REFUSALS)

Progress = Literal["STARTED", "COMPLETED", "REOPENED"]

_KINDS: dict[Progress, str] = {
    "STARTED": "item_started",
    "COMPLETED": "item_completed",
    "REOPENED": "item_reopened",
}


async def progress(app: App, order_id: str, item_id: str, to: Progress, caller: Caller, *, request_id: str) -> bool:
    """Start or finish one item, or open it again, and tell everyone; False where it is so already.

    Starting a finished item opens it again, too. Where the location wants it, the order is ready with its last item.
    Raises Problem (REFUSALS); ORDER_MOVED where the order is at its end.
    """
    seen = await look(app, order_id, caller)
    order = seen.order
    if item_id not in seen.shown:
        raise Problem(ORDER_ITEM_NOT_FOUND)
    by = caller.actor_in(order.restaurant_id).by
    told_of = {"correlationId": order.meta.correlation_id or request_id, "stations": told(order, seen.stations)}
    ready_when_done = seen.location is not None and seen.location.ready_when_all_done
    changed = False

    def is_so(there: Order) -> bool:
        nonlocal changed
        changed = False
        if there.status not in OPEN:
            raise moved_on(there)
        return _is(_item(there, item_id), to)

    async def body(session: Session, there: Order) -> Order:
        nonlocal changed
        changed = True
        now = app.clock.now()
        row = Change(_KINDS[to], told_of | {"itemId": item_id}, by)
        there = await history.change(
            app, there, [row], _fields(to, now), at=now, session=session, only=[{"one.id": item_id}]
        )
        if ready_when_done and to == "COMPLETED" and there.status == ACCEPTED and _all_done(there, item_id):
            return await moving.make(app, there, Wish(READY_FOR_PICKUP), told_of, by=SYSTEM.by, session=session)
        return there

    if not is_so(order):
        await history.in_turn(app, order.id, is_so, body)
    if changed:
        await outbox.publish_after_commit(app, order.id)
    return changed


def _item(order: Order, item_id: str) -> OrderItem:
    item = next((one for one in order.items if one.id == item_id), None)
    if item is None:
        raise Problem(ORDER_ITEM_NOT_FOUND)
    return item


def _is(item: OrderItem, to: Progress) -> bool:
    """Whether the item is so already."""
    if to != "STARTED":
        return (item.completed_at is not None) == (to == "COMPLETED")
    return item.started_at is not None and item.completed_at is None


def _fields(to: Progress, now: datetime) -> dict[str, Any]:
    if to == "COMPLETED":
        return {"items.$[one].completedAt": now}
    started = {"items.$[one].startedAt": now} if to == "STARTED" else {}
    return {**started, "items.$[one].completedAt": None}


def _all_done(order: Order, just_done: str) -> bool:
    done = {just_done, *given_back(order)}
    return all(item.completed_at is not None or item.id in done for item in order.items)
