"""Staff move an order: accept, ready, picked up, recall, reject, cancel (contract 23, rules 13).

What decides is read inside the transaction that writes the move and its row. So of moves that come together one is made
after the other, and each that is too late hears where the order stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from shared.api.base import iso
from shared.app import App
from shared.documents.orders import Order
from shared.documents.places import KitchenPrinter, Location, Station
from shared.domain import printing
from shared.domain.order_documents import Change
from shared.domain.order_states import (
    ACCEPTED,
    CREATED,
    GIVEN_UP,
    OPEN,
    READY_FOR_PICKUP,
    RECALLED_WITHIN,
    TABLE,
    Mover,
    ask,
)
from shared.domain.roles import Caller, Device
from shared.domain.routing import shown_at, told
from shared.domain.screens import NOT_DRAWN, last_seen, shown_by
from shared.errors import INVALID_REQUEST, ORDER_MOVED, ORDER_NOT_FOUND, Problem
from shared.ids import object_id
from shared.services.orders import answering, ending, history
from shared.services.orders.showing import sees_all, shown_stations
from shared.services.staff import admitting
from shared.services.staff.admitting import Wanted
from shared.services.telling import outbox
from shared.store import orders, places, print_jobs
from shared.store.mongo.client import Session
from shared.store.support import attention_entries
from shared.telemetry import events

REFUSALS = (INVALID_REQUEST, ORDER_MOVED, ORDER_NOT_FOUND, *admitting.REFUSALS, *ending.REFUSALS)
MISSING = ORDER_NOT_FOUND
"""The answer for an order that there is not, or that is not the caller's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of an order.

    `seq`: what the screen has seen of it, None where it does not say. `by_hand`: money that the original server took is
    given back outside.
    """

    to: str
    reason: str = ""
    seq: int | None = None
    recall: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """An order with its location and the location's stations, as they were read before the transaction.

    `shown`: the ids of the items that the caller sees.
    """

    order: Order
    location: Location | None
    stations: Sequence[Station]
    shown: frozenset[str]


async def place_of(app: App, order_id: str) -> tuple[str, str] | None:
    """The restaurant and the location of an order; None where there is none of this id."""
    key = object_id(order_id)
    return None if key is None else await orders.place_of(app.db, key)


async def look(app: App, order_id: str, caller: Caller) -> Seen:
    """The order as the caller may see it. Raises Problem ORDER_NOT_FOUND where there is none, or none on its screen."""
    key = object_id(order_id)
    order = None if key is None else await orders.get(app.db, key)
    if order is None:
        raise Problem(ORDER_NOT_FOUND)
    place = await places.location_with_stations(app.db, order.restaurant_id, order.location_id)
    location, stations = place or (None, [])
    if sees_all(caller):
        return Seen(order, location, stations, frozenset(item.id for item in order.items))
    mine = shown_stations(caller)
    tags = [tag for station in stations if str(station.id) in mine for tag in station.tags]
    shown = frozenset(shown_at(order, stations, tags, mine))
    if not shown:
        raise Problem(ORDER_NOT_FOUND)
    return Seen(order, location, stations, shown)


async def recall(
    app: App, restaurant_id: str, location_id: str, order_id: str, caller: Caller, *, seq: int | None, request_id: str
) -> Order:
    """Bring a ready order back to the kitchen, within 60 minutes. Raises Problem (REFUSALS)."""
    if await place_of(app, order_id) != (restaurant_id, location_id):
        raise Problem(ORDER_NOT_FOUND)
    return await move(app, order_id, Wish(ACCEPTED, seq=seq, recall=True), caller, request_id=request_id)


async def move(app: App, order_id: str, wish: Wish, caller: Caller, *, request_id: str) -> Order:
    """Move an order, tell everyone, and return it as it is then. What it is already changes nothing.

    Raises Problem (REFUSALS); ORDER_MOVED with the order's `status` and `seq`.
    """
    seen = await look(app, order_id, caller)
    order = seen.order
    mover = await _mover(app, caller, order, wish)
    if wish.to in GIVEN_UP and not wish.reason.strip():
        message = "Say why: this field is required."
        raise Problem(INVALID_REQUEST, message, detail=[{"field": "reason", "message": message}])
    by = caller.actor_in(order.restaurant_id).by
    told_of = {"correlationId": order.meta.correlation_id or request_id, "stations": told(order, seen.stations)}

    def is_so(there: Order) -> bool:
        return not _moves(there, wish, mover, app.clock.now())

    async def body(session: Session, there: Order) -> Order:
        return await make(
            app, there, wish, told_of, by=by, session=session, printers=printers, screens_seen_at=screens_seen_at
        )

    printers = printing.that_ask(seen.location.printers, seen.stations) if seen.location is not None else []
    screens_seen_at = last_seen(seen.location, seen.stations) if seen.location is not None else None
    if is_so(order):
        return order
    moved = await history.in_turn(app, order.id, is_so, body)
    if moved.version != order.version:
        about = {"orderId": order.id, "from": order.status, "to": moved.status, "restaurantId": order.restaurant_id}
        events.event("update_order_status", about)
        if (order.status, moved.status) == (CREATED, ACCEPTED):
            events.event("manual_accept", about)
        await outbox.publish_after_commit(app, order.id)
    return moved


async def _mover(app: App, caller: Caller, order: Order, wish: Wish) -> Mover:
    """Who the caller is to this order. Raises Problem FORBIDDEN where such a move is never theirs."""
    mover = mover_of(caller, order.restaurant_id)
    if ask(order.status, wish.to, mover) != "forbidden":
        return mover
    least = next(move.least for (_, to), move in TABLE.items() if to == wish.to)
    # A no is never given from memory.
    again = await admitting.admit(app, caller, Wanted(least, order.restaurant_id, str(order.location_id)))
    return mover_of(again, order.restaurant_id)


def mover_of(caller: Caller, restaurant_id: str) -> Mover:
    """The caller as the table of moves knows it."""
    return "device" if isinstance(caller, Device) else admitting.role_of(caller, restaurant_id)


def _moves(order: Order, wish: Wish, mover: Mover, now: datetime) -> bool:
    """Whether the wish changes the order; False where it is so already. Raises Problem ORDER_MOVED."""
    answer = ask(order.status, wish.to, mover, recall=wish.recall)
    if answer == "repeats":
        return False
    if answer != "moves" or passed(order, wish.seq):
        raise moved_on(order)
    if wish.recall:
        hold_recall(order, now)
    return True


def hold_recall(order: Order, now: datetime) -> None:
    """Raises Problem ORDER_MOVED where a ready order cannot be recalled any more."""
    since = ready_at(order)
    if since is None or now - since > RECALLED_WITHIN:
        raise moved_on(order, "An order can be recalled for 60 minutes after it was ready.")


def ready_at(order: Order) -> datetime | None:
    """Since when an order is ready. The original does not store it, but completes its last item then."""
    completed = [item.completed_at for item in order.items if item.completed_at is not None]
    return order.ready_at or max(completed, default=None)


def passed(order: Order, seq: int | None) -> bool:
    """Whether the order has changed since the screen saw it."""
    return seq is not None and (order.version or 0) > seq


def moved_on(order: Order, message: str | None = None) -> Problem:
    """The answer to a change that comes too late, with where the order stands."""
    return Problem(ORDER_MOVED, message, extra={"status": order.status, "seq": order.version or 0})


async def make(
    app: App,
    order: Order,
    wish: Wish,
    told_of: dict[str, Any],
    *,
    by: str,
    session: Session,
    printers: Sequence[KitchenPrinter] = (),
    also: Mapping[str, Any] = MappingProxyType({}),
    screens_seen_at: datetime | None = None,
) -> Order:
    """Write a move that is legal, with its row, and all that must come with it. Raises MovedError, and Problem
    (ending.REFUSALS).

    `told_of`: what the messages of its row need. `by`: who moves it, as rows say it. `printers`: those of the location
    that ask for their tickets. `also`: what else is written into the order. `screens_seen_at`: when any of its screens
    was seen last.
    """
    now = app.clock.now()
    reason = {"reason": wish.reason.strip()} if wish.reason.strip() else {}
    change = Change(TABLE[order.status, wish.to].kind, told_of | reason, by)
    open_items = [{"open.completedAt": None}] if wish.to == READY_FOR_PICKUP and order.items else []
    moved = await history.change(
        app,
        order,
        [change],
        {**_fields(order, wish, by, now), **_of_screens(order, wish, screens_seen_at, now), **also},
        at=now,
        session=session,
        only=open_items,
    )
    if order.status == CREATED:
        await answering.answered(app, order, session, at=now)
    if order.not_drawn_since is not None:
        await attention_entries.end(app.db, f"{NOT_DRAWN}:{order.id}", now, session)
    if order.status == CREATED and wish.to == ACCEPTED:
        await _print(app, order, told_of, printers, by=by, at=now, session=session)
    if wish.to not in GIVEN_UP:
        return moved
    cents = await ending.give_back(app, order, session, by=by, at=now, reason=wish.reason.strip(), by_hand=wish.by_hand)
    return moved.model_copy(update={"refunded_cents": order.refunded_cents + cents})


async def _print(
    app: App,
    order: Order,
    told_of: dict[str, Any],
    printers: Sequence[KitchenPrinter],
    *,
    by: str,
    at: datetime,
    session: Session,
) -> None:
    """Write the tickets of an order that is accepted now."""
    of_order = order.model_dump(by_alias=True, include={"id", "restaurant_id", "location_id", "order_code"})
    stations = {station["stationId"] for station in told_of["stations"]}
    tickets = [
        print_jobs.document(printer.id, of_order, at=at, by=by)
        for printer in printing.at_acceptance(printers, stations)
    ]
    if tickets:
        await print_jobs.insert(app.db, tickets, session)


def _fields(order: Order, wish: Wish, by: str, now: datetime) -> dict[str, Any]:
    """What a move writes into the order. A start of an item is never touched (contract O3)."""
    fields: dict[str, Any] = {"status": wish.to}
    if wish.to == READY_FOR_PICKUP:
        fields["readyAt"] = now
        if order.items:
            fields["items.$[open].completedAt"] = now
    elif wish.recall:
        # It is back on all screens that had finished it.
        fields |= {"recalledAt": now, "stationMarks": []}
    elif wish.to == ACCEPTED:
        fields |= {"meta.acceptedBy": "user", "meta.acceptedAt": iso(now), "meta.autoAccept": False}
    elif wish.to not in OPEN:
        fields["endedAt"] = now
        if wish.to in GIVEN_UP:
            fields["endReason"] = wish.reason.strip()
    return fields


def _of_screens(order: Order, wish: Wish, screens_seen_at: datetime | None, now: datetime) -> dict[str, Any]:
    """An order that is accepted now must be shown by a screen, where there are some; one that leaves the kitchen need
    not be shown any more (rules 22)."""
    if order.status == CREATED and wish.to == ACCEPTED:
        return {"showBy": shown_by(screens_seen_at, now)}
    left = {"showBy": order.show_by, "notDrawnSince": order.not_drawn_since}
    return {name: None for name, value in left.items() if value is not None}
