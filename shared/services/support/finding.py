"""Finding a checkout by what a person has at hand: an id, an order's code, the end of a phone, the gateway's papers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from shared.clock import Clock
from shared.documents.orders import Order, Preview
from shared.ids import object_id
from shared.memory.pool import each
from shared.store import payments
from shared.store.mongo.client import Database
from shared.store.support import audit as whole
from shared.store.support import finding

LOOKED_BACK = timedelta(days=2)
CLAIMED_LOOKED_AT_WITHIN = timedelta(minutes=10)
"""The sweeper looks at a claimed checkout at least so often."""

AT_A_TIME = 8
_PHONE_TAIL = re.compile(r"[0-9]{4,15}\Z")
_CODE = re.compile(r"[0-9A-Za-z]{3,10}\Z")


@dataclass(frozen=True, slots=True)
class Match:
    """A checkout that may be meant. `order` or `preview`: what was found, where it was not found by its id."""

    key: ObjectId
    order: Order | None = None
    preview: Preview | None = None


async def find(db: Database, clock: Clock, text: str) -> list[Match]:
    """The checkouts that `text` may mean.

    `text` is the id of a preview, an order or a payment, or the gateway's id of a payment; or, of the last two days, an
    order's code, or the last 4 or more digits of a phone. Raises ValueError where it can be none of these.
    """
    text = text.strip()
    key = object_id(text)
    if key is not None:
        return [Match(key)]
    payment = await payments.get(db, text.lower()) or await payments.by_gateway_id(db, text)
    if payment is not None:
        return [Match(payment.preview_id)]
    tail = text if _PHONE_TAIL.match(text) else None
    code = text.upper() if _CODE.match(text) else None
    if tail is None and code is None:
        raise ValueError("neither an id nor a code nor the end of a phone")
    found = {match.key: match for match in await _orders(db, clock.now() - LOOKED_BACK, code, tail)}
    for match in await _without_order(db, clock.now(), tail):
        found.setdefault(match.key, match)
    return list(found.values())


async def _orders(db: Database, since: datetime, code: str | None, tail: str | None) -> list[Match]:
    """Orders of all locations, the newest first."""
    found: list[Order] = []
    locations = [(str(one.get("restaurantId") or ""), one["_id"]) async for one in whole.locations(db)]

    async def look(location: tuple[str, ObjectId | str]) -> None:
        found.extend(await finding.orders_of_location(db, *location, since=since, code=code, phone_tail=tail))

    await each(locations, look, at_a_time=AT_A_TIME)
    return [Match(order.id, order=order) for order in sorted(found, key=lambda order: order.began_at, reverse=True)]


async def _without_order(db: Database, now: datetime, tail: str | None) -> list[Match]:
    """Checkouts by phone that are being placed, or that somebody tried to pay: their diners call first."""
    if tail is None:
        return []
    keys = await finding.being_placed(db, now + CLAIMED_LOOKED_AT_WITHIN)
    keys += await finding.tried_to_be_paid(db, now - LOOKED_BACK)
    return [Match(one.id, preview=one) for one in await finding.previews_by_phone(db, keys, tail)]
