"""What a kitchen screen reads of its orders, and of those that it does not make any more (rules 23)."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from tests.integration.crew import Crew
from tests.integration.kitchen.the_pass import Pass
from tests.integration.world import World


@pytest.fixture
async def kitchen(app: App, world: World) -> Pass:
    return Pass(await Crew.of(app, world))


async def set_location(kitchen: Pass, **fields: Any) -> None:
    await kitchen.crew.app.db.locations.update_one({"_id": kitchen.crew.world.location_id}, {"$set": fields})


async def test_a_screen_is_told_what_it_shows_around_the_orders(kitchen: Pass, clock: FixedClock) -> None:
    until = clock.now().replace(microsecond=0)
    await set_location(kitchen, waitMinutes=15, pausedUntil=until, staffLanguage="es")
    clock.advance(seconds=1)
    shown = await kitchen.shown("kitchen")
    assert (shown["waitMinutes"], shown["pausedUntil"], shown["staffLanguage"]) == (15, None, "es")
    assert shown["ageing"] == {"warnMinutes": 5, "lateMinutes": 8}
    assert shown["serverTime"].startswith(f"{clock.now():%Y-%m-%dT%H:%M:%S}")
    clock.advance(seconds=-60)
    assert (await kitchen.shown("kitchen"))["pausedUntil"].startswith(f"{until:%Y-%m-%dT%H:%M:%S}")
    expo = await kitchen.shown("expo", who="expo")
    assert (expo["stationName"], expo["stationTags"], expo["matchedOrders"]) == ("Expo", [], [])


async def test_an_item_says_who_makes_it_who_else_does_and_on_which_menu_it_is(kitchen: Pass) -> None:
    world = kitchen.crew.world
    await kitchen.crew.app.db.stations.insert_one(
        {"restaurantId": world.restaurant_id, "locationId": world.location_id, "name": "Fry", "tags": ["kitchen"]}
    )
    order_id = await kitchen.order("soup", "tea", "bread")
    soup, bread = (await kitchen.on("kitchen", order_id))["items"]
    assert (soup["stations"], soup["alsoAt"], soup["menuId"]) == (["Kitchen", "Fry"], ["Fry"], str(world.menu_id))
    assert (bread["unrouted"], bread["stations"], bread["alsoAt"]) == (True, [], [])
    everything = (await kitchen.on("expo", order_id, who="expo"))["items"]
    assert [item["stations"] for item in everything] == [["Kitchen", "Fry"], ["Bar"], []]
    assert [item["alsoAt"] for item in everything] == [["Kitchen", "Fry"], ["Bar"], []]


async def test_old_screens_ask_by_tags_and_get_what_they_always_got(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea", "bread")

    async def asked(who: str, query: str) -> list[str]:
        status, one = await kitchen.crew.call(
            who, "stations_one_order", query=query, **kitchen.crew.here, orderId=order_id
        )
        assert status == 200, one
        return [item["menuItemId"] for item in one["data"]["items"]]

    assert await asked("service", "stationTags=bar") == ["tea", "bread"]
    assert await asked("service", "stationTags=") == ["bread"]
    assert await asked("expo", "") == ["soup", "tea", "bread"]
    # A kitchen's device sees no more without tags than with all of them.
    assert await asked("bar", "") == ["tea", "bread"]
    assert await asked("bar", "stationTags=kitchen,bar") == ["tea", "bread"]
    for wrong in (f"stationId={kitchen.station('kitchen')}", "stationId=expo", f"stationId={ObjectId()}"):
        status, answer = await kitchen.crew.call(
            "bar", "stations_one_order", query=wrong, **kitchen.crew.here, orderId=order_id
        )
        assert (status, answer["code"]) == (404, "STATION_NOT_FOUND")


async def test_an_order_at_a_table_has_more_time_and_managers_say_otherwise(kitchen: Pass) -> None:
    at_table, at_counter = await kitchen.order("soup"), await kitchen.order("soup", origin={"id": "", "name": "web"})

    async def limits() -> list[dict[str, int]]:
        return [(await kitchen.on("kitchen", key))["ageing"] for key in (at_table, at_counter)]

    usual = [{"warnMinutes": 10, "lateMinutes": 15}, {"warnMinutes": 5, "lateMinutes": 8}]
    assert await limits() == usual
    route = "location_settings_change_ageing"
    table = {"type": "table", "warnMinutes": 20, "lateMinutes": 30}
    said = {"warnMinutes": 3, "lateMinutes": 4, "byOrigin": [table]}
    status, answer = await kitchen.crew.call("manager", route, said, **kitchen.crew.here)
    assert (status, answer["data"]) == (200, said)
    assert await limits() == [{"warnMinutes": 20, "lateMinutes": 30}, {"warnMinutes": 3, "lateMinutes": 4}]
    _, settings = await kitchen.crew.call("kitchen", "location_settings_read", **kitchen.crew.here)
    assert settings["data"]["ageing"] == said
    for wrong, field in (
        ({"warnMinutes": 4}, "lateMinutes"),
        ({"lateMinutes": 0}, "lateMinutes"),
        ({"byOrigin": [{**table, "lateMinutes": 20}]}, "byOrigin.0.lateMinutes"),
        ({"byOrigin": [table, table]}, "byOrigin.1.type"),
        ({"byOrigin": [{**table, "type": "boat"}]}, "byOrigin.0.type"),
    ):
        status, answer = await kitchen.crew.call("manager", route, {**said, **wrong}, **kitchen.crew.here)
        assert (status, answer["detail"][0]["field"]) == (400, field)
    assert (await kitchen.crew.call("kitchen", route, said, **kitchen.crew.here))[0] == 403


async def test_an_allergy_is_told_on_every_screen_that_shows_the_order(kitchen: Pass) -> None:
    items = kitchen.crew.world.cart("soup", "tea")["items"]
    items[1]["notes"] = "Alergia a los frutos secos"
    order_id = await kitchen.order("soup", "tea", items=items)
    for screen in ("kitchen", "bar", "expo"):
        ticket = await kitchen.on(screen, order_id)
        assert ticket["allergy"] == "Alergia a los frutos secos"
        assert [(item["name"], item["allergy"]) for item in ticket["items"] if item["allergy"]] == (
            [] if screen == "kitchen" else [("Tea", True)]
        )
    assert (await kitchen.on("kitchen", await kitchen.order("soup")))["allergy"] is None


async def test_what_is_given_back_is_struck_and_need_not_be_made(kitchen: Pass, clock: FixedClock) -> None:
    order_id = await kitchen.order("soup", "tea")
    tea = (await kitchen.crew.stored(order_id))["items"][1]["id"]
    refund = {"_id": "r", "amountCents": 550, "units": [tea], "at": clock.now(), "by": "user:ann"}
    await kitchen.crew.app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"refunds": [refund]}})
    [struck] = (await kitchen.on("bar", order_id))["items"]
    assert struck["voidedAt"] is not None and struck["completedAt"] is None
    # The bar has nothing to do for it: the kitchen's bump is the last one.
    _, done = await kitchen.bump("kitchen", order_id)
    assert done["data"]["status"] == "READY_FOR_PICKUP"


async def test_a_cancelled_order_stays_on_each_screen_until_somebody_there_has_seen_it(
    kitchen: Pass, clock: FixedClock
) -> None:
    order_id, other = await kitchen.order("soup", "tea"), await kitchen.order("soup")
    assert (await kitchen.act("dismiss", "kitchen", order_id))[1]["status"] == "ACCEPTED"
    await kitchen.crew.move("manager", order_id, "CANCELLED")
    [shown] = (await kitchen.shown("kitchen"))["cancelledOrders"]
    assert (shown["_id"], shown["reason"], shown["status"]) == (order_id, "why", "CANCELLED")
    assert [item["name"] for item in shown["items"]] == ["Soup"]
    for _ in range(2):
        status, answer = await kitchen.act("dismiss", "kitchen", order_id)
        assert (status, answer["data"]["seq"]) == (200, 4)
    assert (await kitchen.shown("kitchen"))["cancelledOrders"] == []
    assert [one["_id"] for one in (await kitchen.shown("bar"))["cancelledOrders"]] == [order_id]
    assert [one["_id"] for one in (await kitchen.shown("expo"))["cancelledOrders"]] == [order_id]
    assert (await kitchen.act("dismiss", "kitchen", order_id, who="bar"))[0] == 404
    assert [one["_id"] for one in await kitchen.listed("kitchen")] == [other]
    clock.advance(minutes=30, seconds=1)
    assert (await kitchen.shown("bar"))["cancelledOrders"] == []


async def test_an_order_that_the_kitchen_never_had_is_not_told_when_it_ends(app: App) -> None:
    kitchen = Pass(await Crew.of(app, await World(auto_accepts=False).build(app)))
    for to in ("CANCELLED", "REJECTED"):
        assert (await kitchen.crew.move("manager", await kitchen.order("soup"), to))[0] == 200
    assert (await kitchen.shown("kitchen"))["cancelledOrders"] == []


async def test_orders_look_the_same_to_old_clients_after_a_bump(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea")
    await kitchen.bump("kitchen", order_id)
    # A station's finished items stay until the order is ready.
    [ticket] = await kitchen.listed("kitchen")
    assert ([item["completedAt"] is not None for item in ticket["items"]], ticket["status"]) == ([True], "ACCEPTED")
