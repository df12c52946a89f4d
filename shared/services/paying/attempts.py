"""Drawing up an attempt to pay: for whom, how much, with what (rules 4)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from shared.app import App
from shared.documents.orders import Preview
from shared.documents.payments import PaymentKind
from shared.domain.tips import NO_TIP, Tip, most
from shared.errors import (
    PAYMENT_NOT_TAKEN,
    PAYMENT_UNAVAILABLE,
    TIP_TOO_LARGE,
    TOKEN_OF_ANOTHER_MERCHANT,
    Problem,
)
from shared.ids import attempt_id
from shared.integrations.pay import Merchant
from shared.services.limits import addresses
from shared.services.paying import merchants
from shared.store import payment_tokens
from shared.store.checkout_views import ClaimView

REFUSALS = (TIP_TOO_LARGE, PAYMENT_NOT_TAKEN, PAYMENT_UNAVAILABLE, TOKEN_OF_ANOTHER_MERCHANT)

RETRY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Paying:
    """What a claim pays with.

    `secret`: the card's token, or the wallet's data as JSON. `token_hash`: tells the token again without keeping it.
    """

    kind: PaymentKind
    secret: str = field(repr=False)
    token_hash: str
    tip: Tip = NO_TIP


async def draw_up(
    app: App, seen: ClaimView, preview: Preview, paying: Paying, *, address: str | None = None
) -> dict[str, Any] | None:
    """The document of an open checkout's next attempt, to insert with its claim; None where there is nothing to pay.

    `address`: the diner's client address, None where it is unknown.

    Raises Problem (REFUSALS).
    """
    tip = _tip(preview, paying)
    cents = preview.total_price_cents + tip
    if cents == 0:
        return None
    merchant = await _merchant(app, seen, paying)
    number = max((one.attempt for one in seen.attempts), default=0) + 1
    key = attempt_id(preview.id, number)
    now = app.clock.now()
    return {
        "_id": key,
        "previewId": preview.id,
        "restaurantId": preview.restaurant_id,
        "locationId": preview.location_id,
        "merchantOid": merchant.oid,
        "attempt": number,
        "kind": paying.kind,
        "tokenHash": paying.token_hash,
        **({} if address is None else {"askedFrom": addresses.digest(app, address)}),
        "sealedToken": app.sealer.seal(paying.secret, f"payment:{key}"),
        "state": "intent",
        "version": 1,
        "beganAt": now,
        "amountCents": cents,
        "tipCents": tip,
        # The discount comes after the tax: what is paid may be less than the tax of the dishes.
        "taxCents": min(preview.tax_cents, preview.total_price_cents),
        "externalTransactionId": key,
        "nextLookAt": None,
        "looks": 0,
        "outcome": None,
        "history": [{"state": "intent", "at": now, "by": "diner"}],
        "refunds": [],
    }


def _tip(preview: Preview, paying: Paying) -> int:
    # Previews of the original server have no subtotal.
    base = preview.subtotal_cents or preview.total_price_cents
    tip = paying.tip.on(base)
    if tip > most(base):
        detail = [{"field": paying.tip.field, "message": f"A tip on this order is at most {most(base)} cents."}]
        raise Problem(TIP_TOO_LARGE, detail=detail)
    return tip


async def _merchant(app: App, seen: ClaimView, paying: Paying) -> Merchant:
    """Who will be paid. Raises Problem (REFUSALS)."""
    location = seen.location
    if location is None or not location.payment.accept_payment:
        raise Problem(PAYMENT_NOT_TAKEN)
    merchant, started_for = await asyncio.gather(
        merchants.of_location(app.db, app.sealer, location.restaurant_id, location.id),
        payment_tokens.oid_of(app.db, paying.token_hash),
    )
    if merchant is None:
        raise Problem(PAYMENT_UNAVAILABLE, retry_after=RETRY_SECONDS)
    if started_for is not None and started_for != merchant.oid:
        raise Problem(TOKEN_OF_ANOTHER_MERCHANT)
    return merchant
