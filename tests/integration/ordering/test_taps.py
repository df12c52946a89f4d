"""A diner's bad network: lost answers, second taps, edited carts (rules 3 and 10)."""

from __future__ import annotations

import asyncio
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.services.ordering import previewing, unpaid
from tests.integration.world import World, line_id


async def tap(app: App, world: World, cart: dict[str, Any]) -> str:
    """What the app does at one tap on "order": preview, then place. The order's id, or the code of the refusal."""
    try:
        made = await previewing.preview(app, world.request(*[], **cart), request_id="r")
        placed = await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")
    except Problem as problem:
        return problem.code.code
    return str(placed.order_id)


def lines(world: World, *dishes: str, ids: list[str] | None = None, **more: Any) -> dict[str, Any]:
    body = world.cart(*dishes, lines=ids)
    return {"items": [item | more for item in body["items"]]}


async def orders_of(app: App, world: World) -> int:
    return await app.db.orders.count_documents({"locationId": world.location_id})


async def test_a_second_tap_50_ms_later_is_the_same_order(app: App, world: World) -> None:
    cart = lines(world, "soup", "tea")

    async def later() -> str:
        await asyncio.sleep(0.05)
        return await tap(app, world, cart)

    first, second = await asyncio.gather(tap(app, world, cart), later())
    assert first == second
    assert await orders_of(app, world) == 1


async def test_a_second_tap_20_s_later_is_the_same_order_though_the_first_answer_was_lost(
    app: App, clock: FixedClock, world: World
) -> None:
    cart = lines(world, "soup", "tea")
    first = await tap(app, world, cart)
    clock.advance(seconds=20)
    assert await tap(app, world, cart) == first
    assert await orders_of(app, world) == 1


async def test_twenty_taps_at_once_are_one_order(app: App, world: World) -> None:
    cart = lines(world, "soup", "tea")
    assert len({await one for one in asyncio.as_completed([tap(app, world, cart) for _ in range(20)])}) == 1
    assert await orders_of(app, world) == 1


async def test_an_hour_later_the_same_lines_are_a_new_order(app: App, clock: FixedClock, world: World) -> None:
    cart = lines(world, "soup")
    first = await tap(app, world, cart)
    clock.advance(minutes=31)
    second = await tap(app, world, cart)
    assert ObjectId.is_valid(second)
    assert second != first


async def test_two_diners_with_the_same_dishes_at_the_same_moment_are_two_orders(app: App, world: World) -> None:
    ids = await asyncio.gather(*(tap(app, world, lines(world, "soup", "tea")) for _ in range(2)))
    assert len(set(ids)) == 2
    assert await orders_of(app, world) == 2


async def test_another_quantity_of_a_line_that_is_being_ordered_is_refused(app: App, world: World) -> None:
    key = line_id()
    first = await tap(app, world, lines(world, "soup", ids=[key]))
    assert await tap(app, world, lines(world, "soup", ids=[key], quantity=2)) == "ORDER_RUNNING"
    assert await tap(app, world, lines(world, "soup", ids=[key])) == first


async def test_a_line_of_three_is_three_entries_the_first_with_the_lines_id(app: App, world: World) -> None:
    key = line_id()
    order_id = await tap(app, world, lines(world, "soup", ids=[key], quantity=3))
    stored = await app.db.orders.find_one({"_id": ObjectId(order_id)})
    assert stored is not None
    ids = [item["id"] for item in stored["items"]]
    assert (len(set(ids)), ids[0]) == (3, key)
    assert all(ObjectId.is_valid(one) for one in ids)
    assert stored["totalPriceCents"] == 3300


async def test_ids_that_are_no_24_hex_or_come_twice_are_replaced(app: App, world: World) -> None:
    key = line_id()
    order_id = await tap(app, world, lines(world, "soup", "tea", "bread", ids=["1", key, key]))
    stored = await app.db.orders.find_one({"_id": ObjectId(order_id)})
    assert stored is not None
    ids = [item["id"] for item in stored["items"]]
    assert (len(set(ids)), ids[1]) == (3, key)
    assert "1" not in ids


async def test_a_cart_without_ids_is_a_new_order_each_time(app: App, world: World) -> None:
    cart = lines(world, "soup", ids=[""])
    assert await tap(app, world, cart) != await tap(app, world, cart)
