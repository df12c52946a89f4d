"""Screens finish their part of an order and bring it back; the order is ready once, with its last part (rules 23)."""

from __future__ import annotations

import asyncio

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain.order_states import illegal_moves
from shared.services.support.audit import database
from tests.integration.crew import Crew
from tests.integration.kitchen.the_pass import Pass
from tests.integration.world import World


@pytest.fixture
async def kitchen(app: App, world: World) -> Pass:
    return Pass(await Crew.of(app, world))


async def audited(app: App) -> None:
    assert (await database.audit(app.db, app.clock)).listed == []


async def test_each_station_finishes_its_part_and_the_last_one_makes_the_order_ready(
    kitchen: Pass, clock: FixedClock
) -> None:
    order_id = await kitchen.order("soup", "soup", "tea")
    at = clock.advance(minutes=3)
    status, done = await kitchen.bump("kitchen", order_id)
    assert (status, done["data"]["status"], len(done["data"]["itemIds"])) == (200, "ACCEPTED", 2)
    assert await kitchen.done(order_id) == {"Soup": [at, at], "Tea": [None]}
    assert (await kitchen.on("kitchen", order_id))["bumpedAt"] is not None
    assert (await kitchen.on("bar", order_id))["bumpedAt"] is None
    last = clock.advance(minutes=1)
    status, done = await kitchen.bump("bar", order_id, who="bar")
    assert (status, done["data"]["status"], len(done["data"]["itemIds"])) == (200, "READY_FOR_PICKUP", 1)
    assert await kitchen.done(order_id) == {"Soup": [at, at], "Tea": [last]}
    kinds = ["created", "accepted", "item_completed", "item_completed", "station_bumped", "ready"]
    assert await kitchen.crew.kinds(order_id) == kinds
    assert (await kitchen.crew.rows(order_id))[-1]["by"].startswith("device:")
    await audited(kitchen.crew.app)


async def test_a_bump_that_comes_again_changes_nothing(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea")
    _, first = await kitchen.bump("kitchen", order_id, seq=2)
    for more in ({"seq": 2}, {}):
        status, again = await kitchen.bump("kitchen", order_id, **more)
        assert (status, again["data"]) == (200, first["data"] | {"itemIds": []})
    await kitchen.bump("bar", order_id)
    status, again = await kitchen.bump("bar", order_id)
    assert (status, again["data"]["status"], again["data"]["itemIds"]) == (200, "READY_FOR_PICKUP", [])
    assert (await kitchen.crew.kinds(order_id)).count("ready") == 1


async def test_a_screen_that_saw_less_is_told_where_the_order_stands(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea")
    await kitchen.bump("bar", order_id)
    status, answer = await kitchen.bump("kitchen", order_id, seq=2)
    assert (status, answer["code"], answer["status"], answer["seq"]) == (409, "ORDER_MOVED", "ACCEPTED", 4)
    await kitchen.crew.move("manager", order_id, "CANCELLED")
    status, answer = await kitchen.bump("kitchen", order_id)
    assert (status, answer["code"], answer["status"]) == (409, "ORDER_MOVED", "CANCELLED")


async def test_an_order_that_nobody_accepted_is_not_bumped(app: App) -> None:
    kitchen = Pass(await Crew.of(app, await World(auto_accepts=False).build(app)))
    order_id = await kitchen.order("soup")
    for act in ("bump", "recall"):
        status, answer = await kitchen.act(act, "kitchen", order_id)
        assert (status, answer["code"], answer["status"]) == (409, "ORDER_MOVED", "CREATED")


async def test_what_nobody_makes_goes_with_whoever_is_last_and_not_with_the_first(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea", "bread")
    await kitchen.bump("bar", order_id)
    assert (await kitchen.done(order_id))["Bread"] == [None]
    bar = await kitchen.on("bar", order_id)
    assert (bar["bumpedAt"] is not None, bar["isReady"]) == (True, False)
    _, done = await kitchen.bump("kitchen", order_id)
    assert (done["data"]["status"], len(done["data"]["itemIds"])) == ("READY_FOR_PICKUP", 2)
    # A station that makes nothing of it, and shows the lane only, finishes that.
    bread = await kitchen.order("bread")
    assert (await kitchen.bump("bar", bread))[1]["data"]["status"] == "READY_FOR_PICKUP"


async def test_a_ticket_whose_items_were_struck_one_by_one_is_bumped_all_the_same(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea")
    items = [item["id"] for item in (await kitchen.crew.stored(order_id))["items"]]
    await kitchen.crew.item("kitchen", order_id, items[0], "COMPLETED")
    assert (await kitchen.on("kitchen", order_id))["bumpedAt"] is None
    status, done = await kitchen.bump("kitchen", order_id)
    assert (status, done["data"]["itemIds"]) == (200, [])
    assert (await kitchen.on("kitchen", order_id))["bumpedAt"] is not None
    # Opened again, it is to be done there again.
    await kitchen.crew.item("expo", order_id, items[0], "STARTED")
    assert (await kitchen.on("kitchen", order_id))["bumpedAt"] is None


async def test_stations_make_an_order_ready_where_nobody_has_watched_as_expo_for_ten_minutes(
    kitchen: Pass, clock: FixedClock
) -> None:
    here = {"_id": kitchen.crew.world.location_id}
    await kitchen.crew.app.db.locations.update_one(here, {"$set": {"expoSeenAt": clock.now()}})
    watched, unwatched = await kitchen.order("soup"), await kitchen.order("soup")
    clock.advance(minutes=9)
    assert (await kitchen.bump("kitchen", watched))[1]["data"]["status"] == "ACCEPTED"
    clock.advance(minutes=1)
    assert (await kitchen.bump("kitchen", unwatched))[1]["data"]["status"] == "READY_FOR_PICKUP"


async def test_expo_lets_an_order_go_once_all_is_done_or_by_force(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea")
    ticket = await kitchen.on("expo", order_id)
    assert [(item["name"], item["stations"]) for item in ticket["items"]] == [("Soup", ["Kitchen"]), ("Tea", ["Bar"])]
    status, answer = await kitchen.bump("expo", order_id, who="expo")
    assert (status, answer["code"], answer["items"]) == (409, "ITEMS_NOT_DONE", ["Soup", "Tea"])
    status, done = await kitchen.bump("expo", order_id, who="expo", force=True)
    assert (status, done["data"]["status"], len(done["data"]["itemIds"])) == (200, "READY_FOR_PICKUP", 2)
    assert await kitchen.crew.kinds(order_id) == ["created", "accepted", "ready"]
    assert (await kitchen.listed("expo")) == []


async def test_a_ready_order_comes_back_on_all_its_screens_with_its_items_open(
    kitchen: Pass, clock: FixedClock
) -> None:
    order_id = await kitchen.order("soup", "tea")
    await kitchen.bump("kitchen", order_id)
    await kitchen.bump("bar", order_id)
    clock.advance(minutes=60)
    status, back = await kitchen.act("recall", "bar", order_id, who="bar")
    assert (status, back["data"]["status"], len(back["data"]["itemIds"])) == (200, "ACCEPTED", 2)
    assert await kitchen.done(order_id) == {"Soup": [None], "Tea": [None]}
    for screen in ("kitchen", "bar", "expo"):
        ticket = await kitchen.on(screen, order_id)
        assert ticket["recalledAt"] is not None and ticket["bumpedAt"] is None
    status, again = await kitchen.act("recall", "bar", order_id)
    assert (status, again["data"]) == (200, back["data"] | {"itemIds": []})
    # Done again here, it is no recalled one here any more.
    await kitchen.bump("kitchen", order_id)
    assert (await kitchen.on("kitchen", order_id))["recalledAt"] is None
    assert (await kitchen.on("bar", order_id))["recalledAt"] is not None
    await audited(kitchen.crew.app)


async def test_a_station_brings_back_only_its_own_part_of_an_order_that_is_not_ready(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea", "bread")
    await kitchen.crew.app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"note": "kept"}})
    await kitchen.bump("bar", order_id)
    assert (await kitchen.act("recall", "kitchen", order_id))[1]["data"]["itemIds"] == []
    tea = (await kitchen.crew.stored(order_id))["items"][1]["id"]
    status, back = await kitchen.act("recall", "bar", order_id, who="bar")
    assert (status, back["data"]["status"], back["data"]["itemIds"]) == (200, "ACCEPTED", [tea])
    assert (await kitchen.on("bar", order_id))["recalledAt"] is not None
    assert (await kitchen.on("kitchen", order_id))["recalledAt"] is None
    kinds = ["created", "accepted", "item_completed", "station_bumped", "item_reopened", "station_recalled"]
    assert await kitchen.crew.kinds(order_id) == kinds


async def test_an_order_is_recalled_for_an_hour_and_not_once_it_was_fetched(kitchen: Pass, clock: FixedClock) -> None:
    late, fetched = await kitchen.order("tea"), await kitchen.order("tea")
    for order_id in (late, fetched):
        assert (await kitchen.bump("bar", order_id))[0] == 200
    await kitchen.crew.move("service", fetched, "PICKED_UP")
    status, answer = await kitchen.act("recall", "bar", fetched)
    assert (status, answer["status"]) == (409, "PICKED_UP")
    clock.advance(minutes=60, seconds=1)
    assert (await kitchen.act("recall", "bar", late))[1]["code"] == "ORDER_MOVED"


async def test_what_may_be_recalled_is_listed_the_last_first(kitchen: Pass, clock: FixedClock) -> None:
    old = await kitchen.order("tea")
    await kitchen.bump("bar", old)
    clock.advance(minutes=61)
    ready, part, other = await kitchen.order("tea"), await kitchen.order("soup", "tea"), await kitchen.order("soup")
    for order_id in (ready, part):
        clock.advance(seconds=1)
        await kitchen.bump("bar", order_id)
    await kitchen.bump("kitchen", other)
    listed = await kitchen.recallable("bar", who="bar")
    assert [(one["orderId"], one["status"], one["items"]) for one in listed] == [
        (part, "ACCEPTED", ["Tea"]),
        (ready, "READY_FOR_PICKUP", ["Tea"]),
    ]
    assert {one["orderId"] for one in await kitchen.recallable("expo", who="expo")} == {ready, other}
    await kitchen.act("recall", "bar", part)
    assert [one["orderId"] for one in await kitchen.recallable("bar")] == [ready]


async def test_a_kitchens_screen_works_for_its_own_stations_only(kitchen: Pass) -> None:
    order_id, soup = await kitchen.order("soup", "tea"), await kitchen.order("soup")
    for act in ("bump", "recall"):
        for screen in ("kitchen", "expo"):
            status, answer = await kitchen.act(act, screen, order_id, who="bar")
            assert (status, answer["code"]) == (404, "STATION_NOT_FOUND")
        status, answer = await kitchen.act(act, "bar", soup, who="bar")
        assert (status, answer["code"]) == (404, "ORDER_NOT_FOUND")
    for screen in ("kitchen", "expo"):
        assert (await kitchen.call("recallable", screen, who="bar"))[0] == 404
    for order in ("nonsense", str(ObjectId())):
        assert (await kitchen.bump("kitchen", order))[1]["code"] == "ORDER_NOT_FOUND"


async def test_an_order_of_the_original_server_is_bumped_and_recalled(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup")
    db = kitchen.crew.app.db
    await db.orders.update_one(
        {"_id": ObjectId(order_id)}, {"$unset": {"version": "", "routing": "", "unrouted": "", "updatedAt": ""}}
    )
    await db.order_events.delete_many({"orderId": ObjectId(order_id)})
    assert (await kitchen.bump("kitchen", order_id))[1]["data"]["seq"] == 1
    assert (await kitchen.act("recall", "kitchen", order_id))[1]["data"]["seq"] == 2
    assert await kitchen.crew.kinds(order_id) == ["ready", "recalled"]


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.long)])
async def test_of_two_screens_that_finish_the_last_items_at_once_one_makes_it_ready(kitchen: Pass, times: int) -> None:
    for _ in range(times):
        order_id = await kitchen.order("soup", "tea")
        answers = await asyncio.gather(*(kitchen.bump(at, order_id) for at in ("kitchen", "bar", "kitchen", "bar")))
        assert [status for status, _ in answers] == [200] * 4
        assert (await kitchen.crew.kinds(order_id)).count("ready") == 1
        assert (await kitchen.crew.stored(order_id))["status"] == "READY_FOR_PICKUP"
    await audited(kitchen.crew.app)


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.long)])
async def test_a_bump_and_a_cancel_at_once_end_cancelled(kitchen: Pass, times: int) -> None:
    for _ in range(times):
        order_id = await kitchen.order("soup", "tea")
        bumped, cancelled = await asyncio.gather(
            kitchen.bump("expo", order_id, force=True),
            kitchen.crew.move("manager", order_id, "CANCELLED"),
        )
        assert cancelled == (200, True)
        assert bumped[0] == 200 or bumped[1]["status"] == "CANCELLED"
        kinds = await kitchen.crew.kinds(order_id)
        assert (kinds[-1], illegal_moves(kinds)) == ("cancelled", [])


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.long)])
async def test_of_a_recall_and_a_pick_up_at_once_one_is_too_late(kitchen: Pass, times: int) -> None:
    for _ in range(times):
        order_id = await kitchen.order("tea")
        await kitchen.bump("bar", order_id)
        answers = await asyncio.gather(
            kitchen.act("recall", "bar", order_id),
            kitchen.crew.move("service", order_id, "PICKED_UP"),
        )
        assert sorted(status for status, _ in answers) == [200, 409]
        kinds = await kitchen.crew.kinds(order_id)
        assert (len(kinds), illegal_moves(kinds)) == (4, [])
