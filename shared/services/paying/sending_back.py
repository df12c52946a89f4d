"""The refunds of a payment: what is owed is sent once the capture is settled, each refund once (rules 4 and 14)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from shared.app import App
from shared.documents.payments import Payment, PaymentState, Refund
from shared.ids import refund_id
from shared.integrations.pay import Approved, Declined, GivenBack, Merchant, NotFound, NotSent, Sale, Unknown
from shared.services.paying import refunding
from shared.services.paying.captures import LOOK_AGAIN_AFTER, condition_of, trouble
from shared.services.paying.following import follow
from shared.services.telling import outbox
from shared.store import payments, refunds
from shared.store.mongo.client import MovedError, Session, moves

log = logging.getLogger("orderbuddy.payment")

LOOK_AGAIN_AT_OWED_AFTER = timedelta(minutes=15)
TRIED_UNSAID_AFTER = timedelta(hours=24)
"""Where the gateway does not say whether a capture is settled, it is taken for settled so long after the capture, or
after it last refused a refund as too early."""


def new_refund(payment: Payment, cents: int, *, by: str, at: datetime) -> dict[str, Any]:
    """The document of the payment's next refund, to be sent at once: with the next number, in state `intent`."""
    number = payment.drawn + 1
    return {
        "_id": refund_id(payment.id, number),
        "state": "intent",
        "number": number,
        "amountCents": cents,
        "at": at,
        "by": by,
    }


async def refund(app: App, merchant: Merchant, payment: Payment) -> bool:
    """The next step of a payment in `refunding`; one refund at a time. True where there is more to do at once."""
    running = next((one for one in payment.refunds if one.state in ("intent", "sent", "unknown")), None)
    if running is None:
        owed = next((one for one in payment.refunds if one.state == "owed"), None)
        return await (_finish(app, payment) if owed is None else _when_settled(app, merchant, payment, owed))
    now = app.clock.now()
    if running.state == "intent":
        return await _send(app, merchant, payment, running)
    if running.state == "sent" and running.deadline_at is not None and now < running.deadline_at:
        await payments.note(app.db, payment, look_at=running.deadline_at)
        return False
    return await _look_up(app, merchant, payment, running)


async def _when_settled(app: App, merchant: Merchant, payment: Payment, owed: Refund) -> bool:
    """Send what is owed once the capture is settled. It is never voided: that would give everything back."""
    now = app.clock.now()
    look_at = now + LOOK_AGAIN_AT_OWED_AFTER
    match await condition_of(app, merchant, payment):
        case "settled":
            return await _send(app, merchant, payment, owed)
        case "unsaid":
            tried_at = max(_captured_at(payment), owed.tried_at or payment.began_at) + TRIED_UNSAID_AFTER
            if now >= tried_at:
                return await _send(app, merchant, payment, owed)
            await payments.note(app.db, payment, look_at=min(look_at, tried_at))
        case "open" | "unknown":
            await payments.note(app.db, payment, look_at=look_at)
        case "void" if payment.sent_nothing_back:
            return await _void_already(app, payment)
        case condition:
            await trouble(app, payment, f"the gateway says of what is owed: {condition}")
    return False


def _captured_at(payment: Payment) -> datetime:
    return next((step.at for step in payment.history if step.state == "approved"), payment.began_at)


async def _void_already(app: App, payment: Payment) -> bool:
    """Somebody voided the capture at the gateway: all is back, and nothing is owed any more."""
    now = app.clock.now()

    async def body(session: Session) -> None:
        await refunding.cover(app, payment, by="reconciler", at=now, session=session)
        await follow(app, payment.id, by="reconciler", at=now, session=session)

    moved = await moves(app.db, body)
    if moved:
        await outbox.publish_after_commit(app, payment.preview_id)
    return moved


async def _send(app: App, merchant: Merchant, payment: Payment, one: Refund) -> bool:
    """intent | owed -> sent; the winner makes the one call that gives money back."""
    now = app.clock.now()
    seconds = app.settings.gateway_timeout_seconds + app.settings.payment_grace_seconds
    deadline = now + timedelta(seconds=seconds)
    number = payment.drawn + 1 if one.state == "owed" else None
    if not await refunds.send(app.db, payment, one, number=number, deadline=deadline):
        return False
    if app.clock.now() >= deadline:
        return False
    assert payment.gateway_id is not None
    sent = one.model_copy(update={"state": "sent", "number": number or one.number})
    said = await app.pay.refund(
        merchant, gateway_id=payment.gateway_id, external_id=payment.refund_key(sent), cents=one.amount_cents
    )
    return await _said(app, payment, sent, said)


async def _look_up(app: App, merchant: Merchant, payment: Payment, one: Refund) -> bool:
    found = await app.pay.look_up(merchant, payment.refund_key(one))
    if not isinstance(found, NotFound):
        return await _said(app, payment, one, found.approved if isinstance(found, Sale) else found)
    now = app.clock.now()
    since = one.not_found_since or now
    fields = {"state": "unknown", "notFoundSince": since}
    await refunds.change(app.db, payment, one.id, one.state, fields, look_at=now + LOOK_AGAIN_AFTER)
    if now - since >= timedelta(seconds=app.settings.payment_lost_after_seconds):
        reason = f"the gateway does not know of its refund of {one.amount_cents} cents; it is not asked twice"
        await trouble(app, payment, reason)
    return False


async def _said(app: App, payment: Payment, one: Refund, said: GivenBack) -> bool:
    now = app.clock.now()
    match said:
        case Approved():
            return await refunds.change(app.db, payment, one.id, one.state, {"state": "done"}, look_at=now)
        case Declined(not_settled=True):
            # Too early. Whatever it is sent with next is another number: this one has had its answer.
            owed = {"state": "owed", "triedAt": now, "notFoundSince": None, "deadlineAt": None}
            look_at = now + LOOK_AGAIN_AT_OWED_AFTER
            await refunds.change(app.db, payment, one.id, one.state, owed, look_at=look_at)
            return False
        case Declined(message=message):
            log.error("payment %s: the gateway refuses to refund %d cents: %s", payment.id, one.amount_cents, message)
            return await _declined(app, payment, one, message)
        case NotSent():
            # The gateway surely knows nothing of it. Where it cannot be reached, what is owed is not sent.
            owed = {"state": "owed", "notFoundSince": None, "deadlineAt": None}
            await refunds.change(app.db, payment, one.id, one.state, owed, look_at=now + LOOK_AGAIN_AFTER)
            return False
        case Unknown():
            # Minutes in which the gateway does not answer are no minutes in which it knows nothing.
            unknown = {"state": "unknown", "notFoundSince": None}
            await refunds.change(app.db, payment, one.id, one.state, unknown, look_at=now + LOOK_AGAIN_AFTER)
            return False


async def _declined(app: App, payment: Payment, one: Refund, message: str) -> bool:
    """The refund is declined for good: its order promises it no more, in the same transaction."""
    now = app.clock.now()
    declined = {"state": "declined", "said": message}

    async def body(session: Session) -> None:
        if not await refunds.change(app.db, payment, one.id, one.state, declined, look_at=now, session=session):
            raise MovedError
        await follow(app, payment.id, by="reconciler", at=now, session=session, declined=one.id)

    moved = await moves(app.db, body)
    if moved:
        await outbox.publish_after_commit(app, payment.preview_id)
    return moved


async def _finish(app: App, payment: Payment) -> bool:
    """refunding -> refunded, part_refunded or ordered, once no refund is under way; what was refused is a person's."""
    kept = payment.kept_cents
    refused = [one for one in payment.refunds if one.state == "declined" and not one.again and not one.told]
    reason = f"the gateway refuses to refund {sum(one.amount_cents for one in refused)} cents"
    reason += f": {refused[-1].said}" if refused and refused[-1].said else ""
    to: PaymentState = "refunded" if kept <= 0 else "part_refunded"
    if not any(one.state == "done" for one in payment.refunds):
        if not payment.became_order:
            # Nothing waits for it, and the gateway does not give it back.
            await trouble(app, payment, reason)
            return False
        to = "ordered"
    fields: dict[str, Any] = {}
    if refused:
        told = [{**one, "told": True} if one["state"] == "declined" else one for one in refunds.stored(payment)]
        fields = {"needsAttention": reason, "refunds": told}
    await payments.move(app.db, payment, to, at=app.clock.now(), by="reconciler", fields=fields)
    log.info("payment %s is %s", payment.id, to)
    return False
