"""Claiming a preview: everything that can refuse an order runs here, before any money moves (rules 3)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.checkouts import Checkout, Claim, ClaimedAtCounter
from shared.documents.orders import OrderItem, Preview, PreviewLine
from shared.documents.payments import Payment
from shared.documents.places import Location
from shared.domain.checkout_states import is_paid, used_up
from shared.domain.opening_hours import is_open, takes_orders, takes_orders_at
from shared.domain.staleness import lines_of, same_dishes
from shared.errors import (
    ITEM_SOLD_OUT,
    LOCATION_CLOSED,
    LOCATION_NOT_FOUND,
    ORDER_RUNNING,
    PAYMENT_PENDING,
    PAYMENT_REQUIRED,
    PREVIEW_EXPIRED,
    PREVIEW_NOT_FOUND,
    UNAVAILABLE,
    Problem,
)
from shared.services.limits import addresses
from shared.services.menu import catalog, stock
from shared.services.menu.catalog import Catalog
from shared.services.ordering import fresh_previews, holders, previewing
from shared.services.ordering.claim_writing import Wish, commit, wish_of
from shared.services.ordering.previewing import refuse_stale, still_quoted
from shared.services.paying import attempts
from shared.services.paying.attempts import Paying, draw_up
from shared.store import checkout_views, checkouts, orders, previews
from shared.store.checkout_views import ClaimView
from shared.store.mongo.client import Tries, unawaited
from shared.store.stock import SoldOutError

REFUSALS = (
    PREVIEW_NOT_FOUND,
    PREVIEW_EXPIRED,
    LOCATION_NOT_FOUND,
    LOCATION_CLOSED,
    PAYMENT_PENDING,
    ITEM_SOLD_OUT,
    ORDER_RUNNING,
    *previewing.STALE_REFUSALS,
)
"""Of every claim."""

UNPAID_REFUSALS = (*REFUSALS, PAYMENT_REQUIRED)
PAID_REFUSALS = (*REFUSALS, *holders.REFUSALS, *attempts.REFUSALS, *addresses.REFUSALS)

log = logging.getLogger("orderbuddy.checkout")

PENDING_RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Asker:
    """Who claims.

    `at_counter`: staff, who see to the payment themselves; `counter`: how, by their word. `paying`: a diner who pays
    now. `address`: the client's, None where it is unknown.
    """

    request_id: str
    at_counter: bool = False
    counter: ClaimedAtCounter | None = None
    paying: Paying | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim stands.

    `placed`: the order is there already. `payment`: the caller's own attempt, or the one that paid for the order.
    """

    order_id: ObjectId
    placed: bool
    payment: Payment | None = None


async def claim(app: App, preview_id: ObjectId, asker: Asker) -> Claimed:
    """open -> claimed; or what is there already: the order, the caller's own attempt, a claim like this one.

    Raises Problem: one of UNPAID_REFUSALS, for a claim that pays one of PAID_REFUSALS.
    """
    counted = False
    if await _claim_unread(app, preview_id, asker):
        return Claimed(preview_id, placed=False)
    async for _ in Tries():
        seen = await checkout_views.for_claim(app.db, preview_id, paid=asker.paying is not None)
        if seen is None:
            if await orders.exists(app.db, preview_id):
                return Claimed(preview_id, placed=True)
            await _adopt(app, preview_id)
            continue
        standing = _standing(seen, asker)
        if standing is not None:
            return standing
        if seen.checkout.state == "placed":
            continue
        if seen.checkout.state != "open" or seen.preview is None or used_up(seen.checkout):
            raise Problem(PREVIEW_EXPIRED)
        if asker.paying is not None and not counted:
            # Whatever route it came by. A token that was tried before was answered above, and counts no more.
            await addresses.admit_payment(app, asker.address, seen.checkout.location_id)
            counted = True
        try:
            claimed = await _claim_open(app, seen, seen.preview, asker)
        except Problem:
            if not await _is_claimed(app, preview_id):
                raise
            # An earlier claim is not durable yet: whoever is refused now would get the order all the same.
            continue
        if claimed is not None:
            return claimed
    raise Problem(UNAVAILABLE, retry_after=1)


async def _is_claimed(app: App, preview_id: ObjectId) -> bool:
    """Whether it is claimed as the primary has it at this moment, be it durable or not."""
    now = await checkouts.get(unawaited(app.db), preview_id)
    return now is not None and now.state in ("claimed", "placed")


def _standing(seen: ClaimView, asker: Asker) -> Claimed | None:
    """What is there already, in the order of (rules 3); None where nothing is. Raises Problem PAYMENT_PENDING."""
    key, paying = seen.checkout.id, asker.paying
    own = next((one for one in seen.attempts if paying and one.token_hash == paying.token_hash), None)
    if seen.placed:
        # Not a payment that is given back: it may be of another sum.
        paid = next((one for one in seen.attempts if one.became_order), None)
        return Claimed(key, placed=True, payment=paid)
    if own is not None:
        return Claimed(key, placed=False, payment=own)
    if seen.checkout.state != "claimed":
        return None
    if is_paid(seen.checkout):
        raise pending(key)
    return Claimed(key, placed=False)


def pending(preview_id: ObjectId) -> Problem:
    """The answer while a payment is being taken or checked."""
    return Problem(PAYMENT_PENDING, extra={"orderId": str(preview_id)}, retry_after=PENDING_RETRY_SECONDS)


async def _adopt(app: App, preview_id: ObjectId) -> None:
    """Open the checkout of a preview that has none: the original server made it, or a crash came between the two."""
    preview = await previews.get(app.db, preview_id)
    if preview is None:
        raise Problem(PREVIEW_NOT_FOUND)
    expires_at = app.clock.now() + timedelta(minutes=app.settings.preview_lifetime_minutes)
    opened = checkouts.opened(preview.id, preview.restaurant_id, preview.location_id, expires_at, None)
    try:
        await checkouts.insert(app.db, opened)
    except DuplicateKeyError:
        log.info("checkout %s was opened meanwhile", preview.id)


async def _claim_unread(app: App, preview_id: ObjectId, asker: Asker) -> bool:
    """open -> claimed for a preview that this process has just stored, without reading it. False: read it first.

    It saves a round trip. Only an unpaid claim that takes nothing and meets nothing is made so. Where anything would
    refuse the claim, the database is read, in the order of (rules 3). The driver finds an order that the original
    server has made of the preview meanwhile.
    """
    stored = fresh_previews.take(app, preview_id)
    if stored is None or asker.paying is not None:
        return False
    try:
        quote = await still_quoted(app, stored.preview, at_counter=asker.at_counter)
        if quote is None:
            return False
        now = app.clock.now()
        _refuse(stored.preview, quote.sells.location, now, asker)
        wish = wish_of(app, quote, stored.preview, _claim_of(asker, quote.sells, now))
        return not wish.wanted and await commit(app, stored.checkout, wish)
    except (Problem, DuplicateKeyError):
        return False


async def _claim_open(app: App, seen: ClaimView, preview: Preview, asker: Asker) -> Claimed | None:
    """Check an open checkout against all that can refuse it, and claim it; None means: read again."""
    _refuse(preview, seen.location, app.clock.now(), asker)
    payment = await draw_up(app, seen, preview, asker.paying, address=asker.address) if asker.paying else None
    quote = await refuse_stale(app, seen.checkout, preview, request_id=asker.request_id, at_counter=asker.at_counter)
    if quote is None:
        return None
    wish = wish_of(app, quote, preview, _claim_of(asker, quote.sells, app.clock.now(), payment), payment)
    await stock.prepare(app, quote.sells, wish.wanted)
    return await _take(app, seen.checkout, preview, wish, asker)


def _claim_of(asker: Asker, sells: Catalog, now: datetime, payment: dict[str, Any] | None = None) -> Claim:
    kind, attempt = (payment["kind"], payment["attempt"]) if payment else ("none", 0)
    return Claim(
        kind=kind, attempt=attempt, request_id=asker.request_id, at=now, kitchen=sells.kitchen, counter=asker.counter
    )


def _refuse(preview: Preview, location: Location | None, now: datetime, asker: Asker) -> None:
    """Raises Problem for what a location refuses; the only place for it, while the diner waits for the answer."""
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    # A pause is for diners: the counter goes on.
    takes = location.is_active and is_open(location, now) if asker.at_counter else takes_orders(location, now)
    if not takes:
        raise Problem(LOCATION_CLOSED, extra={"opensAt": takes_orders_at(location, now)})
    must_pay = location.payment.accept_payment and preview.total_price_cents != 0
    if must_pay and asker.paying is None and not asker.at_counter:
        raise Problem(PAYMENT_REQUIRED)


async def _take(app: App, checkout: Checkout, preview: Preview, wish: Wish, asker: Asker) -> Claimed | None:
    """Write the claim; None means: read again from the top.

    Raises Problem ITEM_SOLD_OUT, ORDER_RUNNING, TOKEN_USED.
    """
    try:
        if await holders.commit_over_old(app, checkout, wish):
            payment = Payment.model_validate(wish.payment) if wish.payment else None
            return Claimed(checkout.id, placed=False, payment=payment)
    except holders.HeldError as held:
        return await _answer_for(app, preview, held.by, asker)
    except SoldOutError as error:
        catalog.forget(app, checkout.restaurant_id, checkout.location_id)
        raise _sold_out(preview, error.item_id) from error
    # A campaign may have ended: the next look prices the cart without it.
    catalog.forget(app, checkout.restaurant_id, checkout.location_id)
    return None


def _sold_out(preview: Preview, item_id: str) -> Problem:
    dishes: Sequence[PreviewLine | OrderItem] = preview.lines or preview.items
    rows = [
        {"field": f"items.{index}.menuItemId", "message": f"{dish.name} is sold out."}
        for index, dish in enumerate(dishes)
        if dish.menu_item_id == item_id
    ]
    return Problem(ITEM_SOLD_OUT, rows[0]["message"], detail=rows)


async def _answer_for(app: App, preview: Preview, holding: Sequence[Checkout], asker: Asker) -> Claimed:
    """The answer to a claim whose lines are in an order already. Raises Problem ORDER_RUNNING.

    Staff who send a cart again, because the answer was lost, get its order (rules 3).
    """
    first = holding[0]
    if asker.at_counter and len(holding) == 1:
        held = await previews.get(app.db, first.id)
        if held is not None and same_dishes(lines_of(held), lines_of(preview)):
            return Claimed(first.id, placed=first.state == "placed")
    raise Problem(ORDER_RUNNING, extra={"orderId": str(first.id)})
