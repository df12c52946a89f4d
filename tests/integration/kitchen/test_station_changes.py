"""Stations and printers are changed and deleted: nothing that is being cooked vanishes by it (rules 17)."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from tests.fixtures import zod
from tests.integration.crew import Crew, screen
from tests.integration.world import World


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def shown(crew: Crew, station: ObjectId, who: str = "kitchen") -> dict[str, bool]:
    """The open orders' items on a station's screen by their dish, each with whether no station cooks it."""
    status, answer = await crew.call(who, "stations_open_orders", **crew.here, stationId=str(station))
    assert status == 200, answer
    return {item["name"]: item["unrouted"] for order in answer["data"]["matchedOrders"] for item in order["items"]}


async def change(crew: Crew, station: ObjectId, who: str = "manager", **body: Any) -> tuple[int, Any]:
    return await crew.call(who, "stations_change", body, **crew.here, stationId=str(station))


async def delete(crew: Crew, station: ObjectId, who: str = "manager") -> tuple[int, Any]:
    return await crew.call(who, "stations_delete", **crew.here, stationId=str(station))


async def test_a_station_gets_another_name_and_other_tags(crew: Crew) -> None:
    world = crew.world
    await crew.order("soup", "bread")
    assert await shown(crew, world.bar_id) == {"Bread": True}
    status, answer = await change(crew, world.bar_id, name="Bar and oven", tags=["bar", "bakery", "bar"])
    assert (status, answer["data"]["name"], answer["data"]["tags"]) == (200, "Bar and oven", ["bar", "bakery"])
    assert await shown(crew, world.bar_id) == {"Bread": True}
    await crew.order("bread")
    listed = (await crew.call("kitchen", "stations_listed", **crew.here))[1]
    assert zod.STATIONS(listed, "stations") == []
    assert [one["name"] for one in listed["data"]] == ["Kitchen", "Bar and oven"]
    assert (await change(crew, world.bar_id, name="Bar and oven"))[0] == 200
    [row] = await crew.app.db.trail.find({"action": "station.changed"}).to_list()
    assert (row["before"], row["after"]["name"]) == ({"name": "Bar", "tags": ["bar"]}, "Bar and oven")
    for wrong in ({"name": " "}, {"tags": [""]}, {"tags": ["x"] * 51}, {"locationId": "x"}):
        assert (await change(crew, world.bar_id, **wrong))[0] == 400
    assert (await change(crew, ObjectId(), name="x"))[1]["code"] == "STATION_NOT_FOUND"
    for who in ("kitchen", "service", "expo"):
        assert (await change(crew, world.bar_id, who, name="x"))[0] == 403


async def test_what_a_deleted_station_cooked_is_in_every_screens_lane(crew: Crew) -> None:
    world = crew.world
    await crew.order("soup")
    order_id = await crew.order("tea")
    await crew.app.db.devices.delete_many({"stationIds": str(world.bar_id)})
    assert await shown(crew, world.kitchen_id) == {"Soup": False}
    assert (await delete(crew, world.bar_id))[1] == {"data": True}
    assert await shown(crew, world.kitchen_id) == {"Soup": False, "Tea": True}
    assert (await crew.call("kitchen", "stations_open_orders", **crew.here, stationId=str(world.bar_id)))[0] == 404
    # Whoever shows it now hears of it, too.
    assert (await crew.move("kitchen", order_id, "READY_FOR_PICKUP"))[0] == 200
    row = await crew.app.db.order_events.find_one({"orderId": ObjectId(order_id)}, sort=[("seq", -1)])
    assert row is not None
    assert [one["stationId"] for one in row["payload"]["stations"]] == [str(world.kitchen_id)]
    # From now on orders are placed without it.
    await crew.order("tea")
    assert await shown(crew, world.kitchen_id) == {"Soup": False, "Tea": True}
    assert (await delete(crew, world.bar_id))[1]["code"] == "STATION_NOT_FOUND"


async def test_a_screen_that_has_it_alone_keeps_its_station_and_others_lose_it(crew: Crew) -> None:
    world = crew.world
    both = [str(world.kitchen_id), str(world.bar_id)]
    two = {"authorization": (await screen(crew.app, world, "kitchen", both))["authorization"]}
    crew.headers["both"] = two
    assert await shown(crew, world.bar_id, "both") == {}
    status, answer = await delete(crew, world.bar_id)
    assert (status, answer["code"]) == (409, "STATION_IN_USE")
    await crew.app.db.devices.update_many(
        {"stationIds": [str(world.bar_id)]}, {"$set": {"revokedAt": crew.app.clock.now()}}
    )
    assert (await delete(crew, world.bar_id))[0] == 200
    left = await crew.app.db.devices.find({"revokedAt": None, "role": "kitchen"}).to_list()
    assert [one["stationIds"] for one in left if str(world.kitchen_id) in one["stationIds"]] == [[both[0]]]
    assert await shown(crew, world.kitchen_id, "both") == {}


async def test_a_printer_that_prints_for_it_alone_keeps_it_too(crew: Crew) -> None:
    world = crew.world
    await crew.app.db.devices.delete_many({})
    alone, other = (
        {"id": ObjectId(), "type": "cloudprnt", "name": name, "ip": "", "stationIds": stations, "paperWidth": 80}
        for name, stations in (("Bar", [str(world.bar_id)]), ("Pass", [str(world.bar_id), str(world.kitchen_id)]))
    )
    where = {"_id": world.location_id}
    await crew.app.db.locations.update_one(where, {"$set": {"printers": [alone, other]}})
    status, answer = await delete(crew, world.bar_id)
    assert (status, answer["code"], "(Bar)" in answer["message"]) == (409, "STATION_IN_USE", True)
    await crew.app.db.locations.update_one(where, {"$set": {"printers": [other, {"name": "old"}]}})
    assert (await delete(crew, world.bar_id))[0] == 200
    found = await crew.app.db.locations.find_one(where)
    assert found is not None
    assert found["printers"] == [other | {"stationIds": [str(world.kitchen_id)]}, {"name": "old"}]


async def test_a_station_of_another_location_is_not_found(crew: Crew) -> None:
    other = await World().build(crew.app)
    assert (await delete(crew, other.bar_id))[1]["code"] == "STATION_NOT_FOUND"
    assert (await change(crew, other.bar_id, name="x"))[1]["code"] == "STATION_NOT_FOUND"
    assert await crew.app.db.stations.count_documents({"_id": other.bar_id, "name": "Bar"}) == 1


async def test_a_printers_row_keeps_what_nobody_changed(crew: Crew) -> None:
    lan = {"id": ObjectId(), "type": "lan", "ip": "192.168.0.20", "name": "orders", "model": "TSP100"}
    cloud = {"id": ObjectId(), "type": "cloudprnt", "ip": "", "name": "Grill", "stationIds": ["s"], "copies": 2}
    where = {"_id": crew.world.location_id}
    await crew.app.db.locations.update_one(where, {"$set": {"printers": [lan, cloud]}})

    async def edit(printer: Any, who: str = "manager", **body: Any) -> tuple[int, Any]:
        return await crew.call(who, "printers_change", body, **crew.here, printerId=str(printer["id"]))

    status, answer = await edit(lan, ip="192.168.0.21")
    assert (status, answer["data"]["ip"], answer["data"]["name"]) == (200, "192.168.0.21", "orders")
    assert (await edit(cloud, name="$ip"))[0] == 200
    found = await crew.app.db.locations.find_one(where)
    assert found is not None
    assert found["printers"] == [lan | {"ip": "192.168.0.21"}, cloud | {"name": "$ip"}]
    assert (await edit(cloud, ip="192.168.0.22"))[1]["code"] == "PRINTER_OF_ANOTHER_KIND"
    assert (await edit({"id": ObjectId()}, name="x"))[1]["code"] == "PRINTER_NOT_FOUND"
    assert (await edit(lan, name=""))[0] == 400
    assert (await edit(lan, type="x"))[0] == 400
    assert (await edit(lan, "kitchen", name="x"))[0] == 403
    listed = (await crew.call("kitchen", "printers_listed", **crew.here))[1]
    assert zod.PRINTERS(listed, "printers") == []
