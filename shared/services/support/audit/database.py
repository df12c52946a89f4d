"""The audit: whether a database holds what must be true of every order (rules 9).

It only reads. Each batch shows one moment, so the audit may run while orders are being placed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.clock import Clock
from shared.documents.checkouts import Checkout
from shared.documents.orders import Order, OrderEvent
from shared.documents.payments import Payment
from shared.domain import invariants, money_invariants, order_states
from shared.domain.hours_texts import zone
from shared.domain.invariants import Difference, Place
from shared.domain.money_invariants import OrderMoney
from shared.services.support.audit import payments, trails
from shared.services.support.audit.report import Progress, Raw, Report, readable
from shared.services.support.gateway_books import Books
from shared.store.mongo.client import Database
from shared.store.support import audit as store
from shared.store.support.audit_payments import count_on_their_way

__all__ = ["Report", "audit", "settle"]

_SETTLE_PAUSE_SECONDS = 0.25
_GIVEN_UP = (order_states.CANCELLED, order_states.REJECTED)


async def settle(db: Database, seconds: float) -> bool:
    """Wait until nothing is on its way, at most `seconds`. False where something still is."""
    until = time.monotonic() + seconds
    while True:
        rows, claimed = await store.waiting(db)
        if not rows and not claimed and not await count_on_their_way(db):
            return True
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(_SETTLE_PAUSE_SECONDS)


async def audit(
    db: Database,
    clock: Clock,
    progress: Progress = lambda what, done, total: None,
    *,
    books: Books | None = None,
) -> Report:
    """Check the whole database. With `books`, also that the gateway has what the payments' documents say; raises
    NoAnswerError where those cannot be opened."""
    report = Report()
    # First, so that a ledger is not older than what it is compared with by more than it takes to read the payments.
    await payments.check(db, clock, report, progress, books)
    await _orders(db, clock, report, progress)
    await _checkouts(db, report, progress)
    for row in await store.rows_without_order(db):
        report.add(
            [Difference(invariants.ONE_ORDER, f"order {row['_id']}", f"has {row['rows']} rows, but is not there")]
        )
    await _locations(db, report, progress)
    await trails.check(db, report, progress)
    return report


async def _orders(db: Database, clock: Clock, report: Report, progress: Progress) -> None:
    total = await store.count(db, "orders")
    async for ids in store.pages(db, "orders"):
        batch = await store.order_batch(db, ids)
        now = clock.now()
        for raw in batch.orders:
            _order(raw, batch, now, report)
        report.compared["orders"] += len(batch.orders)
        progress("orders", report.compared["orders"], total)


def _order(raw: Raw, batch: store.OrderBatch, now: datetime, report: Report) -> None:
    key = raw["_id"]
    what = f"order {key}"
    raw_rows = batch.rows.get(key, [])
    rows = [row for row in (report.read(OrderEvent, stored) for stored in raw_rows) if row is not None]
    report.compared["rows"] += len(raw_rows)
    place = Place.of(raw)
    # One of the original server's that was moved here has a version by now, and no history of its first half.
    ours = raw.get("version") is not None and raw.get("createdAt") is not None
    report.add(invariants.moving(key, str(raw.get("status") or ""), rows, ours=ours))
    report.add(invariants.same_place(what, place, _places_around(raw, batch, rows)))
    if not ours:
        report.original_orders += 1
        return
    order = report.read(Order, raw)
    if order is None:
        return
    stored_checkout = batch.checkouts.get(key)
    checkout = report.read(Checkout, stored_checkout) if stored_checkout else None
    if stored_checkout is None or checkout is not None:
        report.add(invariants.pairing(order, checkout, now))
    if raw.get("historyGone") is not True:
        # The rows of an old order may be deleted (rules 24.6).
        report.add(invariants.numbering(order, rows))
        report.add(invariants.clearing(order, rows))
    report.add(invariants.telling(order, rows, now))
    stations = {key: Place.of(station) for key, station in batch.stations.items()}
    for row in rows:
        report.add(invariants.groups_of_others(order, row, stations))
    _money(raw, batch, checkout, report)
    report.on_their_way += [f"row {row.id}" for row in invariants.on_their_way(rows, now)]


def _money(raw: Raw, batch: store.OrderBatch, checkout: Checkout | None, report: Report) -> None:
    # Those that cannot be read are told where the payments are checked.
    attempts = readable(Payment, batch.payments.get(raw["_id"], []))
    order = OrderMoney.of(raw)
    promised = checkout is not None and checkout.claim is not None and checkout.claim.kind != "none"
    report.add(money_invariants.paid(order, attempts, promised=promised))
    report.add(money_invariants.given_back(order, attempts))
    report.add(money_invariants.standing(order, attempts))


def _places_around(raw: Raw, batch: store.OrderBatch, rows: Iterable[OrderEvent]) -> Mapping[str, Place]:
    """The place of each document that belongs to an order, by the document's name."""
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


def _few(values: list[Any]) -> str:
    return ", ".join(str(value) for value in values[:3]) + (" ..." if len(values) > 3 else "")
