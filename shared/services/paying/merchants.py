"""Who is paid: a location's merchant at the gateway, with its credentials unsealed."""

from __future__ import annotations

import logging

from bson import ObjectId
from pydantic import SecretStr

from shared.documents.merchants import MerchantLocation
from shared.documents.payments import Payment
from shared.integrations.pay import Merchant
from shared.sealing import Sealer, SealError
from shared.store import merchants
from shared.store.mongo.client import Database

log = logging.getLogger("orderbuddy.merchants")


def seal_context(location_id: ObjectId | str) -> str:
    """The context that a location's credentials are sealed with: they do not open for another location."""
    return f"location:{location_id}"


async def of_location(
    db: Database, sealer: Sealer, restaurant_id: str, location_id: ObjectId | str, *, even_if_off: bool = False
) -> Merchant | None:
    """The merchant that a payment at this location goes to.

    None where the location takes no payment, or its credentials are missing or do not open. `even_if_off`: also where
    it takes no payment any more; for payments that were begun, which the same merchant looks up and gives back.
    """
    location = await merchants.of_location(db, restaurant_id, location_id)
    if location is None or not (location.payment.accept_payment or even_if_off):
        return None
    return _opened(sealer, location)


async def of_payment(db: Database, sealer: Sealer, payment: Payment) -> Merchant | None:
    """The merchant that this payment was to pay, also where the location takes no payment any more.

    None where the location pays another merchant by now, or its credentials do not open: then only a person can help.
    """
    merchant = await of_location(db, sealer, payment.restaurant_id, payment.location_id, even_if_off=True)
    return merchant if merchant is not None and merchant.oid == payment.merchant_oid else None


async def of_restaurant(db: Database, sealer: Sealer, restaurant_id: str) -> list[tuple[ObjectId | str, Merchant]]:
    """The locations of a restaurant that can take payment, each with its merchant, by id."""
    paying = await merchants.paying(db, restaurant_id)
    found = [(location.id, _opened(sealer, location)) for location in paying]
    able = [(key, merchant) for key, merchant in found if merchant is not None]
    return sorted(able, key=lambda pair: str(pair[0]))


def _opened(sealer: Sealer, location: MerchantLocation) -> Merchant | None:
    oid, auth = location.payment.oid, location.payment.auth.get_secret_value()
    if not oid or not auth:
        return None
    if sealer.is_sealed(auth):
        try:
            auth = sealer.open(auth, seal_context(location.id))
        except SealError as error:
            log.error("the payment credentials of location %s do not open: %s", location.id, error)
            return None
    return Merchant(oid=oid, auth=SecretStr(auth))
