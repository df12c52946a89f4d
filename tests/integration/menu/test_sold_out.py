"""Sold out, and back by itself: for diners, for the till, for staff; by the clock alone (contract 29, rules 16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.api.base import iso
from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.memory.slots import Memory
from shared.services.menu import catalog
from shared.services.ordering import previewing
from shared.services.upkeep import sweeper
from tests.integration.crew import Crew
from tests.integration.staff_menus import EXTRAS, LARGE
from tests.integration.world import World

SMALL = {**LARGE, "id": "small", "name": "Small", "priceCents": 700}
PEANUTS = {**EXTRAS["options"][0], "id": "nuts"}


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    """A restaurant whose tea comes in two sizes, with two choices of which one must be made."""
    extras = {**EXTRAS, "required": True, "options": [*EXTRAS["options"], PEANUTS]}
    parts = {"items.1.variants": [LARGE, SMALL], "items.1.modifiers": [extras]}
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": parts})
    return await Crew.of(app, world)


async def call(crew: Crew, name: str, body: Any = None, *, who: str = "kitchen", **more: Any) -> tuple[int, Any]:
    path = {"menuId": str(crew.world.menu_id), **crew.here, "itemId": "tea", **more}
    return await crew.call(who, name, body, **path)


def anew(crew: Crew) -> Crew:
    """The same people, of a process that remembers nothing: else it answers with what was there a second ago."""
    return replace(crew, app=replace(crew.app, memory=Memory()))


async def shown(crew: Crew) -> dict[str, Any]:
    """The dishes that diners see."""
    status, answer = await call(anew(crew), "order_app_menu")
    assert status == 200
    return {item["id"]: item for item in answer["data"]["items"]}


async def staff_sees(crew: Crew, item_id: str = "tea") -> dict[str, Any]:
    status, answer = await call(anew(crew), "restaurant_menus_menu")
    assert status == 200
    return next(item for item in answer["data"]["items"] if item["id"] == item_id)


def cart(world: World, variant: str = "large", option: str = "croutons") -> Any:
    body = world.cart("tea")
    body["items"][0] |= {
        "variants": [{"id": variant, "name": "", "priceCents": 1}],
        "modifiers": [{"id": "extras", "name": "", "options": [{"id": option, "name": "", "priceCents": 1}]}],
    }
    return world.request("tea", items=body["items"])


async def refused(crew: Crew, **choices: str) -> list[str]:
    """The fields for which a cart with one tea is refused as sold out; [] where it is priced."""
    catalog.forget(crew.app, crew.world.restaurant_id, crew.world.location_id)
    try:
        await previewing.preview(crew.app, cart(crew.world, **choices), request_id="r")
    except Problem as problem:
        assert problem.code.code == "ITEM_SOLD_OUT"
        return [row["field"] for row in problem.detail]
    return []


async def test_a_dish_comes_back_by_itself_when_its_time_has_come(crew: Crew, clock: FixedClock) -> None:
    until = clock.now() + timedelta(minutes=40, seconds=7)
    for who in ("kitchen", "bar", "expo"):
        body = {"isAvailable": False, "until": iso(until)}
        assert (await call(crew, "restaurant_menus_item_availability", body, who=who))[0] == 200
    assert "tea" not in await shown(crew)
    assert await refused(crew) == ["items.0.menuItemId"]
    seen = await staff_sees(crew)
    assert (seen["isAvailable"], seen["soldOutUntil"]) == (False, iso(until))
    clock.moment = until
    assert "tea" in await shown(crew)
    assert await refused(crew) == []
    seen = await staff_sees(crew)
    assert seen["isAvailable"] is True and "soldOutUntil" not in seen


async def test_putting_it_back_clears_the_time(crew: Crew, clock: FixedClock) -> None:
    name = "restaurant_menus_item_availability"
    body = {"isAvailable": False, "until": iso(clock.now() + timedelta(hours=2))}
    assert (await call(crew, name, body))[0] == 200
    assert (await call(crew, name, {"isAvailable": True}))[0] == 200
    stored = await crew.app.db.menus.find_one({"_id": crew.world.menu_id})
    assert stored is not None and "soldOutUntil" not in stored["items"][1] and stored["items"][1]["isAvailable"] is True
    # Sold out for good does not end by itself, whatever was said before.
    assert (await call(crew, name, body))[0] == 200
    assert (await call(crew, name, {"isAvailable": False}))[0] == 200
    clock.advance(hours=3)
    assert "tea" not in await shown(crew)


async def test_until_the_business_day_ends_at_the_location_s_own_hour(crew: Crew, clock: FixedClock) -> None:
    here = {"_id": crew.world.location_id}
    await crew.app.db.locations.update_one(here, {"$set": {"businessDayStartsAt": "04:00"}})
    # Chicago, half past one in the night: the evening's business day goes on.
    clock.moment = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)
    body = {"isAvailable": False, "until": "end_of_business_day"}
    assert (await call(crew, "restaurant_menus_item_availability", body))[0] == 200
    assert (await staff_sees(crew))["soldOutUntil"] == "2026-11-25T10:00:00.000Z"
    clock.moment = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    assert (await call(crew, "restaurant_menus_item_availability", body))[0] == 200
    assert (await staff_sees(crew))["soldOutUntil"] == "2026-11-26T10:00:00.000Z"


async def test_a_time_that_makes_no_sense_is_refused(crew: Crew, clock: FixedClock) -> None:
    for body in (
        {"isAvailable": False, "until": iso(clock.now())},
        {"isAvailable": False, "until": iso(clock.now() + timedelta(days=400))},
        {"isAvailable": False, "until": "2026-11-24T10:00:00"},
        {"isAvailable": False, "until": "tomorrow"},
        {"isAvailable": True, "until": "end_of_business_day"},
    ):
        status, answer = await call(crew, "restaurant_menus_item_availability", body)
        assert (status, answer["detail"][0]["field"]) == (400, "until"), body


async def test_a_size_or_a_choice_that_is_sold_out_is_not_offered(crew: Crew, clock: FixedClock) -> None:
    large, nuts = {"variantId": "large"}, {"modifierId": "extras", "optionId": "nuts"}
    until = {"isAvailable": False, "until": iso(clock.now() + timedelta(hours=1))}
    assert (await call(crew, "menu_service_variant_availability", until, **large))[0] == 200
    assert (await call(crew, "menu_service_option_availability", {"isAvailable": False}, **nuts))[0] == 200
    tea = (await shown(crew))["tea"]
    assert [one["id"] for one in tea["variants"]] == ["small"]
    assert [one["id"] for one in tea["modifiers"][0]["options"]] == ["croutons"]
    assert "isAvailable" not in tea["variants"][0]
    assert await refused(crew, variant="large") == ["items.0.variants.0.id"]
    assert await refused(crew, variant="small", option="nuts") == ["items.0.modifiers.0.options.0.id"]
    assert await refused(crew, variant="small") == []
    seen = await staff_sees(crew)
    assert [one.get("isAvailable", True) for one in seen["variants"]] == [False, True]
    assert [one.get("isAvailable", True) for one in seen["modifiers"][0]["options"]] == [True, False]
    # Without a size, or without the last choice that must be made, the dish cannot be had.
    assert (await call(crew, "menu_service_variant_availability", until, variantId="small"))[0] == 200
    assert "tea" not in await shown(crew)
    assert await refused(crew, variant="small") == ["items.0.menuItemId"]
    clock.advance(hours=1)
    assert [one["id"] for one in (await shown(crew))["tea"]["variants"]] == ["large", "small"]
    croutons = {**nuts, "optionId": "croutons"}
    assert (await call(crew, "menu_service_option_availability", {"isAvailable": False}, **croutons))[0] == 200
    assert "tea" not in await shown(crew)
    assert (await call(crew, "menu_service_option_availability", {"isAvailable": True}, **croutons))[0] == 200
    assert "tea" in await shown(crew)
    unknown = {**nuts, "optionId": "x"}
    assert (await call(crew, "menu_service_option_availability", {"isAvailable": True}, **unknown))[0] == 404


async def test_a_whole_category_is_sold_out_and_back(crew: Crew) -> None:
    assert (await call(crew, "menu_service_category_availability", {"isAvailable": False}, categoryId="all"))[0] == 200
    assert await shown(crew) == {}
    assert (await call(crew, "menu_service_category_availability", {"isAvailable": True}, categoryId="all"))[0] == 200
    assert set(await shown(crew)) == {"soup", "tea", "bread", "salad"}
    rows = await crew.app.db.trail.find({"action": "menu_category.availability"}).sort("seq", 1).to_list()
    assert [len(row["after"]["items"]) for row in rows] == [3, 4]
    assert (await call(crew, "menu_service_category_availability", {"isAvailable": True}, categoryId="x"))[0] == 404


async def test_portions_a_day_are_set_and_counted(crew: Crew) -> None:
    stock = "menu_service_stock"
    soup = {"itemId": "soup"}
    for body in ({"dailyStock": -1}, {"dailyStock": 10_001}, {"lowStockAt": "3"}):
        assert (await call(crew, stock, body, who="manager", **soup))[0] == 400
    assert (await call(crew, stock, {"dailyStock": 2}, who="kitchen", **soup))[0] == 403
    assert (await call(crew, stock, {"dailyStock": 2, "lowStockAt": 1}, who="manager", **soup))[0] == 200
    await crew.order("soup")
    seen = await staff_sees(crew, "soup")
    assert (seen["dailyStock"], seen["lowStockAt"], seen["left"]) == (2, 1, 1)
    await crew.order("soup")
    assert "soup" not in await shown(crew)
    assert (await call(crew, stock, {"dailyStock": None}, who="manager", **soup))[0] == 200
    assert "soup" in await shown(crew)
    seen = await staff_sees(crew, "soup")
    assert "dailyStock" not in seen and seen["lowStockAt"] == 1
    assert (await call(crew, stock, {}, who="manager", **soup))[0] == 400


async def test_editing_a_dish_that_is_sold_out_for_a_while_leaves_it_so(crew: Crew, clock: FixedClock) -> None:
    until = clock.now() + timedelta(hours=1)
    body = {"isAvailable": False, "until": iso(until)}
    assert (await call(crew, "restaurant_menus_item_availability", body))[0] == 200
    tea = {"id": "tea", "name": {"en": "Tea"}, "price": 6, "categoryId": "all", "isAvailable": False}
    assert (await call(crew, "menu_editing_save_item", tea, who="manager"))[0] == 200
    assert (await staff_sees(crew))["soldOutUntil"] == iso(until)
    clock.moment = until
    assert (await call(crew, "menu_editing_save_item", tea, who="manager"))[0] == 200
    assert "tea" not in await shown(crew)


async def test_an_old_menu_that_has_a_dish_twice_sells_neither(crew: Crew) -> None:
    twice = {"$push": {"items": crew.world.dish("tea", 450, ["bar"])}}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, twice)
    assert (await call(crew, "restaurant_menus_item_availability", {"isAvailable": False}))[0] == 200
    assert "tea" not in await shown(crew)


async def test_diners_hear_that_something_is_back_when_its_time_has_come(crew: Crew, clock: FixedClock) -> None:
    until = clock.now() + timedelta(minutes=40)
    body = {"isAvailable": False, "until": iso(until)}
    assert (await call(crew, "menu_service_variant_availability", body, variantId="large"))[0] == 200
    assert (await call(crew, "restaurant_menus_item_availability", body, itemId="soup"))[0] == 200
    query = {"kind": "menu_changed", "_id": {"$regex": "T"}}
    [duty] = await crew.app.db.duties.find(query).to_list()
    assert (duty["menuId"], duty["nextAt"]) == (crew.world.menu_id, until + timedelta(seconds=1))
    await sweeper.sweep(crew.app)
    assert (await crew.app.db.duties.find_one(query) or {})["state"] == "due"
    clock.moment = until + timedelta(seconds=1)
    await sweeper.sweep(crew.app)
    assert (await crew.app.db.duties.find_one(query) or {})["state"] == "done"
