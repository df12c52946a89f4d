"""The steps of a checkout (checkout rules 1, 3, 5): each idempotent, run by anyone, any number of times, at once.

A rule lives in a step, never in the orchestrator. Activities call the steps; the sweeper and `orderbuddy checkout
advance` call `advance`, which runs the one next step that the stored state allows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.orders import OrderEvent
from shared.domain.order_documents import PlacedOrder, order_from_preview
from shared.errors import LOCATION_NOT_FOUND, Problem
from shared.services import order_codes, outbox
from shared.services.next_step import AT_REST, EXPIRY_GRACE, Next, next_step, rest_dates, used_up, what_next
from shared.services.taking import take_payment
from shared.store import checkout_views, checkouts, order_events, orders, payments, previews
from shared.store.checkout_views import DriverView
from shared.store.client import Session, moves
from shared.store.duplicates import index_of


async def advance(app: App, preview_id: ObjectId) -> Next:
    """Run the one next step that the stored state allows, and say what comes then."""
    following = await what_next(app, preview_id)
    if following.step is None or (following.at is not None and app.clock.now() < following.at):
        return following
    return await STEPS[following.step](app, preview_id)


async def place_order(app: App, preview_id: ObjectId) -> Next:
    """Turn a claimed checkout into an order, in one transaction, and tell everyone.

    Checks nothing but the states and the attempt: whatever could refuse ran in the claim.
    """
    seen = await checkout_views.for_driver(app.db, preview_id)
    if seen is None or seen.checkout.state != "claimed":
        return next_step(seen.checkout if seen else None)
    following = next_step(seen.checkout, seen.payment)
    if following.step != "place_order":
        return following
    rows: list[dict[str, Any]] = []
    try:
        with outbox.committing():
            placed = await _draw_up(app, seen)
            rows = _rows(placed)
            moved = await _commit(app, seen, placed.document, rows)
    except DuplicateKeyError as error:
        if index_of(error) != ("orders", "_id_"):
            raise
        await _settle(app, seen)
        await outbox.publish_after_commit(app, preview_id)
        moved = False
    if not moved:
        return await what_next(app, preview_id)
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
        payment=seen.payment,
        now=now,
    )


def _rows(placed: PlacedOrder) -> list[dict[str, Any]]:
    at = placed.document["startedAt"]
    return [
        order_events.row(placed.document, seq, change.kind, change.payload, by=change.by, at=at)
        for seq, change in enumerate(placed.changes, start=1)
    ]


async def _commit(app: App, seen: DriverView, order: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """claimed -> placed with the order and its rows; False where somebody else moved the checkout."""
    now = order["startedAt"]

    async def body(session: Session) -> None:
        await _to_placed(app, seen, now, session)
        await orders.insert(app.db, order, session)
        await order_events.insert(app.db, rows, session)

    return await moves(app.db, body)


async def _settle(app: App, seen: DriverView) -> bool:
    """claimed -> placed for an order that is there already, as after a restore of some collections only."""

    async def body(session: Session) -> None:
        await _to_placed(app, seen, app.clock.now(), session)

    return await moves(app.db, body)


async def _to_placed(app: App, seen: DriverView, now: datetime, session: Session) -> None:
    """claimed -> placed, and with it this attempt's payment approved -> ordered. Raises MovedError."""
    dates = rest_dates(now, "placed")
    await checkouts.place(
        app.db, seen.checkout, placed_at=now, duties=[], next_wake_at=None, purge_at=dates.checkout, session=session
    )
    if seen.payment is not None:
        await payments.must_move(app.db, seen.payment, "ordered", at=now, by="driver", session=session)
    await previews.purge_at(app.db, seen.checkout.id, dates.preview, session)


async def do_duties(app: App, preview_id: ObjectId) -> Next:
    """Do what is due after the commit: texts, alerts, pushes, e-mails. No kind of duty exists yet."""
    return await what_next(app, preview_id)


async def expire(app: App, preview_id: ObjectId) -> Next:
    """open -> expired, once the time and a grace of 30 s are over, or it was tried to be paid often enough; a claim in
    the same second wins or loses whole."""
    checkout = await checkouts.get(app.db, preview_id)
    if checkout is None or checkout.state != "open":
        return await what_next(app, preview_id)
    now = app.clock.now()
    if now <= checkout.expires_at + EXPIRY_GRACE and not used_up(checkout):
        return next_step(checkout)
    dates = rest_dates(now, "expired")

    async def body(session: Session) -> None:
        await checkouts.expire(app.db, checkout, purge_at=dates.checkout, session=session)
        await previews.purge_at(app.db, preview_id, dates.preview, session)

    moved = await moves(app.db, body)
    return AT_REST if moved else await what_next(app, preview_id)


STEPS = {"take_payment": take_payment, "place_order": place_order, "do_duties": do_duties, "expire": expire}
"""The steps by the names under which an orchestration calls them."""
