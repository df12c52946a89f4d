"""The audit: whether a database holds what must be true of every order (checkout rules 9).

It only reads, in batches that each show one moment, so that it may run while orders are being placed.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.clock import Clock
from shared.documents.base import Document
from shared.documents.checkouts import Checkout
from shared.documents.orders import Order, OrderEvent
from shared.domain import invariants, order_states
from shared.domain.invariants import Difference, Place
from shared.domain.opening_hours import zone
from shared.store import audit as store
from shared.store.client import Database

LISTED = 100
"""So many differences of each invariant are kept in full; all are counted."""

_SETTLE_PAUSE_SECONDS = 0.25
_GIVEN_UP = (order_states.CANCELLED, order_states.REJECTED)

D = TypeVar("D", bound=Document)
Raw = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Told what is being read, how much of it is done, and how much there is, roughly."""


@dataclass(slots=True)
class Report:
    """What was compared and what came of it.

    `original_orders` were placed by the original server: only invariants 3, 6 and 7 hold for them. `on_their_way` are
    changes too young to be missed, and checkouts that are just being placed. `unchecked` says why an invariant was
    not looked at.
    """

    compared: Counter[str] = field(default_factory=lambda: Counter(orders=0, rows=0, checkouts=0, locations=0))
    original_orders: int = 0
    on_their_way: list[str] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)
    listed: list[Difference] = field(default_factory=list)
    unchecked: dict[int, str] = field(default_factory=dict)

    @property
    def differences(self) -> int:
        """How many differences there are in all."""
        return self.counts.total()

    def add(self, differences: Iterable[Difference]) -> None:
        """Count differences, and keep the first ones of each invariant."""
        for difference in differences:
            self.counts[difference.invariant] += 1
            if self.counts[difference.invariant] <= LISTED:
                self.listed.append(difference)


async def settle(db: Database, seconds: float) -> bool:
    """Wait until nothing is on its way, at most so long; returns whether that came to be."""
    until = time.monotonic() + seconds
    while True:
        rows, claimed = await store.waiting(db)
        if not rows and not claimed:
            return True
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(_SETTLE_PAUSE_SECONDS)


async def audit(db: Database, clock: Clock, progress: Progress = lambda what, done, total: None) -> Report:
    """Check the whole database."""
    report = Report()
    has_payments = await store.has(db, "payments")
    nothing = "there are no payments yet"
    report.unchecked[invariants.MONEY] = "there is no gateway to compare with" if has_payments else nothing
    if not has_payments:
        report.unchecked[invariants.NO_LOST_PAYMENT] = nothing
    await _orders(db, clock, report, progress, with_payments=has_payments)
    await _checkouts(db, report, progress)
    for row in await store.rows_without_order(db):
        report.add(
            [Difference(invariants.ONE_ORDER, f"order {row['_id']}", f"has {row['rows']} rows, but is not there")]
        )
    if has_payments:
        report.compared["payments"] = await store.count(db, "payments")
        for payment in await store.payments_without_order(db, clock.now() - invariants.ON_ITS_WAY):
            sentence = f"is {payment.get('state')}, without an order"
            report.add([Difference(invariants.NO_LOST_PAYMENT, f"payment {payment['_id']}", sentence)])
    await _locations(db, report, progress)
    return report


async def _orders(db: Database, clock: Clock, report: Report, progress: Progress, *, with_payments: bool) -> None:
    total = await store.count(db, "orders")
    async for ids in store.pages(db, "orders"):
        batch = await store.order_batch(db, ids, with_payments=with_payments)
        now = clock.now()
        for raw in batch.orders:
            _order(raw, batch, now, report)
        report.compared["orders"] += len(batch.orders)
        progress("orders", report.compared["orders"], total)


def _order(raw: Raw, batch: store.OrderBatch, now: datetime, report: Report) -> None:
    key = raw["_id"]
    what = f"order {key}"
    raw_rows = batch.rows.get(key, [])
    rows = [row for row in (_read(OrderEvent, stored, report) for stored in raw_rows) if row is not None]
    report.compared["rows"] += len(raw_rows)
    place = Place.of(raw)
    ours = raw.get("version") is not None
    report.add(invariants.standing_on_nothing(key, batch.payments.get(key, [])))
    report.add(invariants.moving(key, str(raw.get("status") or ""), rows, ours=ours))
    report.add(invariants.same_place(what, place, _places_around(raw, batch, rows)))
    if not ours:
        report.original_orders += 1
        return
    order = _read(Order, raw, report)
    if order is None:
        return
    stored_checkout = batch.checkouts.get(key)
    checkout = _read(Checkout, stored_checkout, report) if stored_checkout else None
    if stored_checkout is None or checkout is not None:
        report.add(invariants.pairing(order, checkout, now))
    report.add(invariants.numbering(order, rows))
    report.add(invariants.telling(order, rows, now))
    stations = {key: Place.of(station) for key, station in batch.stations.items()}
    for row in rows:
        report.add(invariants.groups_of_others(order, row, stations))
    report.on_their_way += [f"row {row.id}" for row in invariants.on_their_way(rows, now)]


def _places_around(raw: Raw, batch: store.OrderBatch, rows: Iterable[OrderEvent]) -> Mapping[str, Place]:
    """The places of everything that belongs to an order, by what it is."""
    key, location_id = raw["_id"], raw.get("locationId")
    around = {f"row {row.seq}": Place(row.restaurant_id, row.location_id) for row in rows}
    if key in batch.checkouts:
        around["its checkout"] = Place.of(batch.checkouts[key])
    if key in batch.previews:
        around["its preview"] = Place.of(batch.previews[key])
    if location_id is not None and location_id in batch.locations:
        around["its location"] = Place(str(batch.locations[location_id].get("restaurantId") or ""), location_id)
    for route in raw.get("routing") or []:
        station_id = str(route.get("stationId")) if isinstance(route, dict) else ""
        if station_id in batch.stations:
            around[f"station {station_id}"] = Place.of(batch.stations[station_id])
    return around


async def _checkouts(db: Database, report: Report, progress: Progress) -> None:
    total = await store.count(db, "checkouts")
    async for ids in store.pages(db, "checkouts"):
        batch = await store.checkout_batch(db, ids)
        for raw in batch.checkouts:
            key, state = raw["_id"], raw.get("state")
            what = f"checkout {key}"
            if state == "placed" and key not in batch.orders:
                report.add([Difference(invariants.ONE_ORDER, what, "is placed, but there is no order")])
            if state == "claimed":
                report.on_their_way.append(what)
            if key in batch.previews:
                report.add(invariants.same_place(what, Place.of(raw), {"its preview": Place.of(batch.previews[key])}))
        report.compared["checkouts"] += len(batch.checkouts)
        progress("checkouts", report.compared["checkouts"], total)


async def _locations(db: Database, report: Report, progress: Progress) -> None:
    total = await store.count(db, "locations")
    async for location in store.locations(db):
        name = str(location.get("timezone") or "")
        for row in await store.codes_used_twice(db, location, name if name and zone(name) else "UTC"):
            sentence = f"is the code of {row['n']} orders on {row['_id']['day']}: {_few(row['orders'])}"
            report.add([Difference(invariants.ONE_ORDER, f"code {row['_id'].get('code')}", sentence)])
        for row in await store.lines_ordered_twice(db, location, _GIVEN_UP):
            times = {str(order["id"]): order["at"] for order in row["orders"]}
            report.add(invariants.ordered_twice(str(row["_id"]), times))
        report.compared["locations"] += 1
        progress("locations", report.compared["locations"], total)


def _read(kind: type[D], raw: Raw, report: Report) -> D | None:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in entry["loc"]) for entry in error.errors()}))
        sentence = f"cannot be read as {kind.__name__}: {fields}"
        report.add([Difference(invariants.SEQUENCE, f"{kind.__name__.lower()} {raw.get('_id')}", sentence)])
        return None


def _few(values: list[Any]) -> str:
    return ", ".join(str(value) for value in values[:3]) + (" ..." if len(values) > 3 else "")
