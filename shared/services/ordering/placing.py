"""Placing orders: claimed -> placed, each once, in one transaction, and telling everyone (rules 5).

Orders that come at the same moment share their reads and their transaction: in a rush, half of an order's cost is round
trips. While one group is being placed, the next one gathers. So an order that comes alone is a group of its own, and
waits for nobody. Where one of a group moved meanwhile, the group is read again and tried once more without it. Where it
fails then, or for another reason (another transaction holds a document), each order is placed by itself, and waits only
for itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.app import App
from shared.documents.checkouts import Checkout, Decision
from shared.documents.orders import OrderEvent
from shared.documents.places import Kitchen
from shared.domain import printing
from shared.domain.business_days import business_date
from shared.domain.checkout_states import AT_REST, Next, next_step, over_by, rest_dates
from shared.domain.order_documents import order_from_preview
from shared.errors import LOCATION_NOT_FOUND, Problem
from shared.memory.gathering import Gathering
from shared.memory.slots import Slot
from shared.services.menu import low_stock
from shared.services.menu.catalog import kitchen_of
from shared.services.ordering import order_codes
from shared.services.ordering.giving_up import give_up
from shared.services.ordering.traced import tell_placed
from shared.services.orders import answering
from shared.services.orders.waiting import alone
from shared.services.paying.next_step import what_next
from shared.services.telling import outbox
from shared.store import (
    checkout_views,
    checkouts,
    duties,
    order_events,
    orders,
    payments,
    places,
    previews,
    print_jobs,
)
from shared.store.checkout_views import DriverView
from shared.store.mongo.client import MovedError, Session, moves, one_try, within
from shared.store.mongo.duplicates import index_of
from shared.telemetry import events

REFUSALS = (LOCATION_NOT_FOUND,)
"""Of a driver, which logs them: no request hears them."""

log = logging.getLogger("orderbuddy.checkout")

AT_ONCE = 16
GROUP_TRIES = 2
GROUP_SECONDS = 3.0


async def place_order(app: App, preview_id: ObjectId) -> Next:
    """Turn a claimed checkout into an order, in one transaction, and tell everyone.

    It checks only the states and the attempt: all that can refuse an order ran in the claim.
    """
    events.event("create_order_started", {"orderId": preview_id})
    try:
        with alone("placing"):
            outcome = await app.memory[LANE].done(preview_id, app) or await _place_alone(app, preview_id)
    except Exception as error:
        failed = {"orderId": preview_id, "error": type(error).__name__}
        events.event("create_order_failed", failed, level=logging.WARNING)
        raise
    if outcome.draft is not None:
        tell_placed(outcome.draft.order, outcome.draft.seen.checkout.claim, app.clock.now())
    if outcome.took is not None:
        low_stock.look_soon(app, outcome.took)
    if outcome.rows:
        await outbox.publish_after_commit(app, preview_id, outcome.rows)
    return outcome.following


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What comes next for a checkout, and the rows of its order where the order was placed just now, of this draft.
    `took`: its checkout, where that took of the day's portions."""

    following: Next
    rows: Sequence[OrderEvent] = ()
    took: Checkout | None = None
    draft: _Draft | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """An order that is about to be placed: what it is made of, its document, the documents of its rows, its duty, and
    its tickets for printers that ask for them."""

    seen: DriverView
    order: dict[str, Any]
    rows: list[dict[str, Any]]
    duty: dict[str, Any] | None
    tickets: list[dict[str, Any]]

    def placed(self) -> _Outcome:
        """The outcome, once it is placed: where nobody has accepted the order by then, its people are told."""
        following = AT_REST if self.duty is None else Next("see_answered", self.duty["nextAt"])
        checkout = self.seen.checkout
        took = checkout if checkout.taken is not None and checkout.taken.portions else None
        return _Outcome(following, [OrderEvent.model_validate(row) for row in self.rows], took, self)


LANE: Slot[Gathering[ObjectId, App, _Outcome]] = Slot(lambda: Gathering(_place_group, most=AT_ONCE))


async def _place_group(group: Mapping[ObjectId, App]) -> Mapping[ObjectId, _Outcome]:
    """What came of those that were placed, or need not be; the others are to be placed alone."""
    # The first one's App serves all: Apps of one process differ in their engine only, and placing needs none.
    app, preview_ids = next(iter(group.values())), list(group)
    with outbox.committing(app), within(GROUP_SECONDS), alone("placing together"):
        for _ in range(GROUP_TRIES):
            try:
                return await _place_together(app, preview_ids)
            except Exception as error:
                # Whichever cannot be placed says so when it is placed alone. The text may hold whole orders.
                log.info("%d orders are not placed together: %s", len(preview_ids), type(error).__name__)
                if not _moved(error):
                    break
    return {}


def _moved(error: Exception) -> bool:
    """Whether somebody was faster with one of the group."""
    conflict = isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")
    return conflict or isinstance(error, MovedError)


async def _place_together(app: App, preview_ids: Sequence[ObjectId]) -> Mapping[ObjectId, _Outcome]:
    """Place in one transaction, tried once, what can be placed."""
    outcomes: dict[ObjectId, _Outcome] = {}
    drafts: list[_Draft] = []
    seen = await checkout_views.for_drivers(app.db, preview_ids)
    now = app.clock.now()
    for preview_id in preview_ids:
        try:
            drafted = await _draw_up(app, seen.get(preview_id), now)
        except Exception as error:
            log.info("order %s is not placed with others: %s", preview_id, type(error).__name__)
            continue
        if isinstance(drafted, Next):
            outcomes[preview_id] = _Outcome(drafted)
        else:
            drafts.append(drafted)
    if drafts:
        await one_try(app.db, lambda session: _write(app, drafts, now, session))
    return outcomes | {draft.seen.checkout.id: draft.placed() for draft in drafts}


async def _place_alone(app: App, preview_id: ObjectId) -> _Outcome:
    seen = await checkout_views.for_driver(app.db, preview_id)
    now = app.clock.now()
    try:
        drafted = await _draw_up(app, seen, now)
    except _PreviewLostError as lost:
        return await _without_preview(app, lost.seen)
    if isinstance(drafted, Next):
        return _Outcome(drafted)
    try:
        with outbox.committing(app):
            moved = await moves(app.db, lambda session: _write(app, [drafted], now, session))
    except DuplicateKeyError as error:
        if index_of(error) != ("orders", "_id_"):
            raise
        await _settle(app, drafted.seen)
        await outbox.publish_after_commit(app, preview_id)
        moved = False
    return drafted.placed() if moved else _Outcome(await what_next(app, preview_id))


class _PreviewLostError(Exception):
    """A claimed checkout has no preview: it went with the primary that had acknowledged it."""

    def __init__(self, seen: DriverView) -> None:
        super().__init__()
        self.seen = seen


async def _without_preview(app: App, seen: DriverView) -> _Outcome:
    """End an unpaid claim that can never be an order, so that the diner can order again; a paid one is a person's."""
    checkout, payment = seen.checkout, seen.payment
    if await orders.exists(app.db, checkout.id):
        await _settle(app, seen)
        return _Outcome(await what_next(app, checkout.id))
    if payment is not None:
        await payments.flag(app.db, payment.id, "is approved, and the preview of its order is lost")
        return _Outcome(AT_REST)
    decision = Decision(by="system", reason="preview lost", at=app.clock.now())
    if await give_up(app, checkout, None, [], decision=decision, moved_by="driver"):
        log.error("checkout %s is abandoned: its preview is lost", checkout.id)
    return _Outcome(await what_next(app, checkout.id))


async def _draw_up(app: App, seen: DriverView | None, now: datetime) -> _Draft | Next:
    """The order of a claimed checkout; where it is not to be placed now, what comes next instead."""
    following = next_step(seen.checkout if seen else None, seen.payment if seen else None)
    if seen is None or seen.checkout.claim is None or following.step != "place_order":
        return following
    if seen.preview is None:
        raise _PreviewLostError(seen)
    checkout, claim = seen.checkout, seen.checkout.claim
    kitchen = claim.kitchen or await _kitchen_now(app, checkout)
    day = business_date(kitchen.timezone, kitchen.business_day_starts_at, now)
    placed = order_from_preview(
        seen.preview,
        kitchen,
        order_code=await order_codes.draw(app, checkout.location_id, day, now),
        request_id=claim.request_id,
        payment=seen.payment,
        counter=claim.counter,
        now=now,
        trace=checkout.trace,
    )
    rows = [
        order_events.row(placed.document, seq, change.kind, change.payload, by=change.by, at=now, reaches=app.reaches)
        for seq, change in enumerate(placed.changes, start=1)
    ]
    tickets = [
        print_jobs.document(printer.id, placed.document, at=now, by="system")
        for printer in printing.at_creation(kitchen.printers, placed.document)
    ]
    return _Draft(seen, placed.document, rows, answering.duty_of(placed.document, kitchen), tickets)


async def _kitchen_now(app: App, checkout: Checkout) -> Kitchen:
    place = await places.location_with_stations(app.db, checkout.restaurant_id, checkout.location_id)
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    return kitchen_of(*place)


async def _write(app: App, drafts: Sequence[_Draft], now: datetime, session: Session) -> None:
    """claimed -> placed with the orders, their rows, their duties and their tickets.

    Raises MovedError, DuplicateKeyError.
    """
    told_at = [None if draft.duty is None else draft.duty["nextAt"] for draft in drafts]
    await _to_placed(app, [draft.seen for draft in drafts], told_at, now, session)
    await orders.insert(app.db, [draft.order for draft in drafts], session)
    await order_events.insert(app.db, [row for draft in drafts for row in draft.rows], session)
    if left := [draft.duty for draft in drafts if draft.duty is not None]:
        await duties.insert(app.db, left, session)
    if tickets := [ticket for draft in drafts for ticket in draft.tickets]:
        await print_jobs.insert(app.db, tickets, session)


async def _settle(app: App, seen: DriverView) -> bool:
    """claimed -> placed for an order that exists already, as after a restore of only some collections."""
    return await moves(app.db, lambda session: _to_placed(app, [seen], [None], app.clock.now(), session))


async def _to_placed(
    app: App, placed: Sequence[DriverView], told_at: Sequence[datetime | None], now: datetime, session: Session
) -> None:
    """claimed -> placed, and with it each attempt's payment approved -> ordered.

    `told_at`: of each, when its orchestration tells that nobody has accepted. Raises MovedError.
    """
    dates = rest_dates(now, "placed")
    claimed = [one.checkout for one in placed]
    await checkouts.place(
        app.db,
        claimed,
        placed_at=now,
        duties=[],
        next_wake_at=None,
        purge_at=dates.checkout,
        over_by=[over_by(one, now, at) for one, at in zip(claimed, told_at, strict=True)],
        session=session,
    )
    for payment in (one.payment for one in placed):
        if payment is not None:
            await payments.must_move(app.db, payment, "ordered", at=now, by="driver", session=session)
    await previews.purge_at(app.db, [checkout.id for checkout in claimed], dates.preview, session)
