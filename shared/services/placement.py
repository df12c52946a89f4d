"""Claiming a preview, waking its driver, and waiting for the order (contract 16, checkout rules 3 and 8)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.checkouts import Checkout, Claim
from shared.documents.orders import Preview
from shared.documents.places import Location
from shared.domain.carts import held_lines
from shared.domain.opening_hours import is_open, opens_at
from shared.errors import (
    LOCATION_CLOSED,
    LOCATION_NOT_FOUND,
    ORDER_RUNNING,
    PAYMENT_REQUIRED,
    PLACEMENT_PENDING,
    PREVIEW_EXPIRED,
    PREVIEW_NOT_FOUND,
    UNAVAILABLE,
    Problem,
)
from shared.ids import object_id
from shared.integrations.engine import EngineError
from shared.services import checkout as steps
from shared.services import starting
from shared.services.previews import refuse_stale
from shared.services.waiting import order_appears
from shared.store import checkout_views, checkouts, orders, previews
from shared.store.client import MovedError, Session, moves

log = logging.getLogger("orderbuddy.checkout")

_TRIES = 8
_READ_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim stands; `placed` says that the order is there already."""

    order_id: ObjectId
    placed: bool


async def place_without_payment(app: App, preview_order_id: str, *, request_id: str, wait: bool = True) -> Claimed:
    """Place an unpaid order: claim it, wake its driver, wait for the order. The same preview gives the same order.

    Raises Problem: PREVIEW_NOT_FOUND, PREVIEW_EXPIRED, PREVIEW_STALE, LOCATION_CLOSED, ITEM_SOLD_OUT,
    PAYMENT_REQUIRED, ORDER_RUNNING; PLACEMENT_PENDING (503) when the order took longer than the wait. It will still be
    placed.
    """
    preview_id = object_id(preview_order_id)
    if preview_id is None:
        raise Problem(PREVIEW_NOT_FOUND)
    claimed = await claim(app, preview_id, request_id=request_id)
    if claimed.placed:
        return claimed
    await wake(app, preview_id)
    if not wait:
        return claimed
    if await order_appears(app, preview_id, within=app.settings.unpaid_wait_seconds):
        return Claimed(preview_id, placed=True)
    raise Problem(PLACEMENT_PENDING, retry_after=2)


async def claim(app: App, preview_id: ObjectId, *, request_id: str) -> Claimed:
    """open -> claimed, for an order without payment; everything that can refuse an order runs here (rules 3)."""
    for _ in range(_TRIES):
        seen = await checkout_views.for_claim(app.db, preview_id)
        if seen is None:
            if await orders.exists(app.db, preview_id):
                return Claimed(preview_id, placed=True)
            await _adopt(app, preview_id)
            continue
        if seen.placed:
            return Claimed(preview_id, placed=True)
        match seen.checkout.state:
            case "claimed":
                return Claimed(preview_id, placed=False)
            case "expired" | "abandoned":
                raise Problem(PREVIEW_EXPIRED)
            case "placed":
                await asyncio.sleep(_READ_AGAIN_SECONDS)
                continue
        if seen.preview is None:
            raise Problem(PREVIEW_EXPIRED)
        _refuse(seen.preview, seen.location, app.clock.now())
        if not await refuse_stale(app, seen.checkout, seen.preview, request_id=request_id):
            continue
        if await _take(app, seen.checkout, seen.preview, request_id):
            return Claimed(preview_id, placed=False)
    raise Problem(UNAVAILABLE, retry_after=1)


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


def _refuse(preview: Preview, location: Location | None, now: datetime) -> None:
    """The one place for what can refuse an open checkout: before any money moves, and while the diner listens."""
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    if not location.is_active or not is_open(location, now):
        opening = opens_at(location, now) if location.is_active else None
        raise Problem(LOCATION_CLOSED, extra={"opensAt": opening})
    if location.payment.accept_payment and preview.total_price_cents != 0:
        raise Problem(PAYMENT_REQUIRED)


async def _take(app: App, checkout: Checkout, preview: Preview, request_id: str) -> bool:
    """The claim itself; False means: read again from the top."""
    wish = Claim(kind="none", attempt=0, request_id=request_id, at=app.clock.now())
    lines = held_lines(line.id for line in preview.lines or preview.items)
    try:
        return await checkouts.claim(app.db, checkout, wish, lines)
    except DuplicateKeyError:
        holders = await checkouts.holders(app.db, checkout.location_id, lines, but=checkout.id)
    for holder in holders:
        fresh = holder.placed_at is not None and app.clock.now() < holder.placed_at + checkouts.HELD_FOR
        if holder.state == "claimed" or fresh:
            raise Problem(ORDER_RUNNING, extra={"orderId": str(holder.id)})
    return await _take_over(app, checkout, wish, lines, holders)


async def _take_over(
    app: App, checkout: Checkout, wish: Claim, lines: Sequence[str], holders: Sequence[Checkout]
) -> bool:
    """Claim lines that were held for long enough, in the transaction that takes them from their holders."""

    async def body(session: Session) -> None:
        for holder in holders:
            await checkouts.release_lines(app.db, holder, session)
        if not await checkouts.claim(app.db, checkout, wish, lines, session):
            raise MovedError

    try:
        return await moves(app.db, body)
    except DuplicateKeyError:
        return False


async def wake(app: App, preview_id: ObjectId) -> None:
    """Have the checkout driven on: wake its instance, else start one; with no engine at hand, drive it right here.

    An instance that ended counts as not there. Whatever fails is left to the sweeper.
    """
    if await wake_engine(app, preview_id):
        return
    try:
        await steps.advance(app, preview_id)
    except Exception:
        log.warning("checkout %s not advanced", preview_id, exc_info=True)


async def wake_engine(app: App, preview_id: ObjectId) -> bool:
    """Wake or start the checkout's instance; False where the engine did neither.

    An instance that this process was about to start needs no waking: it is started now, to look at once.
    """
    ways = [app.engine.wake, app.engine.start]
    if starting.forgo(app, preview_id):
        ways.reverse()
    for way in ways:
        try:
            await way(str(preview_id))
        except EngineError as error:
            log.info("engine did not %s %s: %s", way.__name__, preview_id, error)
        else:
            return True
    log.warning("engine did not answer for %s", preview_id)
    return False
