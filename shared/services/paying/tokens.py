"""A token for the card fields, and what a diner pays with (contract 13 to 15)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.app import App
from shared.domain.tips import Tip
from shared.errors import (
    LOCATION_REQUIRED,
    PAYMENT_NOT_TAKEN,
    PAYMENT_UNAVAILABLE,
    PREVIEW_NOT_FOUND,
    RESTAURANT_NOT_FOUND,
    Problem,
)
from shared.ids import object_id
from shared.integrations.pay import GatewayError, Merchant
from shared.services.limits import addresses
from shared.services.paying import merchants
from shared.services.paying.attempts import RETRY_SECONDS, Paying
from shared.store import payment_tokens, places, previews
from shared.telemetry import events

START_REFUSALS = (
    PREVIEW_NOT_FOUND,
    RESTAURANT_NOT_FOUND,
    PAYMENT_NOT_TAKEN,
    PAYMENT_UNAVAILABLE,
    LOCATION_REQUIRED,
    *addresses.REFUSALS,
)
REFUSALS = (PAYMENT_UNAVAILABLE,)
"""Of `by_card` and `by_wallet`."""

log = logging.getLogger("orderbuddy.payment")

TOKEN_KEPT_FOR = timedelta(days=1)


async def start(app: App, restaurant_id: str, preview_order_id: str | None, *, address: str | None = None) -> str:
    """A token for the card fields, of the merchant who will be paid (contract 13).

    `address`: the diner's client address, None where it is unknown. Raises Problem (START_REFUSALS).
    """
    if not app.settings.takes_payment:
        raise Problem(PAYMENT_UNAVAILABLE, retry_after=RETRY_SECONDS)
    if preview_order_id is None:
        await addresses.admit_card_entry(app, address, restaurant_id)
        merchant = await _only_merchant(app, restaurant_id)
    else:
        merchant = await _merchant_of(app, restaurant_id, preview_order_id, address)
    try:
        token = await app.pay.start(merchant)
    except GatewayError as error:
        log.warning("no token to pay with: %s", error)
        raise Problem(PAYMENT_UNAVAILABLE, retry_after=RETRY_SECONDS) from None
    events.event("start-transaction", {"orderId": preview_order_id, "restaurantId": restaurant_id})
    until = app.clock.now() + TOKEN_KEPT_FOR
    await payment_tokens.keep(app.db, _card_hash(app, token), merchant.oid, until)
    return token


async def _merchant_of(app: App, restaurant_id: str, preview_order_id: str, address: str | None) -> Merchant:
    key = object_id(preview_order_id)
    preview = await previews.get(app.db, key) if key else None
    await addresses.admit_card_entry(app, address, preview.location_id if preview else None)
    if preview is None or preview.restaurant_id != restaurant_id:
        raise Problem(PREVIEW_NOT_FOUND)
    merchant = await merchants.of_location(app.db, app.sealer, preview.restaurant_id, preview.location_id)
    if merchant is None:
        raise Problem(PAYMENT_NOT_TAKEN)
    return merchant


async def _only_merchant(app: App, restaurant_id: str) -> Merchant:
    """The merchant of all the restaurant's paying locations, where they share one: else nobody can guess it."""
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
    """Paying with a wallet. `details`: its fields, with `token`; two taps of one payment sheet have the same token.

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
