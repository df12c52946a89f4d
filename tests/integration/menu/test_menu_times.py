"""A menu outside its times: what diners see of it, and what they are told when they order (rules 16)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.services.menu import catalog, reading
from tests.integration.callers import Callers
from tests.integration.menu.desk import Desk
from tests.integration.world import DAYS, World

LUNCH = {"times": [{"days": DAYS, "from": "11:00", "to": "15:00"}]}
NOON, EVENING = datetime(2026, 11, 24, 18, tzinfo=UTC), datetime(2026, 11, 25, 0, tzinfo=UTC)


@pytest.fixture
async def cafe(app: App) -> Callers:
    return await Callers.of_a_new_cafe(app)


def at(app: App, moment: datetime) -> None:
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(seconds=(moment - app.clock.now()).total_seconds())


async def serve(cafe: Callers, changes: dict[str, Any]) -> None:
    await cafe.app.db.menus.update_one({"_id": cafe.world.menu_id}, {"$set": changes})
    catalog.forget(cafe.app, cafe.world.restaurant_id, cafe.world.location_id)


async def page(app: App, world: World) -> Any:
    ids = (world.restaurant_id, str(world.location_id), str(world.menu_id))
    return json.loads((await reading.MENU.ready(app, *ids)).plain)["data"]


async def listed(app: App, world: World) -> Any:
    [entry] = json.loads((await reading.MENU_LIST.ready(app, world.restaurant_id, str(world.location_id))).plain)[
        "data"
    ]
    return entry


async def test_lunch_is_on_the_menu_at_noon_and_not_in_the_evening(cafe: Callers) -> None:
    await serve(cafe, {"schedule": LUNCH})
    at(cafe.app, NOON)
    assert [dish["id"] for dish in (await page(cafe.app, cafe.world))["items"]] == ["soup", "tea", "bread"]
    assert (await listed(cafe.app, cafe.world))["available"] is True
    at(cafe.app, EVENING)
    shown = await page(cafe.app, cafe.world)
    assert (shown["items"], shown["available"], shown["isServed"]) == ([], False, False)
    assert shown["servedAt"] == "2026-11-25T17:00:00.000Z"
    entry = await listed(cafe.app, cafe.world)
    assert (entry["available"], entry["servedAt"]) == (False, "2026-11-25T17:00:00.000Z")


async def test_who_orders_lunch_in_the_evening_is_told_when_it_is_served(cafe: Callers) -> None:
    await serve(cafe, {"schedule": LUNCH})
    at(cafe.app, EVENING)
    status, refused = await cafe.preview(cafe.world.cart("soup"))
    assert (status, refused["code"]) == (409, "MENU_NOT_AVAILABLE")
    assert refused["message"].endswith("It is served from Wednesday, 25 November, 11:00.")
    assert refused["servedAt"] == "2026-11-25T17:00:00.000Z"


async def test_a_cart_that_was_priced_at_lunch_is_refused_when_lunch_is_over(cafe: Callers) -> None:
    await serve(cafe, {"schedule": LUNCH})
    at(cafe.app, NOON + timedelta(hours=2, minutes=59))
    _, priced = await cafe.preview(cafe.world.cart("soup"))
    at(cafe.app, NOON + timedelta(hours=3, minutes=2))
    status, refused = await cafe.place(priced["data"]["previewOrderId"])
    assert (status, refused["code"]) == (409, "MENU_NOT_AVAILABLE")


async def test_the_counter_goes_on_when_lunch_is_over(cafe: Callers) -> None:
    await serve(cafe, {"schedule": LUNCH})
    at(cafe.app, EVENING)
    ids = (cafe.world.restaurant_id, str(cafe.world.location_id), str(cafe.world.menu_id))
    assert [dish.id for dish in (await reading.menu(cafe.app, *ids)).items] == ["soup", "tea", "bread"]
    status, order_id = await cafe.at_counter(cafe.world.cart("soup"))
    assert status == 201, order_id


async def test_a_section_outside_its_times_is_like_sold_out_and_the_rest_can_be_ordered(cafe: Callers) -> None:
    await serve(cafe, {"categories.0.schedule": LUNCH, "items.1.categoryId": "drinks"})
    at(cafe.app, EVENING)
    shown = await page(cafe.app, cafe.world)
    assert [dish["id"] for dish in shown["items"]] == ["tea"]
    assert shown["available"] is True
    assert shown["categories"][0]["servedAt"] == "2026-11-25T17:00:00.000Z"
    assert (await cafe.preview(cafe.world.cart("tea")))[0] == 200
    status, refused = await cafe.preview(cafe.world.cart("tea", "soup"))
    assert (status, refused["code"]) == (409, "ITEM_SOLD_OUT")
    assert refused["detail"] == [
        {
            "field": "items.1.menuItemId",
            "message": "Soup is not served right now. It is served from Wednesday, 25 November, 11:00.",
        }
    ]
    assert refused["servedAt"] == "2026-11-25T17:00:00.000Z"


async def test_a_dish_that_is_on_lunch_and_on_dinner_comes_from_the_menu_that_is_served(cafe: Callers) -> None:
    dinner = {
        **cafe.world.documents()["menus"][0],
        "_id": cafe.world.bar_id,
        "schedule": {"times": [{"days": DAYS, "from": "17:00", "to": "23:00"}]},
    }
    dinner["items"][0]["priceCents"] = 1500
    await cafe.app.db.menus.insert_one(dinner)
    await serve(cafe, {"schedule": LUNCH})
    totals = []
    for moment in (NOON, EVENING):
        at(cafe.app, moment)
        _, priced = await cafe.preview(cafe.world.cart("soup"))
        totals.append(priced["data"]["totalPriceCents"])
    assert totals == [1100, 1650]


async def test_what_the_original_stored_as_a_schedule_hides_nothing(cafe: Callers) -> None:
    await serve(cafe, {"schedule": {"type": "time", "rules": [{"start": "11:00", "end": "15:00"}]}})
    at(cafe.app, EVENING)
    assert (await cafe.preview(cafe.world.cart("soup")))[0] == 200


async def test_managers_say_when_a_menu_and_a_section_are_served(cafe: Callers) -> None:
    desk = await Desk.of(cafe.app, cafe.world)
    at(cafe.app, EVENING)
    lunch = {"times": [{"days": ["Mon", "tuesday"], "from": "11:00 AM", "to": "3 pm"}], "to": "2026-12-24"}
    status, _, etag = await desk.ask("menu_schedules_live", {"schedule": lunch})
    assert (status, etag) == (200, '"1"')
    stored = (await desk.stored())["schedule"]
    assert stored == {"times": [{"days": ["monday", "tuesday"], "from": "11:00", "to": "15:00"}], "to": "2026-12-24"}
    assert (await cafe.preview(cafe.world.cart("soup")))[1]["code"] == "MENU_NOT_AVAILABLE"
    await desk.done("menu_schedules_live", {"schedule": None})
    await desk.done("menu_schedules_live", {"categoryId": "all", "schedule": LUNCH})
    assert (await cafe.preview(cafe.world.cart("soup")))[1]["code"] == "ITEM_SOLD_OUT"
    shown = await desk.done("restaurant_menus_menu")
    assert (shown.get("schedule"), shown["categories"][0]["schedule"]) == (None, LUNCH)


async def test_a_schedule_that_cannot_be_read_is_refused_by_its_fields(cafe: Callers) -> None:
    desk = await Desk.of(cafe.app, cafe.world)
    times = {"days": ["funday"], "from": "24:00", "to": "noon"}
    for body, fields in (
        (
            {"schedule": {"times": [times], "from": "2026-02-30"}},
            ["schedule.times.0.days.0", "schedule.times.0.from", "schedule.times.0.to", "schedule.from"],
        ),
        ({"schedule": {"from": "2026-12-24", "to": "2026-12-01"}}, ["schedule.to"]),
        ({"schedule": {"times": [{"days": [], "from": "11:00", "to": "12:00"}]}}, ["schedule.times.0.days"]),
        ({"categoryId": "nothing", "schedule": None}, ["categoryId"]),
    ):
        status, refused, _ = await desk.ask("menu_schedules_live", body)
        assert (status, [row["field"] for row in refused["detail"]]) == (400, fields)
