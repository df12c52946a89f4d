"""Managers read what was sold, by the business days of the location (contract 51 to 54; rules 19)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.clock import FixedClock
from shared.web.routes import ROUTES
from tests.integration.crew import Crew
from tests.integration.staff import signed_in_as
from tests.integration.world import World
from tests.web_calls import content, request

LOS_ANGELES, NEW_YORK, LORD_HOWE = "America/Los_Angeles", "America/New_York", "Australia/Lord_Howe"


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def at(crew: Crew, timezone: str, starts_at: str = "") -> None:
    """Put the location into a zone, with days that begin at a time."""
    change = {"timezone": timezone, "businessDayStartsAt": starts_at}
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": change})


async def sold(crew: Crew, *moments: str, **more: Any) -> list[str]:
    """Orders that were placed at these moments; their ids."""
    documents = [
        {
            "_id": ObjectId(),
            "restaurantId": crew.world.restaurant_id,
            "locationId": crew.world.location_id,
            "orderCode": "X",
            "status": "PICKED_UP",
            "startedAt": datetime.fromisoformat(moment),
            "items": [{"id": "u1", "menuItemId": "soup", "name": "Soup", "priceCents": 1000}],
            "subtotalCents": 1000,
            "taxCents": 100,
            "totalPriceCents": 1100,
            "customer": {"name": "Ann", "phone": "5550100200"},
            **more,
        }
        for moment in moments
    ]
    await crew.app.db.orders.insert_many(documents)
    return [str(one["_id"]) for one in documents]


async def history(crew: Crew, day: str) -> list[str]:
    status, found = await crew.call("manager", "reports_order_history", **crew.here, date=day)
    assert status == 200, found
    return [one["_id"] for one in found]


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def host_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The zone of the machine, which says nothing."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("host_zone")
async def test_a_day_holds_the_orders_of_its_own_wall_whatever_the_hosts_zone(crew: Crew) -> None:
    await at(crew, LOS_ANGELES)
    keys = await sold(
        crew, "2026-03-08T07:59:59Z", "2026-03-08T08:00:00Z", "2026-03-09T06:59:59Z", "2026-03-09T07:00:00Z"
    )
    assert await history(crew, "2026-03-08") == keys[1:3]
    assert await history(crew, "2026-03-07") == keys[:1]
    assert await history(crew, "2026-03-09") == keys[3:]
    # A moment means the day that it falls on there: this is still the evening of the eighth.
    assert await history(crew, "2026-03-09T05:00:00.000Z") == keys[1:3]


async def test_the_day_on_which_clocks_go_back_has_25_hours(crew: Crew) -> None:
    await at(crew, NEW_YORK)
    keys = await sold(
        crew, "2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"
    )
    assert await history(crew, "2026-11-01") == keys[1:3]


async def test_clocks_that_move_by_half_an_hour(crew: Crew) -> None:
    # The first Sunday of April: at 02:00 (UTC+11) clocks go back to 01:30 (UTC+10:30).
    await at(crew, LORD_HOWE)
    keys = await sold(
        crew, "2026-04-04T12:59:59Z", "2026-04-04T13:00:00Z", "2026-04-05T13:29:59Z", "2026-04-05T13:30:00Z"
    )
    assert await history(crew, "2026-04-05") == keys[1:3]


async def test_after_midnight_it_is_the_evening_before_where_the_day_starts_at_four(crew: Crew) -> None:
    await at(crew, LOS_ANGELES, "04:00")
    keys = await sold(crew, "2026-07-02T07:30:00Z", "2026-07-02T10:59:59Z", "2026-07-02T11:00:00Z")
    assert await history(crew, "2026-07-01") == keys[:2]
    assert await history(crew, "2026-07-02") == keys[2:]


async def test_an_order_keeps_its_business_date_its_rate_and_how_it_was_paid(crew: Crew, clock: FixedClock) -> None:
    await at(crew, LOS_ANGELES, "04:00")
    clock.advance(seconds=(datetime(2026, 12, 5, 8, 30, tzinfo=UTC) - clock.now()).total_seconds())
    stored = await crew.stored(await crew.order("soup"))
    assert (stored["businessDate"], stored["taxPercent"], stored["taxCents"]) == ("2026-12-04", "10", 100)
    _, counter = await crew.call("service", "pos_restaurant_order", crew.world.cart("tea"))
    assert (await crew.stored(counter))["businessDate"] == "2026-12-04"


async def test_only_managers_read_them(crew: Crew) -> None:
    for route in ("reports_order_history", "reports_sales_by_item", "reports_sales_by_origin"):
        assert (await crew.call("service", route, **crew.here, date="2026-03-08"))[0] == 403
        assert (await crew.call("expo", route, **crew.here, date="2026-03-08"))[0] == 403
    assert (await crew.call("service", "reports_sales_summary", **crew.here))[0] == 403


@pytest.mark.parametrize(
    "day", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "2026-03-08T99:00Z", "20260308x"]
)
async def test_what_is_no_day_is_refused_with_words(crew: Crew, day: str) -> None:
    status, found = await crew.call("manager", "reports_order_history", **crew.here, date=day)
    assert (status, found["detail"][0]["field"]) == (400, "date")


async def test_a_long_day_is_read_in_pages_the_newest_first_each_page_in_order(crew: Crew) -> None:
    await at(crew, LOS_ANGELES)
    # Many at the same moment: the place in the list is the id, too.
    moments = [f"2026-07-01T20:00:{second // 5:02}Z" for second in range(23)]
    keys = sorted(await sold(crew, *moments))
    stored = (
        await crew.app.db.orders.find({"locationId": crew.world.location_id})
        .sort([("startedAt", 1), ("_id", 1)])
        .to_list()
    )
    keys = [str(one["_id"]) for one in stored]
    seen: list[str] = []
    query = "limit=7"
    for _ in range(4):
        found, headers = await answered(crew, query)
        seen = [*found, *seen]
        if "x-next" not in headers:
            break
        assert headers["x-truncated"] == "true"
        query = f"limit=7&after={headers['x-next']}"
    assert seen == keys


async def test_a_cursor_of_elsewhere_is_refused(crew: Crew) -> None:
    status, found = await crew.call(
        "manager", "reports_order_history", **crew.here, date="2026-07-01", query="after=xyz"
    )
    assert (status, found["detail"][0]["field"]) == (400, "after")


async def answered(crew: Crew, query: str) -> tuple[list[str], dict[str, str]]:
    route = ROUTES.named("reports_order_history")
    sent = request("GET", f"/x?{query}", headers=crew.headers["manager"], path={**crew.here, "date": "2026-07-01"})
    response = await route.handle(sent, app=crew.app)
    assert response.status_code == 200, response.get_body()
    return [one["_id"] for one in content(response)], dict(response.headers)


async def test_the_summary_has_seven_days_and_the_orders_own_tax(crew: Crew, clock: FixedClock) -> None:
    await at(crew, LOS_ANGELES)
    now = clock.now()
    await sold(crew, now.isoformat(), (now - timedelta(days=2)).isoformat(), (now - timedelta(days=30)).isoformat())
    await sold(crew, now.isoformat(), status="ACCEPTED")
    # Of the original: no subtotal, no tax.
    await sold(crew, now.isoformat(), subtotalCents=None, taxCents=None, totalPriceCents=1083)
    status, found = await crew.call("manager", "reports_sales_summary", **crew.here)
    assert status == 200 and found["success"] is True
    assert len(found["data"]) == 7
    assert [row["date"] for row in found["data"]] == sorted(row["date"] for row in found["data"])
    assert (found["data"][-1]["grossSales"], found["data"][-1]["tax"]) == (21.83, 1.83)
    assert (found["data"][-3]["grossSales"], found["data"][-3]["tax"]) == (11, 1)
    assert sum(row["grossSales"] for row in found["data"]) == pytest.approx(32.83)


async def test_a_dish_is_one_row_in_the_language_of_the_staff(crew: Crew) -> None:
    await at(crew, LOS_ANGELES)
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": {"staffLanguage": "es"}})
    for name in ("Soup", "Soup (es)"):
        await sold(
            crew, "2026-07-01T20:00:00Z", items=[{"id": "u", "menuItemId": "soup", "name": name, "priceCents": 1000}]
        )
    await sold(crew, "2026-07-01T20:00:00Z", status="CANCELLED")
    _, found = await crew.call("manager", "reports_sales_by_item", **crew.here, date="2026-07-01")
    assert found == {
        "success": True,
        "data": [{"menuItemId": "soup", "itemName": "Soup (es)", "soldCount": 2, "grossSales": 20}],
    }


async def test_the_origins_of_a_day(crew: Crew) -> None:
    await at(crew, LOS_ANGELES)
    await sold(crew, "2026-07-01T20:00:00Z", origin={"id": str(crew.world.origin_id), "name": "Table 1"})
    await sold(crew, "2026-07-01T20:00:00Z", origin={"id": "", "name": ""})
    await sold(crew, "2026-07-01T21:00:00Z", counter={"kind": "cash", "amountCents": 1100}, totalPriceCents=550)
    _, found = await crew.call("manager", "reports_sales_by_origin", **crew.here, date="2026-07-01")
    assert found["data"] == [
        {"originId": str(crew.world.origin_id), "name": "Table 1", "soldCount": 1, "grossSales": 11},
        {"originId": "", "name": "web", "soldCount": 1, "grossSales": 11},
        {"originId": "", "name": "pos", "soldCount": 1, "grossSales": 5.5},
    ]


async def test_years_of_the_original_are_read(app: App, clock: FixedClock) -> None:
    """Orders without anything that ours have; those without a date as a date are found by no day."""
    load_app(PROJECT, {})
    from tests.fixtures.old_documents import OldRestaurant

    old = OldRestaurant()
    for collection, rows in old.documents().items():
        await app.db[collection].insert_many(rows)
    headers = await signed_in_as(app, old.restaurant_id, "manager")
    path = {"restaurantId": old.restaurant_id, "locationId": str(old.location_id), "date": "2024-05-01"}
    for name in ("order_history", "sales_by_item", "sales_by_origin"):
        response = await ROUTES.named(f"reports_{name}").handle(request(headers=headers, path=path), app=app)
        assert response.status_code == 200, response.get_body()
        found = content(response)
        if name == "order_history":
            assert {one["_id"] for one in found} == {str(old.order_ids[kind]) for kind in ("usual", "closed")}
