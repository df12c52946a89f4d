"""Daily stock and campaigns: taken with the claim, once, and given back (rules 3)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.memory.slots import Memory
from shared.services.menu import catalog, reading, stock
from shared.services.ordering import previewing, unpaid
from shared.store.mongo.client import Session, transaction
from tests.integration.world import World, line_id


async def limit(app: App, world: World, dish: str, portions: int | None) -> None:
    """Set a dish's daily stock, and let what a process remembers of the menu go."""
    change: dict[str, Any] = {"$set": {"items.$.dailyStock": portions}}
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": dish}, change)
    catalog.forget(app, world.restaurant_id, world.location_id)


async def campaign(app: App, world: World, **fields: Any) -> ObjectId:
    """A campaign of 3 dollars at the world's table."""
    key = ObjectId()
    await app.db.campaigns.insert_one(
        {
            "_id": key,
            "restaurantId": world.restaurant_id,
            "locationId": world.location_id,
            "originId": world.origin_id,
            "name": "Three off",
            "type": "flat",
            "reward": {"flatOffCents": 300},
            "isActive": True,
            **fields,
        }
    )
    catalog.forget(app, world.restaurant_id, world.location_id)
    return key


async def preview(app: App, world: World, *dishes: str, **more: Any) -> str:
    return (await previewing.preview(app, world.request(*dishes, **more), request_id="r")).preview_order_id


async def outcome(app: App, preview_id: str) -> str:
    """The order's id, or the code of what refused it."""
    try:
        return str((await unpaid.place_without_payment(app, preview_id, request_id="r")).order_id)
    except Problem as problem:
        return problem.code.code


async def sold(app: App, dish: str) -> int:
    found = await app.db.stock.find_one({"_id": {"$regex": f"{dish}$"}})
    return found["n"] if found else 0


async def give_back(app: App, order_id: str) -> None:
    async def body(session: Session) -> None:
        await stock.give_back(app, ObjectId(order_id), session)

    await transaction(app.db, body)


async def test_a_hundred_diners_race_for_the_last_ten_portions_and_ten_get_one(app: App, world: World) -> None:
    await limit(app, world, "soup", 10)
    carts = [await preview(app, world, "soup") for _ in range(100)]
    outcomes = await asyncio.gather(*(outcome(app, cart) for cart in carts))
    assert Counter(end == cart for end, cart in zip(outcomes, carts, strict=True)) == {True: 10, False: 90}
    assert {end for end, cart in zip(outcomes, carts, strict=True) if end != cart} == {"ITEM_SOLD_OUT"}
    assert await app.db.orders.count_documents({"locationId": world.location_id}) == 10
    assert await sold(app, "soup") == 10


async def test_a_cart_of_several_dishes_takes_all_or_nothing(app: App, world: World) -> None:
    await limit(app, world, "soup", 5)
    await limit(app, world, "tea", 1)
    both = [await preview(app, world, "soup", "tea") for _ in range(2)]
    assert await outcome(app, both[0]) == both[0]
    assert await outcome(app, both[1]) == "ITEM_SOLD_OUT"
    assert (await sold(app, "soup"), await sold(app, "tea")) == (1, 1)
    assert (await app.db.checkouts.find_one({"_id": ObjectId(both[1])}))["state"] == "open"


async def test_a_preview_says_how_many_are_left(app: App, world: World) -> None:
    await limit(app, world, "soup", 2)
    with pytest.raises(Problem) as raised:
        await preview(app, world, "soup", "tea", "soup", "soup")
    assert raised.value.code.code == "ITEM_SOLD_OUT"
    assert raised.value.detail == [
        {"field": "items.3.menuItemId", "message": "There are only 2 left of Soup."},
    ]
    cart = await preview(app, world, "soup", "soup")
    assert await outcome(app, cart) == cart
    catalog.forget(app, world.restaurant_id, world.location_id)
    with pytest.raises(Problem) as raised:
        await preview(app, world, "soup")
    assert raised.value.message == "Soup is sold out."


async def test_quantities_count(app: App, world: World) -> None:
    await limit(app, world, "soup", 3)
    body = world.cart("soup")
    body["items"][0]["quantity"] = 2
    carts = [
        await previewing.preview(
            app, world.request("soup", items=[{**body["items"][0], "id": line_id()}]), request_id="r"
        )
        for _ in range(2)
    ]
    assert await outcome(app, carts[0].preview_order_id) == carts[0].preview_order_id
    assert await outcome(app, carts[1].preview_order_id) == "ITEM_SOLD_OUT"
    assert await sold(app, "soup") == 2


async def test_placing_again_takes_nothing_again(app: App, world: World) -> None:
    await limit(app, world, "soup", 1)
    cart = await preview(app, world, "soup")
    assert [await outcome(app, cart) for _ in range(3)] == [cart] * 3
    assert await sold(app, "soup") == 1


async def test_what_was_taken_is_given_back_once(app: App, world: World) -> None:
    await limit(app, world, "soup", 1)
    reward = await campaign(app, world, maxUses=1)
    cart = await preview(app, world, "soup")
    assert await outcome(app, cart) == cart
    assert await sold(app, "soup") == 1
    assert (await app.db.campaigns.find_one({"_id": reward}))["uses"] == 1
    await asyncio.gather(*(give_back(app, cart) for _ in range(3)))
    assert await sold(app, "soup") == 0
    assert (await app.db.campaigns.find_one({"_id": reward}))["uses"] == 0
    catalog.forget(app, world.restaurant_id, world.location_id)
    again = await preview(app, world, "soup")
    assert await outcome(app, again) == again


async def test_the_next_day_has_new_portions(app: App, world: World, clock: FixedClock) -> None:
    await limit(app, world, "soup", 1)
    cart = await preview(app, world, "soup")
    assert await outcome(app, cart) == cart
    clock.advance(days=1)
    catalog.forget(app, world.restaurant_id, world.location_id)
    tomorrow = await preview(app, world, "soup")
    assert await outcome(app, tomorrow) == tomorrow


async def test_a_campaign_is_used_as_often_as_it_may_and_the_next_diner_is_told_the_new_price(
    app: App, world: World
) -> None:
    reward = await campaign(app, world, maxUses=3)
    carts = [await preview(app, world, "soup") for _ in range(10)]
    outcomes = await asyncio.gather(*(outcome(app, cart) for cart in carts))
    assert Counter(end == cart for end, cart in zip(outcomes, carts, strict=True)) == {True: 3, False: 7}
    assert {end for end, cart in zip(outcomes, carts, strict=True) if end != cart} == {"PREVIEW_STALE"}
    assert (await app.db.campaigns.find_one({"_id": reward}))["uses"] == 3
    totals = await app.db.orders.distinct("totalPriceCents", {"locationId": world.location_id})
    assert totals == [800]


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        ({}, 800),
        ({"maxUses": 2, "uses": 1}, 800),
        ({"maxUses": 2, "uses": 2}, 1100),
        ({"isActive": False}, 1100),
        ({"startsAt": timedelta(minutes=1)}, 1100),
        ({"startsAt": timedelta(minutes=-1), "endsAt": timedelta(minutes=1)}, 800),
        ({"endsAt": timedelta(0)}, 1100),
        ({"maxUses": None, "uses": 9}, 800),
    ],
)
async def test_a_campaign_that_does_not_run_gives_nothing(
    app: App, world: World, fields: dict[str, Any], total: int
) -> None:
    now = app.clock.now()
    dated = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    await campaign(app, world, **dated)
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    assert made.total_price_cents == total


async def test_the_menu_leaves_out_what_is_gone_for_today(app: App, world: World, clock: FixedClock) -> None:
    async def dishes() -> list[str]:
        # Another process: it has read nothing yet.
        elsewhere = replace(app, memory=Memory())
        catalog.forget(app, world.restaurant_id, world.location_id)
        ids = (world.restaurant_id, str(world.location_id), str(world.menu_id))
        answer = json.loads((await reading.MENU.ready(elsewhere, *ids)).plain)
        return [item["id"] for item in answer["data"]["items"]]

    await limit(app, world, "soup", 1)
    assert await dishes() == ["soup", "tea", "bread"]
    cart = await preview(app, world, "soup")
    assert await outcome(app, cart) == cart
    assert await dishes() == ["tea", "bread"]
    clock.advance(days=1)
    assert await dishes() == ["soup", "tea", "bread"]


@pytest.mark.parametrize(
    ("fields", "shown"), [({}, True), ({"maxUses": 1, "uses": 1}, False), ({"endsAt": datetime(2020, 1, 1)}, False)]
)
async def test_a_campaign_is_shown_while_it_gives_something(
    app: App, world: World, fields: dict[str, Any], shown: bool
) -> None:
    await campaign(app, world, **fields)
    found = await reading.campaign(app, world.restaurant_id, str(world.location_id), str(world.origin_id))
    assert (found is not None) is shown


async def test_a_cart_that_has_no_discount_is_no_use(app: App, world: World) -> None:
    reward = await campaign(app, world)
    cart = await preview(app, world, "soup", origin={"id": "", "name": ""})
    assert await outcome(app, cart) == cart
    assert "uses" not in (await app.db.campaigns.find_one({"_id": reward}))


async def test_a_menu_that_is_switched_off_sells_nothing(app: App, world: World) -> None:
    cart = await preview(app, world, "soup")
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": {"available": False}})
    catalog.forget(app, world.restaurant_id, world.location_id)
    with pytest.raises(Problem) as raised:
        await preview(app, world, "soup")
    assert raised.value.code.code == "MENU_NOT_AVAILABLE"
    assert await outcome(app, cart) == "MENU_NOT_AVAILABLE"
    await app.db.menus.update_one({"_id": world.menu_id}, {"$unset": {"available": ""}})
    catalog.forget(app, world.restaurant_id, world.location_id)
    assert await outcome(app, cart) == cart
