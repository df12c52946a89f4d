"""The reconciler: it looks up payments, gives back what is to be given back, and never charges (rules 1 and 4).

It runs every minute, on any host, and may run twice or late: due payments are taken one at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from shared.app import App
from shared.documents.payments import Payment
from shared.domain.checkout_states import next_step
from shared.domain.payment_states import GIVING_BACK
from shared.services.ordering.driving import wake
from shared.services.paying.charging import look
from shared.services.paying.returning import return_money
from shared.store import checkouts, payments

log = logging.getLogger("orderbuddy.payment")

BATCH = 100
AT_A_TIME = 8
SECONDS = 50.0
WITHOUT_ORDER_LOOK_AGAIN = timedelta(minutes=5)


@dataclass(slots=True)
class Reconciled:
    """How many payments one run handled.

    `looked_up`: asked about at the gateway. `given_back`: to be given back, and tried. `woken`: approved without an
    order, so their checkout was woken. `failed`: with an error, which is in the log.
    """

    looked_up: int = 0
    given_back: int = 0
    woken: int = 0
    failed: int = 0


async def reconcile(app: App) -> Reconciled:
    """One run over the payments that are due: batch after batch, until the time is up."""
    done = Reconciled()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        batch = await payments.due(app.db, app.clock.now(), BATCH)
        left = iter(batch)

        async def work(left: Iterator[str] = left) -> None:
            for payment_id in left:
                if time.monotonic() >= until:
                    return
                try:
                    await _one(app, payment_id, done)
                except Exception:
                    done.failed += 1
                    log.exception("payment %s not reconciled", payment_id)

        await asyncio.gather(*(work() for _ in range(AT_A_TIME)))
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
    await wake(app, payment.preview_id)


async def _without_order(app: App, payment: Payment) -> None:
    """An approved payment waits for its order for minutes: push, and where nothing can place it, ask a person."""
    checkout = await checkouts.get(app.db, payment.preview_id)
    claim = checkout.claim if checkout else None
    waits = claim is not None and claim.attempt == payment.attempt
    if waits and next_step(checkout, payment).step == "place_order":
        await wake(app, payment.preview_id)
    else:
        await payments.flag(app.db, payment.id, "is approved, and its checkout cannot become an order")
    await payments.note(app.db, payment, look_at=app.clock.now() + WITHOUT_ORDER_LOOK_AGAIN)
