"""Staff record how an order is paid at the counter; nothing of it is ever at a gateway (rules 14)."""

from __future__ import annotations

from shared.api import refunds as api
from shared.api.ordering import CounterKind
from shared.app import App
from shared.documents.orders import Order
from shared.domain.order_documents import Change
from shared.domain.order_states import GIVEN_UP
from shared.domain.roles import Caller, Role
from shared.errors import COUNTER_PAYMENT_FIXED, ORDER_NOT_FOUND, Problem
from shared.ids import object_id
from shared.services.orders import history, moving
from shared.services.orders.refunds import Where
from shared.services.paying.refunding import UNPAID
from shared.services.staff import admitting
from shared.services.staff.admitting import Wanted
from shared.services.telling import outbox
from shared.store import orders
from shared.store.mongo.client import Session

REFUSALS = (ORDER_NOT_FOUND, COUNTER_PAYMENT_FIXED, *admitting.REFUSALS)


async def record(app: App, where: Where, kind: CounterKind, caller: Caller, *, request_id: str) -> api.CounterPayment:
    """Record how the order is paid at the counter; what is recorded already changes nothing.

    That an unpaid one is paid now anyone from `service` on may say; any other change a manager. Raises Problem
    (REFUSALS); COUNTER_PAYMENT_FIXED for an order that was paid otherwise, given up, or given back in part.
    """
    key = object_id(where.order_id)
    if key is None or await moving.place_of(app, where.order_id) != (where.restaurant_id, where.location_id):
        raise Problem(ORDER_NOT_FOUND)
    seen = await orders.the(app.db, key)
    if kind_of(seen) not in (UNPAID, kind):
        # A no is never given from memory.
        caller = await admitting.admit(app, caller, Wanted("manager", where.restaurant_id, where.location_id))
    role = admitting.role_of(caller, where.restaurant_id)
    by = caller.actor_in(where.restaurant_id).by

    def is_so(order: Order) -> bool:
        return not _changes(order, kind, role)

    async def body(session: Session, order: Order) -> Order:
        now = app.clock.now()
        cents = order.total_price_cents + order.tip_cents
        told = {
            "correlationId": order.meta.correlation_id or request_id,
            "stations": [{"stationId": route.station_id} for route in order.routing],
            "kind": kind,
            "amountCents": cents,
        }
        steps = [one.model_dump(by_alias=True) for one in order.counter.history] if order.counter else []
        counter = {
            "kind": kind,
            "amountCents": cents,
            "history": [*steps, {"kind": kind, "at": now, "by": by}],
            "refunds": [],
        }
        change = Change("paid_at_counter", told, by)
        await history.change(app, order, [change], {"counter": counter}, at=now, session=session)
        return await orders.the(app.db, order.id, session)

    order = await history.in_turn(app, key, is_so, body)
    await outbox.publish_after_commit(app, key)
    return api.CounterPayment(
        order_id=str(order.id), payment=kind, amount_cents=order.total_price_cents + order.tip_cents
    )


def kind_of(order: Order) -> str:
    """How the order is paid at the counter. One that a diner placed without paying is unpaid."""
    return order.counter.kind if order.counter is not None else UNPAID


def _changes(order: Order, kind: CounterKind, role: Role) -> bool:
    """Whether recording this changes the order. Raises Problem (REFUSALS)."""
    if order.payment_id:
        raise Problem(COUNTER_PAYMENT_FIXED)
    if kind_of(order) == kind:
        return False
    if order.refunds or order.status in GIVEN_UP:
        raise Problem(COUNTER_PAYMENT_FIXED)
    if kind_of(order) != UNPAID and role not in ("manager", "owner"):
        # It was recorded by somebody else meanwhile.
        raise Problem(COUNTER_PAYMENT_FIXED)
    return True
