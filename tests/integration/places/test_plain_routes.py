"""A restaurant's own people read and change it: the shapes that the manager app demands (contract 19 to 33, 49, 50)."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.domain.roles import Role
from shared.web.routes import ROUTES
from tests.fixtures import zod
from tests.integration.staff import signed_in_as
from tests.integration.world import World
from tests.web_calls import content, request


class Staff:
    """One person of the restaurant who calls its routes."""

    def __init__(self, app: App, world: Any, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers
        self.here = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}

    @staticmethod
    async def of(app: App, world: Any, role: Role, locations: list[str] | None = None) -> Staff:
        load_app(PROJECT, {})
        return Staff(app, world, await signed_in_as(app, world.restaurant_id, role, locations))

    async def call(self, name: str, body: Any = None, **path: str) -> tuple[int, Any]:
        route = ROUTES.named(name)
        headers = {**self.headers, "content-type": "application/json"}
        values = {key: value for key, value in {**self.here, **path}.items() if key in route.parameters}
        sent = request(route.method, "/x", b"" if body is None else body, headers=headers, path=values)
        response = await route.handle(sent, app=self.app)
        return response.status_code, content(response)

    async def shaped(self, shape: zod.Check, name: str, body: Any = None, **path: str) -> Any:
        status, answer = await self.call(name, body, **path)
        assert status == ROUTES.named(name).status, answer
        assert shape(answer, name) == []
        return answer


async def actions(app: App) -> list[str]:
    return [row["action"] async for row in app.db.trail.find().sort([("day", 1), ("seq", 1)])]


async def test_each_sees_his_own_locations_and_what_his_role_may(app: App, world: World) -> None:
    contact = {"contact": {"email": "a@b.example"}, "alertNumbers": [{"_id": ObjectId(), "phoneNumber": "5550100200"}]}
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": contact})
    other = {"_id": ObjectId(), "restaurantId": world.restaurant_id, "name": "Other", "timezone": "UTC"}
    await app.db.locations.insert_one(other)
    manager = await Staff.of(app, world, "manager", [str(world.location_id)])
    [mine] = (await manager.shaped(zod.LOCATIONS, "restaurant_locations_of_person"))["data"]
    assert (mine["contact"]["email"], len(mine["alertNumbers"])) == ("a@b.example", 1)
    cook = await Staff.of(app, world, "kitchen")
    both = (await cook.shaped(zod.LOCATIONS, "restaurant_locations_of_person"))["data"]
    assert [(row["contact"]["email"], row["alertNumbers"]) for row in both] == [("", []), ("", [])]
    for who, cost in ((manager, 123), (cook, 0)):
        menu = await who.shaped(zod.MENU, "restaurant_menus_menu", menuId=str(world.menu_id))
        assert {item["makingCostCents"] for item in menu["data"]["items"]} == {cost}


async def test_an_owner_makes_a_location_that_takes_no_payment(app: App, world: World) -> None:
    owner = await Staff.of(app, world, "owner")
    made = (await owner.shaped(zod.NEW_LOCATION, "restaurant_create_location"))["data"]
    stored = await app.db.locations.find_one({"_id": ObjectId(made["_id"])})
    assert stored["payment"] == {"acceptPayment": False}
    assert made["acceptPayment"] is False
    await owner.shaped(zod.LOCATIONS, "restaurant_locations_of_person")
    for who in (await Staff.of(app, world, "manager"), await Staff.of(app, world, "owner", [made["_id"]])):
        assert (await who.call("restaurant_create_location"))[0] == 403
    assert await actions(app) == ["location.created"]


async def test_a_dish_is_sold_out_and_back_within_the_second(app: App, world: World) -> None:
    cook = await Staff.of(app, world, "kitchen", [str(world.location_id)])
    soup = {"menuId": str(world.menu_id), "itemId": "soup"}
    name = "restaurant_menus_item_availability"

    async def orderable() -> int:
        status, _ = await cook.call("order_app_preview_order", world.cart("soup"))
        return status

    assert await orderable() == 200
    assert await cook.call(name, {"isAvailable": False}, **soup) == (200, {"data": True})
    assert await cook.call(name, {"isAvailable": False}, **soup) == (200, {"data": True})
    assert await orderable() == 409
    assert await cook.call(name, {"isAvailable": True}, **soup) == (200, {"data": True})
    assert await orderable() == 200
    for body in ({"isAvailable": "false"}, {"isAvailable": None}, {}, {"isAvailable": 1}):
        status, answer = await cook.call(name, body, **soup)
        assert (status, answer["detail"][0]["field"]) == (400, "isAvailable")
    assert (await cook.call(name, {"isAvailable": True}, **{**soup, "itemId": "pie"}))[0] == 404
    assert (await cook.call(name, {"isAvailable": True}, **{**soup, "menuId": str(ObjectId())}))[0] == 404
    assert await actions(app) == ["menu_item.availability", "menu_item.availability"]
    last = await app.db.trail.find_one({"seq": 2})
    assert (last["before"], last["after"]) == ({"isAvailable": False}, {"isAvailable": True})


async def test_what_a_restaurant_says_of_itself_is_changed_field_by_field(app: App, world: World) -> None:
    manager = await Staff.of(app, world, "manager")
    name = "restaurant_change_details"
    words = {"name": "Nonna", "tagline": "Like at home"}
    assert await manager.call(name, words, locationId="undefined") == (200, {"data": True})
    stored = await app.db.restaurants.find_one({"_id": world.restaurant_id})
    assert (stored["name"], stored["tagline"], stored["concept"]) == ("Nonna", "Like at home", "Trattoria")
    row = await app.db.trail.find_one({})
    assert (row["before"], row["after"], row.get("locationId")) == ({"tagline": ""}, {"tagline": "Like at home"}, None)
    for body in ({"restaurantId": "other"}, {"name": " "}, {"concept": 3}, {"_id": "x"}):
        assert (await manager.call(name, body, locationId="undefined"))[0] == 400
    one_place = await Staff.of(app, world, "manager", [str(world.location_id)])
    assert (await one_place.call(name, words))[0] == 403


async def test_stations_and_printers_are_made(app: App, world: World) -> None:
    manager = await Staff.of(app, world, "manager", [str(world.location_id)])
    grill = {**manager.here, "name": "Grill", "tags": ["grill"]}
    made = (await manager.call("stations_create", grill))[1]["data"]
    stations = (await manager.shaped(zod.STATIONS, "stations_listed"))["data"]
    assert (len(stations), made in stations) == (3, True)
    for body in ({**grill, "tags": None}, {**grill, "name": ""}, {**grill, "extra": 1}, {**grill, "tags": ["x"] * 51}):
        assert (await manager.call("stations_create", body))[0] == 400
    secret = {"id": ObjectId(), "type": "", "ip": "", "name": "cloud", "secretHash": "s3cret"}
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"printers": [secret, {"name": "no id"}]}})
    printer = await manager.shaped(zod.PRINTER, "printers_add", {"ip": "192.168.0.20", "name": "$orders"})
    listed = (await manager.shaped(zod.PRINTERS, "printers_listed"))["data"]
    assert (len(listed), listed[1]) == (2, printer)
    assert set(listed[0]) == {"id", "type", "ip", "name"}
    assert (await manager.call("printers_add", {"ip": "", "name": "x"}))[0] == 400
    cook = await Staff.of(app, world, "kitchen")
    assert (await cook.call("printers_add", {"ip": "1", "name": "x"}))[0] == 403
    assert await actions(app) == ["station.created", "printer.added"]
