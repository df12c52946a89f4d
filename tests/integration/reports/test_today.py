"""A manager sees how the day stands; an owner, over all locations (rules 19)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.store import today as store
from tests.integration.crew import Crew
from tests.integration.reports.test_sales_reports import sale
from tests.integration.world import World


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def today(crew: Crew) -> dict[str, Any]:
    status, found = await crew.call("manager", "location_reports_today_now", **crew.here)
    assert status == 200, found
    return dict(found["data"])


async def test_what_is_open_unpaid_off_the_menu_and_needs_somebody(crew: Crew, clock: FixedClock) -> None:
    now, world = clock.now(), crew.world
    refund = {"_id": "r", "amountCents": 300, "tipCents": 0, "by": "user:a", "at": now}
    yesterday = (now - timedelta(days=1)).isoformat()
    await crew.app.db.orders.insert_many(
        [
            sale(world, now.isoformat(), status="ACCEPTED"),
            sale(world, now.isoformat(), status="CANCELLED"),
            sale(world, now.isoformat(), paymentId="p", paidWith="card", tipCents=100),
            # Of yesterday: still open; and given back today.
            sale(world, yesterday, status="READY_FOR_PICKUP"),
            sale(world, yesterday, paymentId="p", paidWith="wallet", refunds=[refund], refundedCents=300),
            sale(world, (now - timedelta(days=40)).isoformat()),
        ]
    )
    entry = {"_id": f"hours:{world.location_id}", "kind": "hours", "reason": "r", "count": 1, "at": now}
    await crew.app.db.attention.insert_one(
        entry | {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    )
    found = await today(crew)
    assert (found["openOrders"], found["unpaidOrders"], found["unpaidCents"]) == (2, 1, 1100)
    assert (found["attention"], [one["name"] for one in found["soldOut"]]) == (1, ["Salad"])
    totals = found["totals"]
    assert (totals["orders"], totals["totalCents"], totals["tipCents"]) == (2, 2200, 100)
    assert (totals["refunds"], totals["refundedCents"], totals["voids"]) == (1, 300, 1)
    tenders = {row["tender"]: (row["amountCents"], row["returnedCents"]) for row in found["tenders"]}
    assert (tenders["card"], tenders["wallet"], tenders["unpaid"]) == ((1200, 0), (0, 300), (1100, 0))
    assert len(found["month"]) == 30
    assert [(row["orders"], row["totalCents"]) for row in found["month"][-2:]] == [(2, 2200), (2, 2200)]
    assert sum(row["orders"] for row in found["month"]) == 4


async def test_the_month_says_what_the_sales_report_says(crew: Crew, clock: FixedClock) -> None:
    now = clock.now()
    moments = [(now - timedelta(hours=7 * number)).isoformat() for number in range(60)]
    await crew.app.db.orders.insert_many([sale(crew.world, moment) for moment in moments])
    month = (await today(crew))["month"]
    query = f"from={month[0]['date']}&to={month[-1]['date']}"
    _, found = await crew.call("manager", "location_reports_sales_report", **crew.here, query=query)
    days = [(row["date"], row["orders"], row["totalCents"]) for row in found["data"]["days"]]
    assert [(row["date"], row["orders"], row["totalCents"]) for row in month] == days


@pytest.mark.parametrize("at_once", [store.AT_ONCE, 1])
async def test_an_owner_sees_all_locations_and_a_manager_only_their_own(
    crew: Crew, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(store, "AT_ONCE", at_once)
    monkeypatch.setattr(store, "BATCH", at_once)
    second = World(restaurant_id=crew.world.restaurant_id)
    documents = second.documents()
    await crew.app.db.locations.insert_one(documents["locations"][0] | {"name": "Beach", "timezone": "Pacific/Apia"})
    await crew.app.db.menus.insert_many(documents["menus"])
    await crew.app.db.orders.insert_many(
        [sale(one, clock.now().isoformat(), status="ACCEPTED") for one in (crew.world, second, second)]
    )
    path = {"restaurantId": crew.world.restaurant_id}
    status, found = await crew.call("owner", "restaurant_reports_today_now", **path)
    assert status == 200
    rows = found["data"]["locations"]
    assert [(row["name"], row["openOrders"], row["soldOut"]) for row in rows] == [("Old Town", 1, 1), ("Beach", 2, 1)]
    assert (found["data"]["openOrders"], found["data"]["totals"]["totalCents"]) == (3, 3300)
    assert (await crew.call("manager", "restaurant_reports_today_now", **path))[0] == 403
    assert (await crew.call("service", "location_reports_today_now", **crew.here))[0] == 403


async def test_a_restaurant_without_locations_has_an_empty_day(app: App) -> None:
    crew = await Crew.of(app, World())
    status, found = await crew.call("owner", "restaurant_reports_today_now", restaurantId=crew.world.restaurant_id)
    assert (status, found["data"]["locations"], found["data"]["month"]) == (200, [], [])
    status, _ = await crew.call("owner", "restaurant_reports_sales_report", restaurantId=crew.world.restaurant_id)
    assert status == 200


async def test_a_dish_that_is_sold_out_for_a_while_is_off_until_then(crew: Crew, clock: FixedClock) -> None:
    until = {"$set": {"items.1.soldOutUntil": clock.now() + timedelta(hours=1)}}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, until)
    assert [one["name"] for one in (await today(crew))["soldOut"]] == ["Tea", "Salad"]
    clock.advance(hours=1)
    assert [one["name"] for one in (await today(crew))["soldOut"]] == ["Salad"]
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": {"archivedAt": clock.now()}})
    assert (await today(crew))["soldOut"] == []
