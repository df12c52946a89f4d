"""The paid path: a token for the card fields, and the order for a payment (contract 13 to 15, checkout rules 3, 4)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.payments import Payment
from shared.domain import decline_texts
from shared.domain.payment_states import RUNNING
from shared.domain.tips import Tip
from shared.errors import (
    LOCATION_REQUIRED,
    PAYMENT_NOT_TAKEN,
    PAYMENT_RETURNED,
    PAYMENT_UNAVAILABLE,
    PREVIEW_NOT_FOUND,
    RESTAURANT_NOT_FOUND,
    Problem,
)
from shared.ids import object_id
from shared.integrations.pay import GatewayError, Merchant
from shared.money import dollars
from shared.services import merchants
from shared.services.attempts import RETRY_SECONDS, Paying
from shared.services.claiming import Asker, Claimed, claim, pending
from shared.services.placement import see_placed, wake
from shared.services.waiting import payment_ends
from shared.store import orders, payment_tokens, places, previews

log = logging.getLogger("orderbuddy.payment")

TOKEN_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of completing a payment: the order, or the gateway's no, or (`pending`) nothing yet.

    `result_status` and `result_message` are the gateway's words as clients know them; `amount` is in dollars, as text.
    """

    order_id: ObjectId
    placed: bool
    result_status: str = "true"
    result_message: str = decline_texts.APPROVED
    amount: str = "0.00"
    code: str | None = None
    pending: bool = False


async def start(app: App, restaurant_id: str, preview_order_id: str | None) -> str:
    """A token for the card fields, of the merchant who will be paid (contract 13).

    Raises Problem: INVALID_RESTAURANT, PREVIEW_NOT_FOUND, PAYMENT_NOT_TAKEN, LOCATION_REQUIRED, PAYMENT_UNAVAILABLE.
    """
    if not app.settings.takes_payment:
        raise Problem(PAYMENT_UNAVAILABLE, retry_after=RETRY_SECONDS)
    if preview_order_id is None:
        merchant = await _only_merchant(app, restaurant_id)
    else:
        merchant = await _merchant_of(app, restaurant_id, preview_order_id)
    try:
        token = await app.pay.start(merchant)
    except GatewayError as error:
        log.warning("no token to pay with: %s", error)
        raise Problem(PAYMENT_UNAVAILABLE, retry_after=RETRY_SECONDS) from None
    until = app.clock.now() + TOKEN_KEPT_FOR
    await payment_tokens.keep(app.db, _card_hash(app, token), merchant.oid, until)
    return token


async def _merchant_of(app: App, restaurant_id: str, preview_order_id: str) -> Merchant:
    key = object_id(preview_order_id)
    preview = await previews.get(app.db, key) if key else None
    if preview is None or preview.restaurant_id != restaurant_id:
        raise Problem(PREVIEW_NOT_FOUND)
    merchant = await merchants.of_location(app.db, app.sealer, preview.restaurant_id, preview.location_id)
    if merchant is None:
        raise Problem(PAYMENT_NOT_TAKEN)
    return merchant


async def _only_merchant(app: App, restaurant_id: str) -> Merchant:
    """The merchant of all the restaurant's paying locations, if it is one: which of several cannot be guessed."""
    found = {merchant.oid: merchant for _, merchant in await merchants.of_restaurant(app.db, app.sealer, restaurant_id)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise Problem(LOCATION_REQUIRED)
    if await places.restaurant(app.db, restaurant_id) is None:
        raise Problem(RESTAURANT_NOT_FOUND)
    raise Problem(PAYMENT_NOT_TAKEN)


def by_card(app: App, token: str, tip: Tip) -> Paying:
    """Paying with a card that the diner's browser tied to `token`. Raises Problem PAYMENT_UNAVAILABLE."""
    _refuse_without_keys(app)
    return Paying("card", token, _card_hash(app, token), tip)


def by_wallet(app: App, details: Mapping[str, Any], tip: Tip) -> Paying:
    """Paying with a wallet: `details` are its fields, `token` among them. Taps of one sheet carry the same token.

    Raises Problem PAYMENT_UNAVAILABLE.
    """
    _refuse_without_keys(app)
    text = json.dumps(details["token"], sort_keys=True)
    return Paying("wallet", json.dumps(dict(details)), app.sealer.token_hash(f"wallet:{text}"), tip)


def _refuse_without_keys(app: App) -> None:
    if not app.settings.takes_payment:
        raise Problem(PAYMENT_UNAVAILABLE, retry_after=RETRY_SECONDS)


def _card_hash(app: App, token: str) -> str:
    return app.sealer.token_hash(f"card:{token}")


async def complete(
    app: App, preview_order_id: str, paying: Paying, *, request_id: str, wait: bool = True
) -> Completion:
    """Pay for a preview, and wait for the order or the gateway's no. The same token never pays twice.

    Raises Problem: whatever a claim raises, PAYMENT_PENDING (503) when it took longer than the wait, and
    PAYMENT_RETURNED where a person gave the payment back.
    """
    key = object_id(preview_order_id)
    if key is None:
        raise Problem(PREVIEW_NOT_FOUND)
    claimed = await claim(app, key, Asker(request_id, paying=paying))
    if claimed.payment is None:
        placed = await see_placed(app, claimed, wait=wait)
        return Completion(key, placed=placed.placed, pending=not placed.placed)
    if claimed.placed:
        return _approved(claimed.payment)
    ended = await _see_ended(app, claimed, claimed.payment, wait=wait)
    return await _answer(app, ended) if ended else Completion(key, placed=False, pending=True)


async def _see_ended(app: App, claimed: Claimed, payment: Payment, *, wait: bool) -> Payment | None:
    """The attempt once something has come of it; None for who does not wait. Raises Problem PAYMENT_PENDING."""
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
    """What the holder of the attempt's token hears, for ever the same of an attempt that ended without money."""
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
    return Completion(payment.preview_id, placed=True, amount=dollars(payment.amount_cents))
