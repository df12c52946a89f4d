"""Staff give money of an order back (rules 14).

What is left is read inside the transaction that takes of it: of two who give the same unit back, one is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.api import refunds as api
from shared.app import App
from shared.documents.orders import Order, OrderRefund
from shared.documents.payments import Payment
from shared.domain import refunds as shares
from shared.domain.order_documents import Change
from shared.domain.order_states import CANCELLED
from shared.domain.roles import Caller
from shared.errors import INVALID_REQUEST, LINE_REFUNDED, ORDER_NOT_FOUND, REFUND_TOO_LARGE, Problem
from shared.ids import object_id
from shared.services.orders import history, moving
from shared.services.orders.moving import Wish
from shared.services.paying import refunding
from shared.services.paying.refunding import Asked
from shared.services.telling import outbox
from shared.store import orders
from shared.store.mongo.client import Session

REFUSALS = (ORDER_NOT_FOUND, INVALID_REQUEST, REFUND_TOO_LARGE, LINE_REFUNDED, *refunding.REFUSALS)
CANCEL_REFUSALS = moving.REFUSALS

_FOR_NOTHING = "Nothing was paid for this, so there is nothing to give back."


@dataclass(frozen=True, slots=True)
class Where:
    """An order as a path names it."""

    restaurant_id: str
    location_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """What of an order goes back, in cents; the tip is a part of the sum. `whole`: it is all that is left."""

    cents: int
    tip: int
    units: Sequence[str]
    whole: bool


async def refund(
    app: App, where: Where, wanted: api.RefundRequest, caller: Caller, *, digest: str | None, request_id: str
) -> api.Refunded:
    """Give back units, an amount, or all that is left, in whatever status the order is.

    `digest`: tells the request again: what it gave back once it never gives back twice. Raises Problem (REFUSALS).
    """
    _check(wanted)
    key = object_id(where.order_id)
    if key is None or await moving.place_of(app, where.order_id) != (where.restaurant_id, where.location_id):
        raise Problem(ORDER_NOT_FOUND)
    by = caller.actor_in(where.restaurant_id).by
    asked = Asked(by=by, at=app.clock.now(), reason=wanted.reason.strip(), by_hand=wanted.by_hand, request=digest)

    def is_so(order: Order) -> bool:
        return _made(order, asked) is not None

    async def body(session: Session, order: Order) -> Order:
        payment = await refunding.paid_with(app, order, session)
        part = _part(order, payment, wanted)
        told = {
            "correlationId": order.meta.correlation_id or request_id,
            "stations": [{"stationId": route.station_id} for route in order.routing],
            "amountCents": part.cents,
        }
        await history.change(app, order, [Change("refunded", told, by)], {}, at=asked.at, session=session)
        if payment is not None and part.whole:
            await refunding.take_back(app, payment, asked, session)
        elif payment is not None:
            again = shares.made_again_by(order, payment, part.units, part.cents)
            await refunding.owe(app, payment, part.cents, asked, session, instead_of=again)
        await refunding.keep(app, order, asked, session, cents=part.cents, tip=part.tip, units=list(part.units))
        return await orders.the(app.db, order.id, session)

    order = await history.in_turn(app, key, is_so, body)
    await outbox.publish_after_commit(app, key)
    made = _made(order, asked)
    assert made is not None
    return _answer(order, made)


async def cancel(
    app: App, where: Where, wanted: api.CancelRequest, caller: Caller, *, request_id: str
) -> api.CancelledOrder:
    """Cancel an order, whatever the kitchen has done with it, and give back all that is left.

    A cancelled one stays as it is. Raises Problem (CANCEL_REFUSALS).
    """
    if await moving.place_of(app, where.order_id) != (where.restaurant_id, where.location_id):
        raise Problem(ORDER_NOT_FOUND)
    wish = Wish(CANCELLED, reason=wanted.reason, by_hand=wanted.by_hand)
    order = await moving.move(app, where.order_id, wish, caller, request_id=request_id)
    return api.CancelledOrder(
        order_id=str(order.id), status=order.status, seq=order.version or 0, refunded_cents=order.refunded_cents
    )


def _check(wanted: api.RefundRequest) -> None:
    """Raises Problem INVALID_REQUEST for what the form of the body alone does not refuse."""
    if wanted.lines is not None and wanted.amount_cents is not None:
        raise _invalid("amountCents", "Name lines or an amount, not both.")
    if not wanted.reason.strip():
        raise _invalid("reason", "Say why.")


def _invalid(field: str, message: str) -> Problem:
    return Problem(INVALID_REQUEST, message, detail=[{"field": field, "message": message}])


def _made(order: Order, asked: Asked) -> OrderRefund | None:
    """The refund of this very request, where it is made already."""
    return next(
        (one for one in order.refunds if one.id == asked.id or (asked.request and one.request == asked.request)), None
    )


def _part(order: Order, payment: Payment | None, wanted: api.RefundRequest) -> Part:
    """What the request comes to. Raises Problem (REFUSALS)."""
    left = _left(order, payment, wanted)
    tip = min(left, shares.tip_left(order))
    if wanted.lines is None and wanted.amount_cents is None:
        if left <= 0:
            raise Problem(REFUND_TOO_LARGE, extra={"leftCents": 0, "leftTipCents": 0})
        return Part(left, tip, shares.units_left(order), whole=True)
    units = [] if wanted.lines is None else _units(order, wanted.lines)
    dishes = wanted.amount_cents if wanted.amount_cents is not None else shares.of_units(order, units)
    cents = dishes + (tip if wanted.tip else 0)
    if units and cents <= 0 < left:
        raise Problem(REFUND_TOO_LARGE, _FOR_NOTHING, extra={"leftCents": left - tip, "leftTipCents": tip})
    if dishes > left - tip or cents <= 0:
        raise Problem(REFUND_TOO_LARGE, extra={"leftCents": left - tip, "leftTipCents": tip})
    return Part(cents, tip if wanted.tip else 0, units, whole=cents == left)


def _left(order: Order, payment: Payment | None, wanted: api.RefundRequest) -> int:
    if payment is not None:
        if wanted.by_hand:
            raise _invalid("byHand", "This order's money is given back from here.")
        return payment.left_cents
    return refunding.left_outside(order, by_hand=wanted.by_hand)


def _units(order: Order, lines: Sequence[api.RefundedLine]) -> list[str]:
    """The ids of the units. Raises Problem INVALID_REQUEST, LINE_REFUNDED."""
    known = {item.id for item in order.items}
    for at, line in enumerate(lines):
        if line.item_id not in known:
            raise _invalid(f"lines.{at}.itemId", "The order has no such item.")
    units = [line.item_id for line in lines]
    over = Counter(units) - Counter(shares.units_left(order))
    if over:
        raise Problem(LINE_REFUNDED, extra={"itemIds": sorted(over)})
    return units


def _answer(order: Order, made: OrderRefund) -> api.Refunded:
    return api.Refunded(
        order_id=str(order.id),
        refund_id=made.id,
        amount_cents=made.amount_cents,
        tip_cents=made.tip_cents,
        refunded_cents=order.refunded_cents,
        left_cents=max(0, order.total_price_cents + order.tip_cents - order.refunded_cents),
        by_hand=made.by_hand,
    )
