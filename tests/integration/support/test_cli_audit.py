"""`orderbuddy audit` on a real database: silent on good data, and each kind of damage is found by its invariant."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain import invariants
from shared.memory.slots import Memory
from shared.services.ordering import previewing, unpaid
from shared.services.support.audit.database import Report, audit
from shared.store.support import audit as store
from tests.integration.cli import orderbuddy
from tests.integration.world import World, line_id

Damage = Callable[[App, World, ObjectId], Coroutine[Any, Any, None]]


async def order(app: App, world: World, *dishes: str, lines: list[str] | None = None) -> ObjectId:
    made = await previewing.preview(app, world.request(*dishes, lines=lines), request_id="req-1")
    return (await unpaid.place_without_payment(app, made.preview_order_id, request_id="req-2")).order_id


async def checked(app: App) -> Report:
    return await audit(app.db, app.clock)


async def update(app: App, collection: str, key: Any, **fields: Any) -> None:
    result = await app.db[collection].update_one({"_id": key}, {"$set": fields})
    assert result.modified_count == 1


async def test_orders_as_the_checkout_places_them_are_good(app: App, world: World) -> None:
    for dishes in (["soup"], ["soup", "tea"], ["bread"]):
        await order(app, world, *dishes)
    await order(app, await World(auto_accepts=False).build(app), "tea")
    await previewing.preview(app, world.request("soup"), request_id="req-1")
    report = await checked(app)
    assert report.listed == []
    assert (report.compared["orders"], report.compared["rows"], report.compared["checkouts"]) == (4, 7, 5)
    assert report.on_their_way == []
    assert set(report.unchecked) == {invariants.MONEY}


async def order_code(app: App, world: World, **settings: str) -> tuple[str, str]:
    """The code of a new order, and its business date, once the location is set so."""
    if settings:
        await app.db.locations.update_one({"_id": world.location_id}, {"$set": settings})
    key = await order(replace(app, memory=Memory()), world, "soup")
    stored = await app.db.orders.find_one({"_id": key})
    assert stored is not None
    return stored["orderCode"], stored["businessDate"]


async def test_a_code_is_not_given_again_after_the_midnight_of_a_business_day(
    app: App, clock: FixedClock, world: World
) -> None:
    clock.moment = datetime(2026, 5, 4, 23, 50, tzinfo=UTC)
    evening = await order_code(app, world, timezone="UTC", businessDayStartsAt="04:00")
    clock.moment += timedelta(minutes=20)
    night = await order_code(app, world)
    assert evening[1] == night[1] == "2026-05-04"
    assert evening[0] != night[0]


async def test_a_zone_that_is_corrected_makes_no_differences(app: App, clock: FixedClock, world: World) -> None:
    clock.moment = datetime(2026, 5, 4, 22, 0, tzinfo=UTC)
    before = await order_code(app, world, timezone="Pacific/Kiritimati")
    after = await order_code(app, world, timezone="America/Los_Angeles")
    assert (before[1], after[1]) == ("2026-05-05", "2026-05-04")
    assert (await checked(app)).listed == []


async def test_an_empty_database_is_good(app: App) -> None:
    report = await checked(app)
    assert (report.differences, report.compared["orders"]) == (0, 0)


async def lose_checkout(app: App, world: World, key: ObjectId) -> None:
    await app.db.checkouts.delete_one({"_id": key})


async def reopen_checkout(app: App, world: World, key: ObjectId) -> None:
    await update(app, "checkouts", key, state="open")


async def lose_order(app: App, world: World, key: ObjectId) -> None:
    await app.db.orders.delete_one({"_id": key})
    await app.db.order_events.delete_many({"orderId": key})


async def lose_order_but_its_rows(app: App, world: World, key: ObjectId) -> None:
    await app.db.orders.delete_one({"_id": key})
    await app.db.checkouts.delete_one({"_id": key})


async def order_a_line_twice(app: App, world: World, key: ObjectId) -> None:
    stored = await app.db.orders.find_one({"_id": key})
    assert stored is not None
    second = await order(app, world, "soup")
    await update(app, "orders", second, items=stored["items"], unrouted=[stored["items"][0]["id"]])


async def use_a_code_twice(app: App, world: World, key: ObjectId) -> None:
    stored = await app.db.orders.find_one({"_id": key})
    assert stored is not None
    await update(app, "orders", await order(app, world, "tea"), orderCode=stored["orderCode"])


async def lose_a_row(app: App, world: World, key: ObjectId) -> None:
    await app.db.order_events.delete_one({"_id": f"{key}:1"})


async def leave_a_gap(app: App, world: World, key: ObjectId) -> None:
    await update(app, "orders", key, version=3)


async def write_a_row_too_many(app: App, world: World, key: ObjectId) -> None:
    await update(app, "orders", key, version=1)


async def write_a_row_twice(app: App, world: World, key: ObjectId) -> None:
    row = await app.db.order_events.find_one({"_id": f"{key}:2"})
    assert row is not None
    await app.db.order_events.insert_one({**row, "_id": f"{key}:2b"})


async def spoil_a_row(app: App, world: World, key: ObjectId) -> None:
    await update(app, "order_events", f"{key}:2", seq="two")


async def leave_out_the_location(app: App, world: World, key: ObjectId) -> None:
    await app.db.order_events.update_one({"_id": f"{key}:1"}, {"$pull": {"sentTo": f"location.{world.location_id}"}})


async def leave_out_a_station(app: App, world: World, key: ObjectId) -> None:
    await app.db.order_events.update_one({"_id": f"{key}:2"}, {"$pull": {"sentTo": f"station.{world.kitchen_id}"}})


async def leave_out_the_diner(app: App, world: World, key: ObjectId) -> None:
    await app.db.order_events.update_one({"_id": f"{key}:2"}, {"$pull": {"sentTo": f"order.{key}"}})


async def tell_nobody(app: App, world: World, key: ObjectId) -> None:
    long_ago = app.clock.now() - timedelta(seconds=31)
    await update(app, "order_events", f"{key}:2", publishedAt=None, sentTo=[], createdAt=long_ago)


async def lose_an_item_on_the_way_to_the_kitchen(app: App, world: World, key: ObjectId) -> None:
    await update(app, "orders", key, routing=[], unrouted=[])


async def skip_a_status(app: App, world: World, key: ObjectId) -> None:
    await update(app, "order_events", f"{key}:2", type="picked_up")


async def begin_in_the_middle(app: App, world: World, key: ObjectId) -> None:
    await update(app, "order_events", f"{key}:1", type="item_started")


async def change_the_status_without_a_row(app: App, world: World, key: ObjectId) -> None:
    await update(app, "orders", key, status="PICKED_UP")


async def give_the_order_to_a_stranger(app: App, world: World, key: ObjectId) -> None:
    await update(app, "orders", key, restaurantId="somebody-else")


async def give_a_row_to_a_stranger(app: App, world: World, key: ObjectId) -> None:
    await update(app, "order_events", f"{key}:1", restaurantId="somebody-else")


async def give_the_checkout_to_a_stranger(app: App, world: World, key: ObjectId) -> None:
    await update(app, "checkouts", key, locationId=ObjectId())


async def give_the_preview_to_a_stranger(app: App, world: World, key: ObjectId) -> None:
    await update(app, "orders_preview", key, restaurantId="somebody-else")


async def tell_a_strangers_kitchen(app: App, world: World, key: ObjectId) -> None:
    other = await World().build(app)
    group = f"station.{other.kitchen_id}"
    await app.db.order_events.update_one({"_id": f"{key}:2"}, {"$addToSet": {"sentTo": group}})


async def tell_a_strangers_board(app: App, world: World, key: ObjectId) -> None:
    group = f"location.{ObjectId()}"
    await app.db.order_events.update_one({"_id": f"{key}:2"}, {"$addToSet": {"sentTo": group}})


async def route_to_a_strangers_kitchen(app: App, world: World, key: ObjectId) -> None:
    other = await World().build(app)
    await app.db.orders.update_one({"_id": key}, {"$set": {"routing.0.stationId": str(other.kitchen_id)}})


DAMAGES: list[tuple[Damage, int]] = [
    (lose_checkout, 2),
    (reopen_checkout, 2),
    (lose_order, 2),
    (lose_order_but_its_rows, 2),
    (order_a_line_twice, 2),
    (use_a_code_twice, 2),
    (lose_a_row, 4),
    (leave_a_gap, 4),
    (write_a_row_too_many, 4),
    (write_a_row_twice, 4),
    (spoil_a_row, 4),
    (leave_out_the_location, 5),
    (leave_out_a_station, 5),
    (leave_out_the_diner, 5),
    (tell_nobody, 5),
    (lose_an_item_on_the_way_to_the_kitchen, 5),
    (skip_a_status, 6),
    (begin_in_the_middle, 6),
    (change_the_status_without_a_row, 6),
    (give_the_order_to_a_stranger, 7),
    (give_a_row_to_a_stranger, 7),
    (give_the_checkout_to_a_stranger, 7),
    (give_the_preview_to_a_stranger, 7),
    (tell_a_strangers_kitchen, 7),
    (tell_a_strangers_board, 7),
    (route_to_a_strangers_kitchen, 7),
]


async def test_each_kind_of_damage_is_found(app: App, world: World) -> None:
    """One database for all, emptied in between: a database of its own for each would take ten times as long."""
    missed = []
    for damage, invariant in DAMAGES:
        key = await order(app, world, "soup")
        assert (await checked(app)).listed == []
        await damage(app, world, key)
        report = await checked(app)
        if not report.counts[invariant]:
            missed.append((damage.__name__, report.listed))
        for collection in ("orders", "order_events", "checkouts", "orders_preview"):
            await app.db[collection].delete_many({})
    assert missed == []


async def test_what_was_just_written_is_on_its_way_and_no_difference(app: App, world: World) -> None:
    key = await order(app, world, "soup")
    await update(app, "order_events", f"{key}:2", publishedAt=None, sentTo=[])
    report = await checked(app)
    assert (report.differences, report.on_their_way) == (0, [f"row {key}:2"])


async def test_a_line_may_be_ordered_again_after_half_an_hour_or_after_a_cancellation(app: App, world: World) -> None:
    for fields in ({"status": "CANCELLED"}, {"startedAt": app.clock.now() - timedelta(minutes=30)}):
        lines = [line_id()]
        first = await order(app, world, "soup", lines=lines)
        await app.db.checkouts.update_one({"_id": first}, {"$unset": {"heldLines": "", "cartKey": ""}})
        await order(app, world, "soup", lines=lines)
        assert (await checked(app)).counts[2] == 1
        await update(app, "orders", first, **fields)
        assert (await checked(app)).counts[2] == 0


async def test_orders_of_the_original_server_are_counted_and_checked_as_far_as_they_go(app: App, world: World) -> None:
    key = await order(app, world, "soup")
    stored = await app.db.orders.find_one({"_id": key})
    assert stored is not None
    ours = {"version", "routing", "unrouted"}
    original = {field: value for field, value in stored.items() if field not in ours}
    await app.db.orders.insert_many([{**original, "_id": ObjectId()}, {**original, "_id": "plain-text-id"}])
    await app.db.orders.insert_one({"status": "pending", "originId": "1", "items": [{"quantity": 2}]})
    report = await checked(app)
    assert (report.differences, report.original_orders, report.compared["orders"]) == (0, 3, 4)
    await update(app, "orders", "plain-text-id", restaurantId="somebody-else")
    assert (await checked(app)).counts == {7: 1}


async def test_a_purged_checkout_is_not_missed(app: App, world: World) -> None:
    key = await order(app, world, "soup")
    await app.db.checkouts.delete_one({"_id": key})
    await update(app, "orders", key, startedAt=app.clock.now() - timedelta(days=31))
    assert (await checked(app)).differences == 0


async def test_every_batch_is_read(app: App, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BATCH", 3)
    keys = [await order(app, world, "tea") for _ in range(7)]
    await leave_a_gap(app, world, max(keys))
    report = await checked(app)
    assert (report.compared["orders"], report.counts) == (7, {4: 1})


async def test_the_command_ends_with_0_on_good_data_and_with_1_on_bad(app: App, world: World) -> None:
    key = await order(app, world, "soup")
    good = await orderbuddy(app.settings, "audit", "--settle", "5")
    assert good.code == 0, good
    assert "Everything is as it must be." in good.out
    await leave_a_gap(app, world, key)
    bad = await orderbuddy(app.settings, "audit")
    assert bad.code == 1
    assert f"order {key} has version 3, but no row 3" in bad.out
    told = await orderbuddy(app.settings, "audit", "--json")
    said = json.loads(told.out)
    assert (told.code, said["ok"], said["differences"]["count"]) == (1, False, 1)
    assert said["differences"]["listed"][0]["what"] == f"order {key}"


async def test_settling_gives_up_and_says_so(app: App, world: World) -> None:
    key = await order(app, world, "soup")
    await update(app, "order_events", f"{key}:2", publishedAt=None, sentTo=[], createdAt=app.clock.now())
    ran = await orderbuddy(app.settings, "audit", "--settle", "0.3")
    assert ran.code == 1
    assert "did not come to rest" in ran.out
