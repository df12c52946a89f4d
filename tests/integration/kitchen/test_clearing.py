"""Rush, strikes that are taken back, expo that waits, and the end of a day (rules 23)."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from bson import ObjectId

from local.supervisor.options import PROJECT
from shared.app import App
from shared.clock import FixedClock
from shared.services.support.audit import database
from shared.store import orders
from tests.integration.crew import Crew
from tests.integration.kitchen.the_pass import Pass
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
async def kitchen(app: App, world: World) -> Pass:
    return Pass(await Crew.of(app, world))


async def test_a_rush_stands_on_every_screen_and_is_taken_back(kitchen: Pass) -> None:
    order_id = await kitchen.order("soup", "tea")
    for _ in range(2):
        status, answer = await kitchen.act("rush", "bar", order_id, who="bar", rush=True)
        assert (status, answer["data"]["seq"]) == (200, 3)
    for screen in ("kitchen", "bar", "expo"):
        assert (await kitchen.on(screen, order_id))["rushedAt"] is not None
    assert (await kitchen.act("rush", "kitchen", order_id, rush=False))[1]["data"]["seq"] == 4
    assert (await kitchen.on("bar", order_id))["rushedAt"] is None
    assert await kitchen.crew.kinds(order_id) == ["created", "accepted", "order_rushed", "order_unrushed"]
    await kitchen.bump("expo", order_id, force=True)
    status, answer = await kitchen.act("rush", "bar", order_id, rush=True)
    assert (status, answer["code"], answer["status"]) == (409, "ORDER_MOVED", "READY_FOR_PICKUP")


async def test_a_strike_is_taken_back(kitchen: Pass, clock: FixedClock) -> None:
    order_id = await kitchen.order("soup", "tea")
    [soup, _] = (item["id"] for item in (await kitchen.crew.stored(order_id))["items"])
    began = clock.now()
    for to in ("STARTED", "COMPLETED"):
        assert (await kitchen.crew.item("kitchen", order_id, soup, to))[1]["data"] is True
    clock.advance(minutes=1)
    status, answer = await kitchen.crew.item("kitchen", order_id, soup, "REOPENED")
    assert (status, answer) == (200, {"data": True, "message": "Order item reopened successfully"})
    assert (await kitchen.crew.item("kitchen", order_id, soup, "REOPENED"))[1]["data"] is False
    item = (await kitchen.crew.stored(order_id))["items"][0]
    assert (item["startedAt"], item["completedAt"]) == (began, None)
    [*_, row] = await kitchen.crew.rows(order_id)
    assert (row["type"], f"station.{kitchen.crew.world.kitchen_id}" in row["sentTo"]) == ("item_reopened", True)
    await kitchen.crew.move("manager", order_id, "CANCELLED")
    assert (await kitchen.crew.item("kitchen", order_id, soup, "REOPENED"))[0] == 409


@pytest.mark.parametrize(
    ("minutes", "all_done", "status"),
    [(9, False, "ACCEPTED"), (10, False, "READY_FOR_PICKUP"), (0, True, "READY_FOR_PICKUP")],
)
async def test_an_order_waits_for_expo_where_somebody_looks_there(
    kitchen: Pass, clock: FixedClock, minutes: int, all_done: bool, status: str
) -> None:
    world = kitchen.crew.world
    await kitchen.crew.app.db.locations.update_one({"_id": world.location_id}, {"$set": {"readyWhenAllDone": all_done}})
    seen = {"screenId": "the-pass-tablet", "drawn": []}
    assert (await kitchen.crew.call("expo", "screens_seen", seen, **kitchen.crew.here, stationId="expo"))[0] == 200
    clock.advance(minutes=minutes)
    order_id = await kitchen.order("soup", "tea")
    await kitchen.bump("bar", order_id)
    _, done = await kitchen.bump("kitchen", order_id)
    assert done["data"]["status"] == status
    if status == "ACCEPTED":
        assert (await kitchen.on("expo", order_id))["isReady"] is True
        assert [one["orderId"] for one in await kitchen.recallable("kitchen")] == [order_id]
        assert (await kitchen.bump("expo", order_id, who="expo"))[1]["data"]["status"] == "READY_FOR_PICKUP"


async def test_the_end_of_a_day_clears_what_is_open_and_says_so(kitchen: Pass, clock: FixedClock) -> None:
    crew = kitchen.crew
    accepted, ready, gone = await kitchen.order("soup", "tea"), await kitchen.order("tea"), await kitchen.order("tea")
    await kitchen.bump("bar", ready)
    await crew.move("manager", gone, "CANCELLED")
    waiting = await kitchen.order("soup")
    await crew.app.db.orders.update_one({"_id": ObjectId(waiting)}, {"$set": {"status": "CREATED"}})
    elsewhere = await Crew.of(crew.app, await World().build(crew.app))
    theirs = await elsewhere.order("soup")
    clock.advance(hours=6)
    ids = [accepted, ready, gone, waiting, theirs, "nonsense", accepted]
    for again in (False, True):
        status, answer = await kitchen.call("clear", "expo", {"orderIds": ids, "reason": "Closed"}, who="expo")
        assert status == 200, answer
        found = {one["orderId"]: one["result"] for one in answer["data"]}
        assert found == {
            accepted: "cleared",
            ready: "gone" if again else "cleared",
            gone: "gone",
            waiting: "not_accepted",
            theirs: "not_found",
            "nonsense": "not_found",
        }
    assert await crew.kinds(accepted) == ["created", "accepted", "ready", "picked_up"]
    assert [row["payload"].get("cleared") for row in await crew.rows(accepted)] == [None, None, True, True]
    assert {row["payload"].get("reason") for row in (await crew.rows(accepted))[2:]} == {"Closed"}
    assert [row["payload"].get("cleared") for row in (await crew.rows(ready))[-2:]] == [None, True]
    assert (await elsewhere.stored(theirs))["status"] == "ACCEPTED"
    assert (await crew.stored(accepted))["clearedAt"] == clock.now()
    assert "clearedAt" not in await crew.stored(ready)
    # A kitchen's screen clears what it shows.
    soup, tea = await kitchen.order("soup"), await kitchen.order("tea")
    _, answer = await kitchen.call("clear", "bar", {"orderIds": [soup, tea]}, who="bar")
    assert [one["result"] for one in answer["data"]] == ["not_found", "cleared"]
    assert (await kitchen.call("clear", "bar", {"orderIds": [theirs, soup]}, who="bar"))[1]["code"] == "ORDER_NOT_FOUND"
    for wrong in ([], ["x" * 200], ["1"] * 201):
        assert (await kitchen.call("clear", "bar", {"orderIds": wrong}))[0] == 400


async def test_what_was_cleared_says_nothing_of_how_fast_the_kitchen_is(kitchen: Pass, clock: FixedClock) -> None:
    crew = kitchen.crew
    made, forgotten = await kitchen.order("tea"), await kitchen.order("tea")
    clock.advance(minutes=4)
    await kitchen.bump("bar", made)
    clock.advance(minutes=200)
    assert (await kitchen.call("clear", "bar", {"orderIds": [forgotten, made]}))[0] == 200
    day = (await crew.stored(made))["businessDate"]
    _, report = await crew.call("manager", "location_reports_sales_report", query=f"from={day}&to={day}", **crew.here)
    [row] = report["data"]["prepTimes"]
    assert (row["name"], row["orders"], row["medianMinutes"]) == ("Bar", 1, 4.0)
    long_ago = clock.now() - timedelta(days=1)
    found, _ = await orders.of_kitchen(
        crew.app.db, crew.world.restaurant_id, crew.world.location_id, made_since=long_ago, waiting_since=long_ago
    )
    assert [str(one.id) for one in found] == [made]


@pytest.mark.parametrize("many", [1, 9])
async def test_whoever_is_killed_while_clearing_clears_the_rest_by_asking_again(
    kitchen: Pass, clock: FixedClock, mongo_uri: str, db_name: str, many: int
) -> None:
    crew = kitchen.crew
    ids = [await kitchen.order("soup", "tea") for _ in range(30)]
    settings = json.dumps({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})
    place = ",".join([crew.world.restaurant_id, str(crew.world.location_id), "expo"])
    command = [sys.executable, "-m", "tests.integration.kitchen.killed_clearer", settings]
    run = [*command, clock.now().isoformat(), place, ",".join(ids), str(many)]
    killed = await asyncio.to_thread(subprocess.run, run, cwd=PROJECT, timeout=PATIENCE_SECONDS, check=False)
    assert killed.returncode == -signal.SIGKILL
    statuses = await crew.app.db.orders.distinct("status", {"locationId": crew.world.location_id})
    # None is ready and not picked up: each order is cleared as a whole, or not at all.
    assert set(statuses) == {"ACCEPTED", "PICKED_UP"}
    status, answer = await kitchen.call("clear", "expo", {"orderIds": ids})
    assert (status, {one["result"] for one in answer["data"]}) == (200, {"cleared"})
    for order_id in ids:
        assert await crew.kinds(order_id) == ["created", "accepted", "ready", "picked_up"]
    assert (await database.audit(crew.app.db, clock)).differences == 0


async def test_the_audit_finds_an_order_that_was_cleared_by_half(kitchen: Pass, clock: FixedClock) -> None:
    db = kitchen.crew.app.db
    order_id = await kitchen.order("tea")
    assert (await kitchen.call("clear", "bar", {"orderIds": [order_id]}))[0] == 200
    assert (await database.audit(db, clock)).differences == 0
    await db.orders.update_one({"_id": ObjectId(order_id)}, {"$unset": {"clearedAt": ""}})
    report = await database.audit(db, clock)
    assert [one.what for one in report.listed] == [f"order {order_id}"]
