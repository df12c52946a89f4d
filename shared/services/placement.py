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
from shared.documents.orders import OrderItem, Preview, PreviewLine
from shared.documents.places import Location
from shared.domain.carts import held_lines
from shared.domain.opening_hours import is_open, opens_at
from shared.domain.staleness import lines_of, same_dishes
from shared.errors import (
    ITEM_SOLD_OUT,
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
from shared.services import catalog, starting, stock
from shared.services import checkout as steps
from shared.services.catalog import Catalog
from shared.services.previews import refuse_stale
from shared.services.waiting import order_appears
from shared.store import checkout_views, checkouts, orders, previews
from shared.store.client import MovedError, Session, moves
from shared.store.stock import SoldOutError

log = logging.getLogger("orderbuddy.checkout")

_TRIES = 8
_READ_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim stands; `placed` says that the order is there already."""

    order_id: ObjectId
    placed: bool


async def place_without_payment(
    app: App, preview_order_id: str, *, request_id: str, wait: bool = True, at_counter: bool = False
) -> Claimed:
    """Place an unpaid order: claim it, wake its driver, wait for the order. The same preview gives the same order.

    `at_counter`: staff place it, and see to the payment themselves.
    Raises Problem: PREVIEW_NOT_FOUND, PREVIEW_EXPIRED, PREVIEW_STALE, LOCATION_CLOSED, ITEM_SOLD_OUT,
    MENU_NOT_AVAILABLE, PAYMENT_REQUIRED, ORDER_RUNNING; PLACEMENT_PENDING (503) when the order took longer than the
    wait. It will still be placed.
    """
    preview_id = object_id(preview_order_id)
    if preview_id is None:
        raise Problem(PREVIEW_NOT_FOUND)
    claimed = await claim(app, preview_id, request_id=request_id, at_counter=at_counter)
    if claimed.placed:
        return claimed
    await wake(app, claimed.order_id)
    if not wait:
        return claimed
    if await order_appears(app, claimed.order_id, within=app.settings.unpaid_wait_seconds):
        return Claimed(claimed.order_id, placed=True)
    raise Problem(PLACEMENT_PENDING, retry_after=2)


async def claim(app: App, preview_id: ObjectId, *, request_id: str, at_counter: bool = False) -> Claimed:
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
        _refuse(seen.preview, seen.location, app.clock.now(), at_counter=at_counter)
        sells = await refuse_stale(app, seen.checkout, seen.preview, request_id=request_id)
        if sells is None:
            continue
        claimed = await _take(app, seen.checkout, seen.preview, sells, request_id, at_counter=at_counter)
        if claimed is not None:
            return claimed
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


def _refuse(preview: Preview, location: Location | None, now: datetime, *, at_counter: bool) -> None:
    """The one place for what can refuse an open checkout: before any money moves, and while the diner listens."""
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    if not location.is_active or not is_open(location, now):
        opening = opens_at(location, now) if location.is_active else None
        raise Problem(LOCATION_CLOSED, extra={"opensAt": opening})
    if location.payment.accept_payment and preview.total_price_cents != 0 and not at_counter:
        raise Problem(PAYMENT_REQUIRED)


async def _take(
    app: App, checkout: Checkout, preview: Preview, sells: Catalog, request_id: str, *, at_counter: bool
) -> Claimed | None:
    """The claim itself; None means: read again from the top. Raises Problem ITEM_SOLD_OUT, ORDER_RUNNING."""
    wish = _Wish(
        Claim(kind="none", attempt=0, request_id=request_id, at=app.clock.now()),
        held_lines(line.id for line in preview.lines or preview.items),
        stock.wanted(sells, preview, app.clock.now()),
    )
    await stock.prepare(app, sells, wish.wanted)
    try:
        if await _commit_over_old_holders(app, checkout, wish):
            return Claimed(checkout.id, placed=False)
    except _HeldError as held:
        return await _answer_for(app, preview, held.by, at_counter=at_counter)
    except SoldOutError as error:
        catalog.forget(app, checkout.restaurant_id, checkout.location_id)
        raise _sold_out(preview, error.item_id) from error
    # A campaign may have ended: the next look prices the cart without it.
    catalog.forget(app, checkout.restaurant_id, checkout.location_id)
    return None


class _HeldError(Exception):
    """Lines of the cart are in other orders."""

    def __init__(self, by: list[Checkout]) -> None:
        super().__init__()
        self.by = by


async def _commit_over_old_holders(app: App, checkout: Checkout, wish: _Wish) -> bool:
    """Claim, if need be over checkouts that held its lines for long enough; False where something moved meanwhile.

    Raises _HeldError and SoldOutError.
    """
    try:
        return await _commit(app, checkout, wish)
    except DuplicateKeyError:
        holders = await checkouts.holders(app.db, checkout.location_id, wish.lines, but=checkout.id)
    holding = [holder for holder in holders if _still_holds(holder, app.clock.now())]
    if holding:
        raise _HeldError(holding)
    try:
        return await _commit(app, checkout, wish, holders)
    except DuplicateKeyError:
        return False


def _sold_out(preview: Preview, item_id: str) -> Problem:
    dishes: Sequence[PreviewLine | OrderItem] = preview.lines or preview.items
    rows = [
        {"field": f"items.{index}.menuItemId", "message": f"{dish.name} is sold out."}
        for index, dish in enumerate(dishes)
        if dish.menu_item_id == item_id
    ]
    return Problem(ITEM_SOLD_OUT, rows[0]["message"], detail=rows)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A claim with the lines it will hold and what it takes."""

    claim: Claim
    lines: list[str]
    wanted: stock.Wanted


def _still_holds(holder: Checkout, now: datetime) -> bool:
    """Whether a cart's lines lead to this checkout's order: it is about to be placed, or was lately."""
    fresh = holder.placed_at is not None and now < holder.placed_at + checkouts.HELD_FOR
    return holder.state == "claimed" or fresh


async def _answer_for(app: App, preview: Preview, holding: Sequence[Checkout], *, at_counter: bool) -> Claimed:
    """What a claim hears whose lines are in an order already. Raises Problem ORDER_RUNNING.

    Staff who send a cart again, because the answer was lost, get its order (checkout rules 3).
    """
    first = holding[0]
    if at_counter and len(holding) == 1:
        held = await previews.get(app.db, first.id)
        if held is not None and same_dishes(lines_of(held), lines_of(preview)):
            return Claimed(first.id, placed=first.state == "placed")
    raise Problem(ORDER_RUNNING, extra={"orderId": str(first.id)})


async def _commit(app: App, checkout: Checkout, wish: _Wish, release: Sequence[Checkout] = ()) -> bool:
    """Write the claim, and in the same transaction take what it takes and release lines that were held long enough.

    False where something moved meanwhile. Raises DuplicateKeyError and SoldOutError.
    """
    if not release and not wish.wanted:
        return await checkouts.claim(app.db, checkout, wish.claim, wish.lines)

    async def body(session: Session) -> None:
        if not await stock.take(app, wish.wanted, session):
            raise MovedError
        for holder in release:
            await checkouts.release_lines(app.db, holder, session)
        taken = wish.wanted.taken() if wish.wanted else None
        if not await checkouts.claim(app.db, checkout, wish.claim, wish.lines, session, taken=taken):
            raise MovedError

    async with stock.turn(app, checkout.location_id):
        return await moves(app.db, body)


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
