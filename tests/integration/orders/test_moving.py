"""Staff move orders: the legal path and no other, each change once and told to everyone (rules 13)."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain.order_states import illegal_moves
from shared.services.menu import catalog
from shared.services.support.audit import database
from shared.web.front_door import Found, FrontDoor, _segments
from shared.web.routes import ROUTES
from tests.integration.crew import Crew
from tests.integration.world import World


@pytest.fixture
async def crew(app: App) -> Crew:
    """A restaurant whose people accept each order themselves."""
    return await Crew.of(app, await World(auto_accepts=False).build(app))


async def audited(app: App) -> None:
    assert (await database.audit(app.db, app.clock)).listed == []


async def test_an_order_goes_the_way_of_the_buttons_and_everyone_hears_of_it(crew: Crew, clock: FixedClock) -> None:
    order_id = await crew.order("soup", "tea")
    accepted = clock.advance(minutes=1)
    assert await crew.move("kitchen", order_id, "ACCEPTED") == (200, True)
    meta = (await crew.stored(order_id))["meta"]
    assert (meta["acceptedBy"], meta["autoAccept"]) == ("user", False)
    assert meta["acceptedAt"].startswith(f"{accepted:%Y-%m-%dT%H:%M:%S}")
    items = [item["id"] for item in (await crew.stored(order_id))["items"]]
    began = clock.advance(minutes=1)
    assert (await crew.item("bar", order_id, items[1], "STARTED"))[1]["data"] is True
    ready = clock.advance(minutes=5)
    assert await crew.move("expo", order_id, "READY_FOR_PICKUP") == (200, True)
    order = await crew.stored(order_id)
    assert [(item["startedAt"], item["completedAt"]) for item in order["items"]] == [(None, ready), (began, ready)]
    assert "endedAt" not in order
    ended = clock.advance(minutes=2)
    assert await crew.move("service", order_id, "PICKED_UP") == (200, True)
    assert (await crew.stored(order_id))["endedAt"] == ended
    assert await crew.kinds(order_id) == ["created", "accepted", "item_started", "ready", "picked_up"]
    here = crew.world
    groups = {f"order.{order_id}", f"location.{here.location_id}", f"station.{here.kitchen_id}"}
    for row in await crew.rows(order_id):
        assert set(row["sentTo"]) == groups | {f"station.{here.bar_id}"}
    by = [row["by"].partition(":")[0] for row in await crew.rows(order_id)]
    assert by == ["diner", "user", "device", "device", "user"]
    await audited(crew.app)


async def test_what_is_so_already_is_fine_and_what_is_not_allowed_says_where_the_order_stands(crew: Crew) -> None:
    order_id = await crew.order()
    status, answer = await crew.move("kitchen", order_id, "PICKED_UP")
    assert (status, answer["code"], answer["status"], answer["seq"]) == (409, "ORDER_MOVED", "CREATED", 1)
    assert await crew.move("kitchen", order_id, "ACCEPTED", seq=1) == (200, True)
    # The answer was lost: the same again, with what the screen had seen then.
    assert await crew.move("kitchen", order_id, "ACCEPTED", seq=1) == (200, True)
    status, answer = await crew.move("kitchen", order_id, "READY_FOR_PICKUP", seq=1)
    assert (status, answer["status"], answer["seq"]) == (409, "ACCEPTED", 2)
    assert await crew.move("kitchen", order_id, "READY_FOR_PICKUP", seq=2) == (200, True)
    # A stale tab would pull it back.
    assert (await crew.move("owner", order_id, "ACCEPTED"))[0] == 409
    assert await crew.kinds(order_id) == ["created", "accepted", "ready"]


async def test_only_managers_reject_and_cancel_and_they_say_why(crew: Crew) -> None:
    order_id = await crew.order()
    for who in ("kitchen", "service", "expo"):
        assert (await crew.move(who, order_id, "REJECTED"))[1]["code"] == "FORBIDDEN"
        assert (await crew.move(who, order_id, "CANCELLED"))[1]["code"] == "FORBIDDEN"
    status, answer = await crew.move("manager", order_id, "REJECTED", reason=" ")
    assert (status, answer["detail"][0]["field"]) == (400, "reason")
    assert await crew.move("manager", order_id, "REJECTED", reason="No soup left") == (200, True)
    row = (await crew.rows(order_id))[-1]
    assert (row["type"], row["payload"]["reason"]) == ("rejected", "No soup left")
    checkout = await crew.app.db.checkouts.find_one({"_id": ObjectId(order_id)})
    assert checkout is not None and "cartKey" not in checkout and "heldLines" not in checkout

    other = await crew.order("tea")
    await crew.move("kitchen", other, "ACCEPTED")
    assert await crew.move("manager", other, "CANCELLED", reason="Closing early") == (200, True)
    assert (await crew.move("manager", other, "REJECTED"))[1]["status"] == "CANCELLED"
    assert await crew.kinds(other) == ["created", "accepted", "cancelled"]
    await audited(crew.app)


async def test_a_ready_order_is_recalled_within_the_hour(crew: Crew, clock: FixedClock) -> None:
    order_id, late = await crew.order(), await crew.order("tea")
    for each in (order_id, late):
        await crew.move("kitchen", each, "ACCEPTED")
        await crew.move("kitchen", each, "READY_FOR_PICKUP")
    listed = (await crew.call("kitchen", "orders_ready", **crew.here))[1]["data"]
    assert {one["_id"] for one in listed} == {order_id, late}
    # The screen of the bar shows the tea alone.
    assert [one["_id"] for one in (await crew.call("bar", "orders_ready", **crew.here))[1]["data"]] == [late]
    assert (await crew.move("bar", order_id, "RECALL"))[0] == 404
    clock.advance(minutes=60)
    status, answer = await crew.move("kitchen", order_id, "RECALL")
    assert (status, answer["data"]["status"], answer["data"]["seq"]) == (200, "ACCEPTED", 4)
    assert (await crew.move("kitchen", order_id, "RECALL"))[0] == 200
    assert (await crew.move("kitchen", order_id, "READY_FOR_PICKUP"))[0] == 200
    clock.advance(seconds=1)
    assert (await crew.move("kitchen", late, "RECALL"))[1]["code"] == "ORDER_MOVED"
    assert await crew.kinds(order_id) == ["created", "accepted", "ready", "recalled", "ready"]
    await audited(crew.app)


@pytest.mark.parametrize(("moves", "sold"), [((), 0), (("ACCEPTED",), 0), (("ACCEPTED", "READY_FOR_PICKUP"), 1)])
async def test_portions_come_back_until_the_order_is_ready_and_the_campaigns_use_always(
    crew: Crew, moves: tuple[str, ...], sold: int
) -> None:
    db, world = crew.app.db, crew.world
    await db.menus.update_one({"_id": world.menu_id, "items.id": "soup"}, {"$set": {"items.$.dailyStock": 5}})
    reward = {"originId": world.origin_id, "type": "flat", "reward": {"flatOffCents": 100}, "isActive": True}
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    await db.campaigns.insert_one({**here, **reward, "name": "One off"})
    catalog.forget(crew.app, world.restaurant_id, world.location_id)
    order_id = await crew.order("soup")
    assert (await db.stock.distinct("n"), await db.campaigns.distinct("uses")) == ([1], [1])
    for to in moves:
        assert (await crew.move("kitchen", order_id, to))[0] == 200
    for _ in range(2):
        assert (await crew.move("manager", order_id, "CANCELLED"))[0] == 200
    assert (await db.stock.distinct("n"), await db.campaigns.distinct("uses")) == ([sold], [0])


async def test_an_order_of_the_original_gets_its_first_version(crew: Crew) -> None:
    order_id = await crew.order("soup", "bread")
    await crew.app.db.orders.update_one(
        {"_id": ObjectId(order_id)}, {"$unset": {"version": "", "routing": "", "unrouted": ""}}
    )
    await crew.app.db.order_events.delete_many({"orderId": ObjectId(order_id)})
    assert (await crew.move("kitchen", order_id, "ACCEPTED", seq=0)) == (200, True)
    [row] = await crew.rows(order_id)
    assert (row["seq"], row["type"], (await crew.stored(order_id))["version"]) == (1, "accepted", 1)
    # The bread has no station, so all hear of it.
    assert f"station.{crew.world.bar_id}" in row["sentTo"]


async def test_one_item_is_started_finished_and_opened_again_and_nothing_else_is_touched(
    crew: Crew, clock: FixedClock
) -> None:
    order_id = await crew.order("soup", "tea", "bread")
    soup, tea, bread = (item["id"] for item in (await crew.stored(order_id))["items"])
    done = await crew.item("kitchen", order_id, soup, "COMPLETED")
    assert done == (200, {"data": True, "message": "Order item completed successfully"})
    assert (await crew.item("kitchen", order_id, soup, "COMPLETED"))[1]["data"] is False
    again = clock.advance(minutes=1)
    assert (await crew.item("kitchen", order_id, soup, "STARTED"))[1]["data"] is True
    items = (await crew.stored(order_id))["items"]
    assert [(one["startedAt"], one["completedAt"]) for one in items] == [(again, None), (None, None), (None, None)]
    # The screen of the bar has the tea, and the bread that no station cooks.
    assert (await crew.item("bar", order_id, tea, "STARTED"))[0] == 200
    assert (await crew.item("bar", order_id, bread, "STARTED"))[0] == 200
    for item in (soup, "unknown"):
        status, answer = await crew.item("bar", order_id, item, "STARTED")
        assert (status, answer["code"]) == (404, "ORDER_ITEM_NOT_FOUND")
    await crew.move("manager", order_id, "CANCELLED")
    status, answer = await crew.item("kitchen", order_id, soup, "COMPLETED")
    assert (status, answer["code"], answer["status"]) == (409, "ORDER_MOVED", "CANCELLED")
    kinds = ["created", "item_completed", "item_started", "item_started", "item_started", "cancelled"]
    assert await crew.kinds(order_id) == kinds


async def test_an_order_is_ready_with_its_last_item_where_the_location_wants_it(crew: Crew) -> None:
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": {"readyWhenAllDone": True}})
    order_id = await crew.order("soup", "tea")
    await crew.move("kitchen", order_id, "ACCEPTED")
    items = [item["id"] for item in (await crew.stored(order_id))["items"]]
    done = await asyncio.gather(*(crew.item("kitchen", order_id, item, "COMPLETED") for item in items))
    assert [answer["data"] for _, answer in done] == [True, True]
    assert await crew.kinds(order_id) == ["created", "accepted", "item_completed", "item_completed", "ready"]
    assert (await crew.rows(order_id))[-1]["by"] == "system"


async def test_an_order_of_others_is_answered_like_an_unknown_one(crew: Crew) -> None:
    elsewhere = await Crew.of(crew.app, await World().build(crew.app))
    theirs = await elsewhere.order()
    answers = [
        await crew.move(who, key, "READY_FOR_PICKUP")
        for who in ("owner", "expo")
        for key in (theirs, "f" * 24, "nonsense")
    ]
    answers += [await crew.item("owner", key, "x", "STARTED") for key in (theirs, "f" * 24)]
    answers += [await crew.move("owner", theirs, "RECALL")]
    assert {(status, answer["code"], answer["message"]) for status, answer in answers} == {
        (404, "ORDER_NOT_FOUND", "Order not found")
    }
    # The bar shows no soup.
    assert (await crew.move("bar", await crew.order("soup"), "ACCEPTED"))[0] == 404
    assert (await elsewhere.stored(theirs))["status"] == "ACCEPTED"


async def test_a_hundred_changes_at_once_are_the_legal_path(crew: Crew) -> None:
    order_id = await crew.order()
    wishes = [("kitchen", "ACCEPTED"), ("expo", "READY_FOR_PICKUP"), ("service", "PICKED_UP"), ("owner", "ACCEPTED")]
    sent = [wishes[n % 4] for n in range(100)]
    for _ in range(4):
        answers = await asyncio.gather(*(crew.move(who, order_id, to) for who, to in sent))
        for (_, to), (status, answer) in zip(sent, answers, strict=True):
            assert status == 200 or (status, answer["code"]) == (409, "ORDER_MOVED"), (to, answer)
    assert await crew.kinds(order_id) == ["created", "accepted", "ready", "picked_up"]
    await audited(crew.app)


async def race(crew: Crew, clock: FixedClock) -> list[str]:
    """Ready, two items finished on two screens, and a manager's cancel, at the same instant."""
    order_id = await crew.order("soup", "tea", lines=[secrets.token_hex(12) for _ in range(2)])
    await crew.move("kitchen", order_id, "ACCEPTED")
    soup, tea = (item["id"] for item in (await crew.stored(order_id))["items"])
    calls = [
        lambda: crew.move("kitchen", order_id, "READY_FOR_PICKUP"),
        lambda: crew.item("expo", order_id, soup, "COMPLETED"),
        lambda: crew.item("bar", order_id, tea, "COMPLETED"),
        lambda: crew.move("manager", order_id, "CANCELLED"),
    ]
    secrets.SystemRandom().shuffle(calls)
    answers = await asyncio.gather(*(call() for call in calls))
    kinds = await crew.kinds(order_id)
    assert illegal_moves(kinds) == []
    order = await crew.stored(order_id)
    # A manager may cancel in every open status, so the cancel is never refused, and it comes last.
    assert (order["status"], kinds[-1]) == ("CANCELLED", "cancelled")
    for status, answer in answers:
        late = status == 409 and (answer["code"], answer["status"]) == ("ORDER_MOVED", "CANCELLED")
        assert status == 200 or late, answer
    changed = sum(status == 200 for status, _ in answers)
    done = kinds[2:]
    assert len(set(done)) == len(done) or done.count("item_completed") == 2
    assert len(done) <= changed
    if "ready" in done:
        assert all(item["completedAt"] for item in order["items"])
    clock.advance(seconds=1)
    return done


@pytest.mark.parametrize("times", [12, pytest.param(188, marks=pytest.mark.long)])
async def test_ready_items_and_a_cancel_at_once_are_one_legal_history(
    crew: Crew, clock: FixedClock, times: int
) -> None:
    histories = {tuple(await race(crew, clock)) for _ in range(times)}
    assert histories
    await audited(crew.app)


async def test_the_board_shows_the_locations_day_the_oldest_first(crew: Crew, clock: FixedClock) -> None:
    first = await crew.order()
    clock.advance(seconds=1)
    second = await crew.order("tea")
    status, listed = await crew.call("service", "orders_today", **crew.here)
    assert (status, [one["_id"] for one in listed]) == (200, [first, second])
    one = listed[0]
    assert {"orderCode", "status", "totalPriceCents", "startedAt"} <= one.keys()
    assert one["meta"] == {"correlationId": "r"} and "endedAt" not in one and "paymentId" not in one
    assert (one["customer"], one["origin"]["name"]) == ({"name": "Ann", "phone": "5550100200"}, "Table 1")
    for who in ("kitchen", "expo"):
        _, masked = await crew.call(who, "orders_today", **crew.here)
        assert masked[0]["customer"]["phone"] == "********00"
        _, alone = await crew.call(who, "orders_one", **crew.here, orderId=first)
        assert alone["data"] == masked[0]
    for route, path in (("orders_today", {}), ("orders_one", {"orderId": first})):
        assert (await crew.call("bar", route, **crew.here, **path))[0] == 403
    clock.advance(hours=25)
    assert (await crew.call("service", "orders_today", **crew.here)) == (200, [])
    _, still_open = await crew.call("service", "orders_today", query="open=true", **crew.here)
    assert [one["_id"] for one in still_open] == [first, second]


async def test_a_kitchen_screen_reads_its_own_stations_only(crew: Crew) -> None:
    order_id = await crew.order("soup", "tea")
    await crew.move("kitchen", order_id, "ACCEPTED")
    bar, kitchen = str(crew.world.bar_id), str(crew.world.kitchen_id)
    assert (await crew.call("bar", "stations_open_orders", **crew.here, stationId=kitchen))[0] == 404
    _, listed = await crew.call("bar", "stations_open_orders", **crew.here, stationId=bar)
    [ticket] = listed["data"]["matchedOrders"]
    assert ([item["menuItemId"] for item in ticket["items"]], ticket["customer"]["phone"]) == (["tea"], "********00")

    async def tags(who: str) -> list[str]:
        query = "stationTags=kitchen,bar"
        _, one = await crew.call(who, "stations_one_order", query=query, **crew.here, orderId=order_id)
        return [item["menuItemId"] for item in one["data"]["items"]]

    assert (await tags("bar"), await tags("expo")) == (["tea"], ["soup", "tea"])
    _, seen = await crew.call("service", "stations_open_orders", **crew.here, stationId=bar)
    assert seen["data"]["matchedOrders"][0]["customer"]["phone"] == "5550100200"


def test_the_manager_app_calls_with_a_slash_at_the_end() -> None:

    door = FrontDoor(ROUTES)
    found: dict[str, Any] = {}
    for path in ("restaurant/order-status/", "stations/order-item/"):
        at = door.find("POST", _segments(f"http://x/{path}"))
        assert isinstance(at, Found)
        found[path] = at.route.name
    assert found == {
        "restaurant/order-status/": "orders_order_status",
        "stations/order-item/": "stations_order_item",
    }
