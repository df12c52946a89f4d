"""An order says what its payment says, also where the gateway did not do what was promised (rules 14)."""

from __future__ import annotations

from datetime import datetime

from shared.app import App
from shared.domain import refunds as shares
from shared.store import order_events, orders, payments
from shared.store.mongo.client import Session


async def follow(
    app: App, payment_id: str, *, by: str, at: datetime, session: Session, declined: str | None = None
) -> None:
    """Let the order promise what its payment promises by now, in the transaction that changed the payment.

    `declined`: the payment's refund that the gateway refused. More than the order says was given back by somebody else.
    Raises MovedError.
    """
    payment = await payments.get(app.db, payment_id, session)
    order = await orders.get(app.db, payment.preview_id, session) if payment is not None else None
    if payment is None or order is None or not payment.became_order:
        return
    change = payment.promised_cents - order.refunded_cents
    undone = () if declined is None else shares.undone(order.refunds, payment, declined)
    if change == 0 and not undone:
        return
    more = None
    if change > 0:
        whole = payment.left_cents == 0
        more = {
            "_id": f"{payment.id}:{payment.version}",
            "amountCents": change,
            "tipCents": min(change, shares.tip_left(order)) if whole else 0,
            "units": shares.units_left(order) if whole else [],
            "by": by,
            "at": at,
            "found": True,
        }
    await orders.follow_payment(
        app.db, order, refunded_cents=payment.promised_cents, declined=undone, more=more, at=at, session=session
    )
    kind = "refunded" if change > 0 else "refund_declined"
    row = order_events.row_of(order, kind, {"amountCents": abs(change)}, by=by, at=at, reaches=app.reaches)
    await order_events.insert(app.db, [row], session)
