"""Taking a payment, exactly once (rules 4).

One caller wins `intent -> sent`, and only that caller calls the gateway, once. Everyone else who finds an attempt
`sent` waits for its deadline, and then only looks up what became of it. Nothing else in the product charges.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta

from bson import ObjectId

from shared.app import App
from shared.documents.payments import Payment
from shared.domain.checkout_states import Next, next_step
from shared.domain.decline_texts import DECLINE
from shared.integrations.pay import Amounts, Approved, Charge, Declined, EntryRefused, Merchant, NotFound, Sale, Unknown
from shared.sealing import SealError
from shared.services.paying import merchants
from shared.services.paying.next_step import stands, what_next
from shared.services.paying.outcomes import CANCELLED, LOST, Said, end_attempt, record
from shared.store import payments

log = logging.getLogger("orderbuddy.payment")

INTENT_GOOD_FOR = timedelta(minutes=2)
"""An older intent is not sent any more: nobody is charged hours after an outage."""

LOOKED_UP_FOR = timedelta(days=7)
"""How long a lost payment is looked up, in case it was approved after all."""

UNKNOWN_FOR_LONG = timedelta(minutes=30)

_LOOKS_AFTER_SECONDS = (2, 4, 8, 15, 30)
_LOST_LOOKS_AFTER_SECONDS = (60, 120, 300, 900, 3600)


async def take_payment(app: App, preview_id: ObjectId) -> Next:
    """Take what the claim promises to pay, or find out what became of it; says what comes next.

    Unpaid claims promise nothing.
    """
    checkout, payment = await stands(app, preview_id)
    following = next_step(checkout, payment)
    if payment is None or following.step != "take_payment":
        return following
    now = app.clock.now()
    if following.at is not None and now < following.at:
        return following
    if payment.state != "intent":
        await look(app, payment, by="driver")
    elif now - payment.began_at > INTENT_GOOD_FOR:
        await end_attempt(app, payment, CANCELLED, by="driver")
    else:
        await _charge(app, payment)
    return await what_next(app, preview_id)


async def _charge(app: App, payment: Payment) -> None:
    """intent -> sent; the winner makes the one call that moves money."""
    merchant = await merchants.of_payment(app.db, app.sealer, payment)
    token = _token(app, payment)
    if merchant is None or token is None:
        log.error("payment %s cannot be sent: %s", payment.id, "no merchant" if token else "its token cannot be read")
        await end_attempt(app, payment, CANCELLED, by="driver")
        return
    now = app.clock.now()
    waits = app.settings.gateway_timeout_seconds + app.settings.payment_grace_seconds
    deadline = now + timedelta(seconds=waits)
    sent = {"deadlineAt": deadline}
    if not await payments.move(app.db, payment, "sent", at=now, by="driver", fields=sent, look_at=deadline):
        return
    if app.clock.now() >= deadline:
        # Others may have begun to look it up: from here on nobody may call any more.
        return
    said: Said = await _call(app, merchant, payment, token)
    if isinstance(said, EntryRefused):
        said = await _unless_charged(app, merchant, payment, said)
    await record(app, payment.id, said, by="driver")


async def _unless_charged(app: App, merchant: Merchant, payment: Payment, refused: EntryRefused) -> Said:
    """What a refusal of the card entry comes to: the refusal itself only where a look-up does not find the charge."""
    match await app.pay.look_up(merchant, payment.external_transaction_id):
        case NotFound():
            return refused
        case found:
            return _kept(found)


def _kept(found: Sale | Declined | Unknown) -> Approved | Declined | Unknown:
    """What a look-up says of the charge: a void is a no, since somebody gave the money back at the gateway."""
    if not isinstance(found, Sale):
        return found
    return Declined(DECLINE) if found.condition == "void" else found.approved


def _token(app: App, payment: Payment) -> str | None:
    if payment.sealed_token is None:
        return None
    try:
        return app.sealer.open(payment.sealed_token, f"payment:{payment.id}")
    except SealError:
        return None


async def _call(app: App, merchant: Merchant, payment: Payment, token: str) -> Charge:
    # Older releases kept the tax of the dishes before the discount, which may be more than what is paid for them.
    tax_cents = min(payment.tax_cents, payment.amount_cents - payment.tip_cents)
    amounts = Amounts(cents=payment.amount_cents, tip_cents=payment.tip_cents, tax_cents=tax_cents)
    external_id, reference = payment.external_transaction_id, str(payment.preview_id)
    if payment.kind == "card":
        return await app.pay.charge_card(
            merchant, token=token, external_id=external_id, amounts=amounts, reference=reference
        )
    return await app.pay.charge_wallet(
        merchant, wallet=json.loads(token), external_id=external_id, amounts=amounts, reference=reference
    )


async def look(app: App, payment: Payment, *, by: str) -> None:
    """Look up what became of a payment that is sent, unknown or lost, and store it."""
    merchant = await merchants.of_payment(app.db, app.sealer, payment)
    if merchant is None:
        reason = "the location has no readable credentials any more to look it up with"
        await _look_again(app, payment, {} if payment.needs_attention else {"needsAttention": reason})
        return
    match await app.pay.look_up(merchant, payment.external_transaction_id):
        case Sale(condition="void") if payment.state != "lost":
            # Somebody gave it back at the gateway before it was recorded here: nothing was kept.
            await record(app, payment.id, Declined(DECLINE), by=by)
        case Sale(approved=approved):
            await record(app, payment.id, approved, by=by)
        case Declined() as declined:
            await record(app, payment.id, declined, by=by)
        case NotFound():
            await _not_found(app, payment, by)
        case Unknown():
            # Minutes in which the gateway does not answer are no minutes in which it knows nothing.
            await _look_again(app, payment, {"notFoundSince": None})


async def _not_found(app: App, payment: Payment, by: str) -> None:
    """ "Not found" is no word: it may be on its way still. Only after ten minutes of nothing else is it lost."""
    now = app.clock.now()
    if payment.state == "sent":
        fields = {"notFoundSince": now}
        look_at = now + timedelta(seconds=_LOOKS_AFTER_SECONDS[0])
        await payments.move(app.db, payment, "unknown", at=now, by=by, fields=fields, look_at=look_at)
        return
    lost_after = timedelta(seconds=app.settings.payment_lost_after_seconds)
    since = payment.not_found_since
    if payment.state == "unknown" and since is not None and now - since >= lost_after:
        await end_attempt(app, payment, LOST, by=by)
        return
    await _look_again(app, payment, {} if since else {"notFoundSince": now})


async def _look_again(app: App, payment: Payment, fields: dict[str, object] | None = None) -> None:
    now = app.clock.now()
    lost = payment.state == "lost"
    noted = dict(fields or {})
    if not lost and payment.needs_attention is None and now - payment.began_at > UNKNOWN_FOR_LONG:
        # Flagged here, because a driver may look sooner than the reconciler does.
        noted.setdefault("needsAttention", "nobody knows for half an hour what became of it")
    if lost and now - payment.history[-1].at >= LOOKED_UP_FOR:
        await payments.note(app.db, payment, look_at=None, fields=noted)
        return
    pauses = _LOST_LOOKS_AFTER_SECONDS if lost else _LOOKS_AFTER_SECONDS
    pause = pauses[min(payment.looks, len(pauses) - 1)]
    await payments.note(app.db, payment, look_at=now + timedelta(seconds=pause), fields=noted)
