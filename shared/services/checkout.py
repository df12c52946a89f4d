"""The steps of a checkout (checkout rules 1, 3, 5): each idempotent, run by anyone, any number of times, at once.

A rule lives in a step, never in the orchestrator. Activities call the steps; the sweeper and `orderbuddy checkout
advance` call `advance`, which runs the one next step that the stored state allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import OrderEvent
from shared.domain.order_documents import PlacedOrder, order_from_preview
from shared.errors import LOCATION_NOT_FOUND, Problem
from shared.services import order_codes, outbox
from shared.store import checkout_views, checkouts, order_events, orders, previews
from shared.store.checkout_views import DriverView
from shared.store.client import Session, moves

EXPIRY_GRACE = timedelta(seconds=30)
Step = Literal["take_payment", "place_order", "do_duties", "expire"]


@dataclass(frozen=True, slots=True)
class Next:
    """What a checkout waits for: `step`, at once or at `at` (UTC); `step` is None when it is at rest."""

    step: Step | None
    at: datetime | None = None


AT_REST = Next(None)


@dataclass(frozen=True, slots=True)
class RestDates:
    """When a checkout at rest and its preview are purged: the preview a day earlier, so that a preview without a
    checkout never means "purged"."""

    checkout: datetime
    preview: datetime


_KEPT_FOR = {"placed": timedelta(days=30), "abandoned": timedelta(days=30), "expired": timedelta(days=7)}


def rest_dates(now: datetime, state: Literal["placed", "abandoned", "expired"]) -> RestDates:
    """The purge dates of a checkout that comes to rest now."""
    checkout = now + _KEPT_FOR[state]
    return RestDates(checkout, checkout - timedelta(days=1))


async def advance(app: App, preview_id: ObjectId) -> Next:
    """Run the one next step that the stored state allows, and say what comes then."""
    checkout = await checkouts.get(app.db, preview_id)
    following = next_step(checkout)
    if following.step is None or (following.at is not None and app.clock.now() < following.at):
        return following
    return await STEPS[following.step](app, preview_id)


def next_step(checkout: Checkout | None) -> Next:
    """What the stored state allows next."""
    if checkout is None:
        return AT_REST
    match checkout.state:
        case "open":
            return Next("expire", checkout.expires_at + EXPIRY_GRACE)
        case "claimed":
            return Next("place_order")
        case "placed" if any(duty.state in ("due", "claimed") for duty in checkout.duties):
            return Next("do_duties")
        case _:
            return AT_REST


async def take_payment(app: App, preview_id: ObjectId) -> Next:
    """Take what the claim promises to pay. Unpaid claims promise nothing."""
    return next_step(await checkouts.get(app.db, preview_id))


async def place_order(app: App, preview_id: ObjectId) -> Next:
    """Turn a claimed checkout into an order, in one transaction, and tell everyone.

    Checks nothing but the states and the attempt: whatever could refuse ran in the claim.
    """
    seen = await checkout_views.for_driver(app.db, preview_id)
    if seen is None or seen.checkout.state != "claimed":
        return next_step(seen.checkout if seen else None)
    rows: list[dict[str, Any]] = []
    try:
        with outbox.committing():
            placed = await _draw_up(app, seen)
            rows = _rows(placed)
            moved = await _commit(app, seen.checkout, placed.document, rows)
    except DuplicateKeyError as error:
        if not _is_order_id(error):
            raise
        await _settle(app, seen.checkout)
        await outbox.publish_after_commit(app, preview_id)
        moved = False
    if not moved:
        return next_step(await checkouts.get(app.db, preview_id))
    await outbox.publish_after_commit(app, preview_id, [OrderEvent.model_validate(row) for row in rows])
    return AT_REST


async def _draw_up(app: App, seen: DriverView) -> PlacedOrder:
    assert seen.checkout.claim is not None
    location = seen.location
    if seen.preview is None or location is None:
        raise Problem(LOCATION_NOT_FOUND)
    now = app.clock.now()
    return order_from_preview(
        seen.preview,
        location,
        seen.stations,
        order_code=await order_codes.draw(app, location, now),
        request_id=seen.checkout.claim.request_id,
        now=now,
    )


def _rows(placed: PlacedOrder) -> list[dict[str, Any]]:
    at = placed.document["startedAt"]
    return [
        order_events.row(placed.document, seq, change.kind, change.payload, by=change.by, at=at)
        for seq, change in enumerate(placed.changes, start=1)
    ]


async def _commit(app: App, checkout: Checkout, order: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """claimed -> placed with the order and its rows; False where somebody else moved the checkout."""
    now = order["startedAt"]
    dates = rest_dates(now, "placed")

    async def body(session: Session) -> None:
        await checkouts.place(
            app.db, checkout, placed_at=now, duties=[], next_wake_at=None, purge_at=dates.checkout, session=session
        )
        await orders.insert(app.db, order, session)
        await order_events.insert(app.db, rows, session)
        await previews.purge_at(app.db, checkout.id, dates.preview, session)

    return await moves(app.db, body)


async def _settle(app: App, checkout: Checkout) -> bool:
    """claimed -> placed for an order that is there already, as after a restore of some collections only."""
    now = app.clock.now()
    dates = rest_dates(now, "placed")

    async def body(session: Session) -> None:
        await checkouts.place(
            app.db, checkout, placed_at=now, duties=[], next_wake_at=None, purge_at=dates.checkout, session=session
        )
        await previews.purge_at(app.db, checkout.id, dates.preview, session)

    return await moves(app.db, body)


def _is_order_id(error: DuplicateKeyError) -> bool:
    """Whether the order was there already. The server names the collection and the index only in its message."""
    text = str((error.details or {}).get("errmsg", error))
    return ".orders " in text and "index: _id_" in text


async def do_duties(app: App, preview_id: ObjectId) -> Next:
    """Do what is due after the commit: texts, alerts, pushes, e-mails. No kind of duty exists yet."""
    return next_step(await checkouts.get(app.db, preview_id))


async def expire(app: App, preview_id: ObjectId) -> Next:
    """open -> expired, once the time and a grace of 30 s are over; a claim in the same second wins or loses whole."""
    checkout = await checkouts.get(app.db, preview_id)
    now = app.clock.now()
    if checkout is None or checkout.state != "open" or now <= checkout.expires_at + EXPIRY_GRACE:
        return next_step(checkout)
    dates = rest_dates(now, "expired")

    async def body(session: Session) -> None:
        await checkouts.expire(app.db, checkout, purge_at=dates.checkout, session=session)
        await previews.purge_at(app.db, preview_id, dates.preview, session)

    moved = await moves(app.db, body)
    return AT_REST if moved else next_step(await checkouts.get(app.db, preview_id))


STEPS = {"take_payment": take_payment, "place_order": place_order, "do_duties": do_duties, "expire": expire}
"""The steps by the names under which an orchestration calls them."""
