"""The reconciler: it looks up payments, gives back what is to be given back, and never charges (rules 1 and 4).

It runs every minute, on any host, and may run twice or late: due payments are taken one at a time.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId
from pymongo.errors import OperationFailure

from shared.app import App
from shared.documents.payments import Payment
from shared.domain.checkout_states import next_step
from shared.domain.payment_states import GIVING_BACK
from shared.errors import Problem
from shared.memory.pool import each
from shared.services.ordering.driving import wake_engine
from shared.services.ordering.placing import place_order
from shared.services.ordering.traced import in_trace
from shared.services.paying.charging import look
from shared.services.paying.next_step import stands
from shared.services.paying.returning import return_money
from shared.services.support.attention import WITHOUT_ORDER_FOR
from shared.store import payments

log = logging.getLogger("orderbuddy.payment")

BATCH = 100
AT_A_TIME = 8
SECONDS = 50.0
WITHOUT_ORDER_LOOK_AGAIN = timedelta(minutes=5)


@dataclass(slots=True)
class Reconciled:
    """How many payments one run handled.

    `looked_up`: asked about at the gateway. `given_back`: to be given back, and tried. `woken`: approved without an
    order, so it was tried to place it. `failed`: with an error, which is in the log.
    """

    looked_up: int = 0
    given_back: int = 0
    woken: int = 0
    failed: int = 0


async def reconcile(app: App) -> Reconciled:
    """One run over the payments that are due: batch after batch, until the time is up."""
    done = Reconciled()

    async def one(payment_id: str) -> None:
        try:
            await _one(app, payment_id, done)
        except Exception:
            done.failed += 1
            log.exception("payment %s not reconciled", payment_id)

    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        batch = await payments.due(app.db, app.clock.now(), BATCH)
        await each(batch, one, at_a_time=AT_A_TIME, until=until)
        if len(batch) < BATCH:
            break
    return done


async def _one(app: App, payment_id: str, done: Reconciled) -> None:
    now = app.clock.now()
    # Longer than any call to the gateway takes: whoever took it is done when it is due again.
    again_at = now + timedelta(seconds=app.settings.gateway_timeout_seconds + app.settings.payment_grace_seconds)
    payment = await payments.take_due(app.db, payment_id, now, again_at)
    if payment is None:
        return
    with await in_trace(app, payment.preview_id, f"reconcile {payment.state}"):
        await _see_to(app, payment, done)


async def _see_to(app: App, payment: Payment, done: Reconciled) -> None:
    if payment.state in GIVING_BACK:
        await return_money(app, payment.id)
        done.given_back += 1
    elif payment.state in ("sent", "unknown", "lost"):
        await _look(app, payment)
        done.looked_up += 1
    elif payment.state == "approved":
        await _without_order(app, payment)
        done.woken += 1
    else:
        await payments.note(app.db, payment, look_at=None)


async def _look(app: App, payment: Payment) -> None:
    if payment.state == "sent" and payment.deadline_at is not None and app.clock.now() < payment.deadline_at:
        await payments.note(app.db, payment, look_at=payment.deadline_at)
        return
    await look(app, payment, by="reconciler")
    if payment.state == "lost":
        now = await payments.get(app.db, payment.id)
        if now is not None and now.state == "voiding":
            await return_money(app, payment.id)
        return
    await _push(app, payment.preview_id)


async def _push(app: App, preview_id: ObjectId) -> None:
    """Have the checkout driven on. Where no engine answers it is placed right here if it is paid, and never charged."""
    if not await wake_engine(app, preview_id):
        await place_order(app, preview_id)


async def _without_order(app: App, payment: Payment) -> None:
    """An approved payment has waited for its order for minutes: place it, and where that cannot be, ask a person."""
    now = app.clock.now()
    checkout, of_claim = await stands(app, payment.preview_id)
    if of_claim is None or of_claim.id != payment.id or next_step(checkout, of_claim).step != "place_order":
        await payments.flag(app.db, payment.id, "is approved, and its checkout cannot become an order")
    else:
        try:
            await place_order(app, payment.preview_id)
        except Exception as error:
            if now - payment.history[-1].at >= WITHOUT_ORDER_FOR:
                await payments.flag(app.db, payment.id, f"is approved, and its order cannot be placed: {_why(error)}")
            log.exception("the order of payment %s is not placed", payment.id)
    await payments.note(app.db, payment, look_at=now + WITHOUT_ORDER_LOOK_AGAIN)


def _why(error: Exception) -> str:
    """The error for a person to read, without what the database says of it: that may hold a whole order."""
    if isinstance(error, Problem):
        return error.message
    code = error.code if isinstance(error, OperationFailure) else None
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
