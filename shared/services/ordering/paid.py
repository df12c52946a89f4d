"""The order for a payment (contract 14 and 15, rules 3 and 4)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bson import ObjectId

from shared.app import App
from shared.documents.payments import Payment
from shared.domain import decline_texts
from shared.domain.payment_states import RUNNING
from shared.errors import (
    PAYMENT_RETURNED,
    PREVIEW_NOT_FOUND,
    Problem,
)
from shared.ids import object_id
from shared.money import plain
from shared.services.ordering import claiming, driving
from shared.services.ordering.claiming import Asker, Claimed, claim, pending
from shared.services.ordering.driving import see_placed, wake
from shared.services.ordering.traced import in_trace
from shared.services.orders.waiting import alone, payment_ends
from shared.services.paying.attempts import Paying
from shared.store import orders
from shared.telemetry import events

REFUSALS = (PREVIEW_NOT_FOUND, *claiming.PAID_REFUSALS, *driving.REFUSALS, PAYMENT_RETURNED)

log = logging.getLogger("orderbuddy.payment")


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of completing a payment: the order, the gateway's no, or nothing yet.

    `placed`: the order is there. `pending`: nothing is known yet. `result_status` and `result_message`: the gateway's
    words, as clients know them. `amount`: in dollars, as text. `code`: why there is no order.
    """

    order_id: ObjectId
    placed: bool
    result_status: str = "true"
    result_message: str = decline_texts.APPROVED
    amount: str = "0.00"
    code: str | None = None
    pending: bool = False


async def complete(
    app: App, preview_order_id: str, paying: Paying, *, request_id: str, wait: bool = True, address: str | None = None
) -> Completion:
    """Pay for a preview, and wait for the order or the gateway's no. The same token never pays twice.

    `address`: the diner's client address, None where it is unknown.
    Raises Problem (REFUSALS). PAYMENT_PENDING (503): it took longer than the wait. PAYMENT_RETURNED: a person voided
    the checkout.
    """
    key = object_id(preview_order_id)
    if key is None:
        raise Problem(PREVIEW_NOT_FOUND)
    with await in_trace(app, key, "pay and place"), alone("paid claim"):
        events.event("complete-transaction", {"orderId": key, "kind": paying.kind})
        return await _complete(app, key, Asker(request_id, paying=paying, address=address), wait=wait)


async def _complete(app: App, key: ObjectId, asker: Asker, *, wait: bool) -> Completion:
    claimed = await claim(app, key, asker)
    if claimed.payment is None:
        placed = await see_placed(app, claimed, wait=wait)
        return Completion(key, placed=placed.placed, pending=not placed.placed)
    if claimed.placed:
        return _approved(claimed.payment)
    ended = await _see_ended(app, claimed, claimed.payment, wait=wait)
    return await _answer(app, ended) if ended else Completion(key, placed=False, pending=True)


async def _see_ended(app: App, claimed: Claimed, payment: Payment, *, wait: bool) -> Payment | None:
    """The attempt, once it has ended; None where the caller does not wait. Raises Problem PAYMENT_PENDING."""
    if payment.state not in RUNNING and payment.state != "approved":
        return payment
    await wake(app, claimed.order_id)
    if not wait:
        return None
    ended = await payment_ends(app, payment, within=app.settings.paid_wait_seconds)
    if ended is None:
        raise pending(claimed.order_id)
    return ended


async def _answer(app: App, payment: Payment) -> Completion:
    """The answer to the attempt's token. Where the attempt ended without money, the answer stays the same for ever."""
    said = payment.outcome
    if said is not None and said.result_status != "true":
        return Completion(
            payment.preview_id,
            placed=False,
            result_status=said.result_status,
            result_message=said.result_message,
            code=said.code,
        )
    # An order that was cancelled since is still the answer: its page says so, and that the payment goes back.
    if payment.state == "ordered" or await orders.exists(app.db, payment.preview_id):
        return _approved(payment)
    raise Problem(PAYMENT_RETURNED)


def _approved(payment: Payment) -> Completion:
    return Completion(payment.preview_id, placed=True, amount=plain(payment.amount_cents))
