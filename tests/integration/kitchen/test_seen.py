"""Kitchen screens say that they are there, and what they have shown (rules 22)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from tests.integration.crew import Crew
from tests.integration.world import World

SCREEN = "tablet-by-the-bar"


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def see(crew: Crew, who: str, station: object, *drawn: tuple[str, int], screen: str = SCREEN) -> tuple[int, Any]:
    body = {"screenId": screen, "drawn": [{"orderId": order_id, "seq": seq} for order_id, seq in drawn]}
    return await crew.call(who, "screens_seen", body, **crew.here, stationId=str(station))


async def listed(crew: Crew, who: str = "kitchen") -> list[dict[str, Any]]:
    status, answer = await crew.call(who, "screens_listed", **crew.here)
    assert status == 200, answer
    return list(answer["data"])


async def test_a_screen_that_calls_is_listed_with_the_server_s_time(crew: Crew) -> None:
    assert await listed(crew) == []
    status, answer = await see(crew, "bar", crew.world.bar_id)
    assert status == 200
    [screen] = await listed(crew)
    assert answer == {"data": {"serverTime": screen["seenAt"]}}
    assert screen == {
        "screenId": SCREEN,
        "stationId": str(crew.world.bar_id),
        "stationName": "Bar",
        "deviceName": "kitchen",
        "seenAt": screen["seenAt"],
        "connected": True,
    }
    assert (await see(crew, "expo", "expo"))[0] == 200
    assert (await see(crew, "kitchen", crew.world.kitchen_id, screen="a-cook-s-phone"))[0] == 200
    cook, expo, _ = await listed(crew)
    assert (cook["deviceName"], cook["stationName"]) == (None, "Kitchen")
    assert (expo["deviceName"], expo["stationId"], expo["stationName"]) == ("expo", None, "Expo")


async def test_a_screen_that_is_quiet_is_not_connected_and_after_a_day_not_listed(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    await back(crew, timedelta(seconds=61))
    assert [one["connected"] for one in await listed(crew)] == [False]
    await back(crew, timedelta(hours=24))
    assert await listed(crew) == []


async def back(crew: Crew, by: timedelta) -> None:
    """All that screens said was so much earlier."""
    change = [{"$set": {"seenAt": {"$subtract": ["$seenAt", by // timedelta(milliseconds=1)]}}}]
    await crew.app.db.screens.update_many({}, change)


async def test_what_a_screen_has_shown_is_kept_once_with_its_first_time(crew: Crew) -> None:
    order_id = await crew.order("tea")
    await see(crew, "bar", crew.world.bar_id, (order_id, 2))
    [first] = await crew.app.db.draws.find().to_list()
    assert (first["orderId"], first["stationId"], first["screenId"], first["seq"]) == (
        ObjectId(order_id),
        str(crew.world.bar_id),
        SCREEN,
        2,
    )
    await see(crew, "bar", crew.world.bar_id, (order_id, 5), (order_id.upper(), 3))
    await see(crew, "bar", crew.world.bar_id, (order_id, 1))
    assert await crew.app.db.draws.find().to_list() == [first | {"seq": 5}]
    await see(crew, "expo", "expo", (order_id, 5))
    assert await crew.app.db.draws.count_documents({"orderId": ObjectId(order_id)}) == 2


async def test_orders_of_elsewhere_are_passed_over(crew: Crew) -> None:
    order_id = await crew.order("tea")
    elsewhere = ObjectId()
    stored = await crew.stored(order_id)
    await crew.app.db.orders.insert_one(stored | {"_id": elsewhere, "locationId": ObjectId()})
    told = [(str(elsewhere), 2), (str(ObjectId()), 2), ("no id", 2), (order_id, 2)]
    assert (await see(crew, "bar", crew.world.bar_id, *told))[0] == 200
    assert [one["orderId"] for one in await crew.app.db.draws.find().to_list()] == [ObjectId(order_id)]


async def test_a_device_speaks_for_what_it_shows_alone(crew: Crew) -> None:
    for who, station in (
        ("bar", crew.world.kitchen_id),
        ("bar", "expo"),
        ("kitchen", ObjectId()),
        ("expo", "nothing"),
    ):
        assert (await see(crew, who, station))[1]["code"] == "STATION_NOT_FOUND"
    assert await listed(crew) == []
    assert (await crew.call("bar", "screens_listed", **crew.here))[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        {"screenId": "short", "drawn": []},
        {"screenId": "x" * 65, "drawn": []},
        {"screenId": "eight or more", "drawn": []},
        {"screenId": SCREEN},
        {"screenId": SCREEN, "drawn": [{"orderId": "x", "seq": -1}]},
        {"screenId": SCREEN, "drawn": [{"orderId": "x", "seq": "1"}]},
        {"screenId": SCREEN, "drawn": [{"orderId": "x", "seq": 1}] * 101},
    ],
)
async def test_what_is_no_call_of_a_screen_is_refused(crew: Crew, body: dict[str, Any]) -> None:
    status, answer = await crew.call("bar", "screens_seen", body, **crew.here, stationId=str(crew.world.bar_id))
    assert (status, answer["code"]) == (400, "INVALID_REQUEST")


async def test_the_station_keeps_when_a_screen_was_seen_to_a_minute(crew: Crew) -> None:
    place = crew.app.db.stations, {"_id": crew.world.bar_id}
    await see(crew, "bar", crew.world.bar_id)
    first = (await place[0].find_one(place[1]) or {})["screenSeenAt"]
    await see(crew, "bar", crew.world.bar_id)
    assert (await place[0].find_one(place[1]) or {})["screenSeenAt"] == first
    await place[0].update_one(place[1], {"$set": {"screenSeenAt": first - timedelta(minutes=1)}})
    await see(crew, "bar", crew.world.bar_id)
    assert (await place[0].find_one(place[1]) or {})["screenSeenAt"] >= first
    version = (await crew.app.db.locations.find_one({"_id": crew.world.location_id}) or {}).get("version")
    await see(crew, "expo", "expo")
    location = await crew.app.db.locations.find_one({"_id": crew.world.location_id}) or {}
    assert location["expoSeenAt"] >= first
    assert location.get("version") == version
