"""How a location takes payment, as its owners change it (rules 17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import location_settings as api
from shared.app import App
from shared.documents.places import StoredLocation
from shared.domain.roles import Actor
from shared.errors import NO_MERCHANT, Problem
from shared.ids import stored_id
from shared.services.paying import merchants
from shared.services.places import changing
from shared.store.mongo.client import Session

REFUSALS = (NO_MERCHANT, *changing.REFUSALS)


async def change(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    sent: api.PaymentSettingsChange,
    *,
    if_match: int | None,
    request_id: str,
) -> StoredLocation:
    """Say whether diners pay with the order, and by which account at the wallets. Payments that were begun go on.

    Raises Problem (REFUSALS): NO_MERCHANT where the location is to take payment and has no credentials that can be
    read.
    """

    async def make(stored: StoredLocation, raw: Mapping[str, Any], _: Session) -> Mapping[str, Any]:
        there = stored.payment
        wanted: dict[str, Any] = {}
        if sent.accept_payment is not None and sent.accept_payment is not there.accept_payment:
            wanted["acceptPayment"] = sent.accept_payment
        if sent.emergepay_wallets_public_id not in (None, there.emergepay_wallets_public_id):
            wanted["emergepayWalletsPublicId"] = sent.emergepay_wallets_public_id
        if wanted.get("acceptPayment"):
            here = stored_id(location_id)
            if await merchants.of_location(app.db, app.sealer, restaurant_id, here, even_if_off=True) is None:
                raise Problem(NO_MERCHANT)
        if not isinstance(raw.get("payment"), dict):
            return {"payment": wanted} if wanted else {}
        # The credentials beside them are not read, and stay.
        return {f"payment.{name}": value for name, value in wanted.items()}

    return await changing.change(
        app, actor, restaurant_id, location_id, make, action="payment_changed", if_match=if_match, request_id=request_id
    )
