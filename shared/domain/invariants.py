"""What must be true of every order (rules 9). Each function takes values, and gives a sentence for each difference.

The numbers are those of the eight invariants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bson import ObjectId

from shared.documents.checkouts import Checkout
from shared.documents.orders import Order, OrderEvent
from shared.domain.announcements import location_group, order_group, station_group
from shared.domain.order_states import PICKED_UP, illegal_moves, last_status
from shared.ids import is_hex24

ON_ITS_WAY = timedelta(seconds=30)
"""How long a change may wait to be published before that is a difference."""

LINES_HELD_FOR = timedelta(minutes=30)
CHECKOUT_KEPT_FOR = timedelta(days=29)
"""A placed checkout is purged after 30 days: within 29 it must be there."""

MONEY, ONE_ORDER, NO_LOST_PAYMENT, SEQUENCE, TOLD, LEGAL_MOVES, ONE_TENANT, TRAIL = range(1, 9)
TITLES = {
    MONEY: "money at the gateway is what the documents say",
    ONE_ORDER: "one order for each checkout, and each line ordered once",
    NO_LOST_PAYMENT: "every approved payment has its order, or was given back",
    SEQUENCE: "an order's changes are numbered without gaps",
    TOLD: "every change was told to its location and its stations",
    LEGAL_MOVES: "orders and payments move only as they may",
    ONE_TENANT: "nothing crosses a tenant",
    TRAIL: "each restaurant's trail is whole",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it must be: which invariant, which document, and what is wrong."""

    invariant: int
    what: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Place:
    """The tenant and the location that a document names."""

    restaurant_id: str
    location_id: ObjectId | str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Place:
        """The place of a stored document."""
        return cls(str(document.get("restaurantId") or ""), document.get("locationId") or "")

    def __str__(self) -> str:
        return f"{self.restaurant_id}/{self.location_id}"


def pairing(order: Order, checkout: Checkout | None, now: datetime) -> Iterator[Difference]:
    """2: an order has a checkout with its id, and that one is placed."""
    if checkout is None:
        if order.started_at is None or now - order.started_at < CHECKOUT_KEPT_FOR:
            yield Difference(ONE_ORDER, f"order {order.id}", "has no checkout")
    elif checkout.state != "placed":
        yield Difference(ONE_ORDER, f"order {order.id}", f"exists, but its checkout is {checkout.state}")


def numbering(order: Order, rows: Sequence[OrderEvent]) -> Iterator[Difference]:
    """4: the rows of an order run from 1 to its version, each once, and each id ends with its number."""
    what = f"order {order.id}"
    counted = Counter(row.seq for row in rows)
    version = order.version or 0
    missing = [seq for seq in range(1, version + 1) if seq not in counted]
    if missing:
        yield Difference(SEQUENCE, what, f"has version {version}, but no row {_few(missing)}")
    beyond = sorted(seq for seq in counted if not 1 <= seq <= version)
    if beyond:
        yield Difference(SEQUENCE, what, f"has version {version}, but row {_few(beyond)}")
    twice = sorted(seq for seq, count in counted.items() if count > 1)
    if twice:
        yield Difference(SEQUENCE, what, f"has row {_few(twice)} twice")
    for row in rows:
        if row.id != f"{order.id}:{row.seq}":
            yield Difference(SEQUENCE, f"row {row.id}", f"should be {order.id}:{row.seq}")


def on_their_way(rows: Sequence[OrderEvent], now: datetime) -> list[OrderEvent]:
    """Rows that are not published yet, and too young for that to be a difference."""
    return [row for row in rows if row.published_at is None and now - row.created_at < ON_ITS_WAY]


def telling(order: Order, rows: Sequence[OrderEvent], now: datetime) -> Iterator[Difference]:
    """5: every row was sent to the order's diner, location and stations; and every item goes to a station or a lane."""
    expected = {order_group(order.id), location_group(order.location_id)}
    expected |= {station_group(route.station_id) for route in order.routing}
    for row in rows:
        what = f"row {row.id}"
        if row.published_at is None:
            if now - row.created_at >= ON_ITS_WAY:
                age = round((now - row.created_at).total_seconds())
                yield Difference(TOLD, what, f"was told to nobody for {age} s")
            continue
        left_out = sorted(expected - set(row.sent_to))
        if left_out:
            yield Difference(TOLD, what, f"was not sent to {_few(left_out)}")
    routed = {item_id for route in order.routing for item_id in route.item_ids} | set(order.unrouted)
    lost = [item.id for item in order.items if item.id not in routed]
    if lost:
        yield Difference(TOLD, f"order {order.id}", f"has items that go to no station and to no lane: {_few(lost)}")


def moving(order_id: object, status: str, rows: Sequence[OrderEvent], *, ours: bool) -> Iterator[Difference]:
    """6: an order moved only as the table allows, and its status is where its rows lead.

    `ours`: this server placed it, so its history begins with `created`.
    """
    what = f"order {order_id}"
    kinds = [row.type for row in sorted(rows, key=lambda row: row.seq)]
    if ours and kinds and kinds[0] != "created":
        yield Difference(LEGAL_MOVES, what, f"begins with {kinds[0]}")
    for before, after in illegal_moves(kinds):
        yield Difference(LEGAL_MOVES, what, f"went from {before} to {after}")
    end = last_status(kinds)
    if end is not None and end != status:
        yield Difference(LEGAL_MOVES, what, f"is {status or 'without status'}, but its rows lead to {end}")


def clearing(order: Order, rows: Sequence[OrderEvent]) -> Iterator[Difference]:
    """6: an order that was cleared off the screens is at its end, and its rows say that it was cleared."""
    told = any(row.type == "ready" and row.payload.get("cleared") is True for row in rows)
    if told != (order.cleared_at is not None):
        yield Difference(LEGAL_MOVES, f"order {order.id}", "was cleared, and only one of it and its rows says so")
    elif told and order.status != PICKED_UP:
        yield Difference(LEGAL_MOVES, f"order {order.id}", f"was cleared, and is {order.status}")


def same_place(what: str, place: Place, others: Mapping[str, Place]) -> Iterator[Difference]:
    """7: documents of one order name one restaurant and one location. `others` by what they are."""
    for name, other in others.items():
        if other != place:
            yield Difference(ONE_TENANT, what, f"is of {place}, but {name} is of {other}")


def groups_of_others(order: Order, row: OrderEvent, stations: Mapping[str, Place]) -> Iterator[Difference]:
    """7: a row was sent to no group of another order, location or tenant. `stations` by id, those that exist."""
    place = Place(order.restaurant_id, order.location_id)
    own = {order_group(order.id), location_group(order.location_id)}
    for group in row.sent_to:
        kind, _, target = group.partition(".")
        if kind == "station":
            if target in stations and stations[target] != place:
                yield Difference(ONE_TENANT, f"row {row.id}", f"was sent to {group}, a station of {stations[target]}")
        elif group not in own:
            yield Difference(ONE_TENANT, f"row {row.id}", f"was sent to {group}, which is not its order's")


def ordered_twice(line_id: str, times: Mapping[str, datetime]) -> Iterator[Difference]:
    """2: no line with a client-made id is in two orders within 30 minutes. `times` is when each order was placed."""
    if not is_hex24(line_id):
        return
    in_order = sorted(times.items(), key=lambda entry: entry[1])
    for (first, at), (second, later) in pairwise(in_order):
        if later - at < LINES_HELD_FOR:
            yield Difference(ONE_ORDER, f"line {line_id}", f"is in orders {first} and {second}")


def _few(values: Sequence[object]) -> str:
    shown = ", ".join(str(value) for value in values[:5])
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"
