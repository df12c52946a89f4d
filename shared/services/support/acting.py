"""What a manager does about a thing that needs a person: advance, void, retry, dismiss (rules 8 and 14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.app import App
from shared.documents.orders import Order
from shared.documents.payments import Payment
from shared.domain import refunds as shares
from shared.domain.roles import Actor
from shared.errors import ATTENTION_ACT_REFUSED, ATTENTION_NOT_FOUND, Problem
from shared.services.ordering import steps
from shared.services.paying import refunding
from shared.services.paying.returning import return_money
from shared.services.support.at_location import LOOKED_UP, Found, find
from shared.services.support.voiding import CannotAbandonError, abandon, return_stray, stray
from shared.services.telling import outbox
from shared.services.trail import writing as trail
from shared.store import order_events, orders, payments
from shared.store.mongo.client import MovedError, Session, moves
from shared.store.support import attention, attention_entries

REFUSALS = (ATTENTION_NOT_FOUND, ATTENTION_ACT_REFUSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who does something about which thing. `entry_id`: as the list names it."""

    actor: Actor
    restaurant_id: str
    location_id: str
    entry_id: str
    request_id: str


async def advance(app: App, asked: Asked) -> None:
    """Run the next step of its checkout, as the sweeper does. Raises Problem (REFUSALS)."""
    found = await _found(app, asked)
    if found.preview_id is None:
        raise _refused("There is no checkout behind it.")
    await trail.changing(app, asked.restaurant_id, _leaving(app, asked, "attention.advanced"))
    await steps.advance(app, found.preview_id)


async def void(app: App, asked: Asked, reason: str) -> None:
    """Give up its checkout for good, or a payment that nothing waits for: the money goes back. Raises Problem
    (REFUSALS)."""
    found = await _found(app, asked)
    if found.preview_id is None:
        raise _refused("There is no checkout behind it.")
    also = _leaving(app, asked, "attention.voided", reason)
    alone = await stray(app, found.preview_id)
    if alone is not None and (found.payment is None or found.payment.id == alone.id):
        if not await return_stray(app, alone, also=also):
            raise _refused("It is moving right now. Please try again.")
        await return_money(app, alone.id)
        return
    try:
        given_up = await abandon(app, found.preview_id, by=asked.actor.by, reason=reason, also=also)
    except CannotAbandonError as error:
        raise _refused(str(error)) from None
    if given_up.payment_id is not None:
        await return_money(app, given_up.payment_id)


async def retry(app: App, asked: Asked) -> None:
    """Look its payment up again; where a refund was declined, promise another in its place. Nothing else is sent twice.

    Raises Problem (REFUSALS).
    """
    payment = (await _found(app, asked)).payment
    if payment is None:
        raise _refused("There is no payment behind it.")
    if shares.refused(payment) and payment.state in ("ordered", "part_refunded", "refunding"):
        await _make_again(app, asked, payment)
    elif payment.state in LOOKED_UP:
        await trail.changing(app, asked.restaurant_id, _leaving(app, asked, "attention.retried"))
    else:
        raise _refused("There is nothing to be looked up or given back.")
    if payment.state in ("sent", "unknown"):
        await steps.advance(app, payment.preview_id)
    else:
        await payments.put_off(app.db, payment.id, app.clock.now())
        await return_money(app, payment.id)


async def dismiss(app: App, asked: Asked) -> None:
    """Take it off the list, because somebody has seen to it. No sum changes. Raises Problem (REFUSALS)."""
    found = await _found(app, asked)
    if found.payment is not None and found.payment.needs_attention is None:
        raise _refused("What only takes long goes off the list when it is done.")
    leave = _leaving(app, asked, "attention.dismissed")

    async def body(session: Session) -> None:
        if found.entry is not None:
            done = await attention_entries.end(app.db, found.entry.id, app.clock.now(), session)
        elif found.checkout is not None:
            done = await attention.unflag_checkout(app.db, found.checkout.id, session)
        else:
            assert found.payment is not None
            done = await attention.unflag_payment(app.db, found.payment.id, session)
        if not done:
            raise Problem(ATTENTION_NOT_FOUND)
        await leave(session)

    await trail.changing(app, asked.restaurant_id, body)


async def _found(app: App, asked: Asked) -> Found:
    return await find(app, asked.restaurant_id, asked.location_id, asked.entry_id)


def _refused(why: str) -> Problem:
    return Problem(ATTENTION_ACT_REFUSED, why)


def _leaving(app: App, asked: Asked, action: str, reason: str | None = None) -> Callable[[Session], Awaitable[None]]:
    """What leaves the act's row in the trail, as part of a transaction."""

    async def leave(session: Session) -> None:
        await trail.leave(
            app,
            session,
            asked.actor,
            restaurant_id=asked.restaurant_id,
            location_id=asked.location_id,
            action=action,
            target=("attention", asked.entry_id),
            reason=reason,
            request_id=asked.request_id,
        )

    return leave


async def _make_again(app: App, asked: Asked, seen: Payment) -> None:
    """Owe once more what was declined, on the payment and on its order, in one transaction.

    An order's own row tells who did it; where there is no order, the trail does.
    """
    now = app.clock.now()
    told: list[Order] = []

    async def body(session: Session) -> None:
        told.clear()
        payment = await payments.get(app.db, seen.id, session)
        if payment is None or (payment.state, payment.version) != (seen.state, seen.version):
            raise MovedError
        refused = shares.refused(payment)
        cents = sum(one.amount_cents for one in refused)
        if cents > payment.left_cents:
            raise _refused("Less than that is left. Give the rest back from its order.")
        again = refunding.Asked(by=asked.actor.by, at=now)
        await refunding.owe(app, payment, cents, again, session, instead_of=[one.id for one in refused])
        order = await orders.get(app.db, payment.preview_id, session) if payment.became_order else None
        if order is None:
            await _leaving(app, asked, "attention.retried")(session)
            return
        await _promise(app, order, payment, again, session)
        told.append(order)

    if not await moves(app.db, body):
        raise _refused("It is moving right now. Please try again.")
    for order in told:
        await outbox.publish_after_commit(app, order.id)


async def _promise(app: App, order: Order, payment: Payment, again: refunding.Asked, session: Session) -> None:
    """Let the order say that it gives back what was declined before. `payment`: as it was. Raises MovedError."""
    cents = sum(one.amount_cents for one in shares.refused(payment))
    parts = [part for one in shares.refused(payment) for part in shares.behind(order.refunds, payment, one.id)]
    left = shares.units_left(order)
    more = {
        "_id": again.id,
        "amountCents": cents,
        "tipCents": min(cents, shares.tip_left(order), sum(part.tip_cents for part in parts)),
        "units": list(dict.fromkeys(unit for part in parts for unit in part.units if unit in left)),
        "by": again.by,
        "at": again.at,
    }
    row = order_events.row_of(order, "refunded", {"amountCents": cents}, by=again.by, at=again.at, reaches=app.reaches)
    await orders.follow_payment(
        app.db,
        order,
        refunded_cents=payment.promised_cents + cents,
        declined=(),
        more=more,
        at=again.at,
        session=session,
    )
    await order_events.insert(app.db, [row], session)
