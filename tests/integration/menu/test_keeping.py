"""Managers make, copy, change and archive menus (rules 16)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.api.base import iso
from shared.app import App
from shared.clock import FixedClock
from shared.errors import Problem
from shared.memory.slots import Memory
from shared.services.ordering import previewing
from tests.integration.crew import Crew
from tests.integration.staff import signed_in_as
from tests.integration.staff_menus import EXTRAS, LARGE
from tests.integration.world import World

LUNCH = {"name": {"en": "Lunch"}, "salesTax": 8.875}


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def call(crew: Crew, name: str, body: Any = None, *, who: str = "manager", **more: Any) -> tuple[int, Any]:
    path = {"menuId": str(crew.world.menu_id), **crew.here, **more}
    return await crew.call(who, f"menu_keeping_{name}", body, app=replace(crew.app, memory=Memory()), **path)


async def listed(crew: Crew, query: str = "", name: str = "restaurant_menus_menus") -> list[str]:
    app = replace(crew.app, memory=Memory())
    status, answer = await crew.call("manager", name, query=query, app=app, **crew.here)
    assert status == 200
    return [one["menuSlug"] for one in answer["data"]]


def fields(answer: Any) -> list[str]:
    return [row["field"] for row in answer["detail"]]


async def test_a_new_menu_is_there_at_once_with_an_address_of_its_own(crew: Crew) -> None:
    status, answer = await call(crew, "make", LUNCH)
    made = answer["data"]
    assert (status, made["menuSlug"], made["salesTax"], made["available"]) == (201, "lunch", 8.875, True)
    assert made["name"] == {"en": "Lunch", "es": "Lunch", "pt": "Lunch"}
    both = await asyncio.gather(*(call(crew, "make", LUNCH) for _ in range(2)))
    assert sorted(answer["data"]["menuSlug"] for _, answer in both) == ["lunch-2", "lunch-3"]
    # The oldest first: the diner's app opens the first one.
    slugs = await listed(crew)
    assert (slugs[:2], set(slugs)) == (["menu", "lunch"], {"menu", "lunch", "lunch-2", "lunch-3"})
    status, answer = await call(crew, "make", {**LUNCH, "menuSlug": "lunch"})
    assert (status, answer["code"]) == (409, "SLUG_TAKEN")
    status, answer = await call(crew, "make", {"name": {"en": " "}, "salesTax": 8.8755, "menuSlug": "ok"})
    assert (status, fields(answer)) == (400, ["name.en", "salesTax"])
    for tax in (-1, 101):
        assert (await call(crew, "make", {**LUNCH, "salesTax": tax}))[0] == 400
    assert (await call(crew, "make", {**LUNCH, "menuSlug": "No Slug"}))[0] == 400
    assert (await call(crew, "make", LUNCH, who="service"))[0] == 403
    rows = await crew.app.db.trail.find({"action": "menu.created"}).to_list()
    assert len(rows) == 3


async def test_a_location_has_no_more_than_fifty_menus(crew: Crew) -> None:
    here = {"restaurantId": crew.world.restaurant_id, "locationId": crew.world.location_id}
    more = [{"_id": ObjectId(), **here, "name": {"en": "x"}, "menuSlug": f"m{n}", "salesTax": 1} for n in range(49)]
    await crew.app.db.menus.insert_many(more)
    status, answer = await call(crew, "make", LUNCH)
    assert (status, answer["code"]) == (409, "TOO_MANY_OF_THEM")
    assert (await call(crew, "archive"))[0] == 200
    assert (await call(crew, "make", LUNCH))[0] == 201
    assert (await call(crew, "restore"))[1]["code"] == "TOO_MANY_OF_THEM"
    assert (await call(crew, "copy", {"dryRun": True}))[1]["code"] == "TOO_MANY_OF_THEM"


async def test_name_tax_address_and_switch_of_a_menu_change(crew: Crew) -> None:
    body = {"name": {"en": "Dinner"}, "salesTax": 7, "menuSlug": "dinner", "available": False}
    status, answer = await call(crew, "change", body)
    assert (status, answer["data"]["menuSlug"], answer["data"]["version"]) == (200, "dinner", 1)
    with pytest.raises(Problem) as refused:
        await previewing.preview(crew.app, crew.world.request("soup"), request_id="r")
    assert refused.value.code.code == "MENU_NOT_AVAILABLE"
    await call(crew, "make", LUNCH)
    assert (await call(crew, "change", {"menuSlug": "lunch"}))[1]["code"] == "SLUG_TAKEN"
    assert (await call(crew, "change", {"menuSlug": "dinner"}))[0] == 200
    assert (await call(crew, "change", {}))[0] == 400
    [row] = await crew.app.db.trail.find({"action": "menu.changed"}).to_list()
    assert row["after"]["salesTax"] == 7 and set(row["after"]) == {"name", "salesTax", "menuSlug", "available"}


async def test_a_menu_in_the_archive_sells_nothing_and_is_in_no_list(crew: Crew, clock: FixedClock) -> None:
    status, answer = await call(crew, "archive")
    assert (status, answer["data"]["archivedAt"]) == (200, iso(clock.now()))
    assert (await call(crew, "archive"))[1]["data"]["version"] == 1
    assert (await listed(crew), await listed(crew, "archived=true")) == ([], ["menu"])
    assert await listed(crew, name="order_app_menus") == []
    menu = {"menuId": str(crew.world.menu_id), **crew.here}
    app = replace(crew.app, memory=Memory())
    assert (await crew.call("manager", "order_app_menu", app=app, **menu))[0] == 404
    assert (await crew.call("manager", "restaurant_menus_menu", app=app, **menu))[1]["data"]["archivedAt"]
    with pytest.raises(Problem):
        await previewing.preview(app, crew.world.request("soup"), request_id="r")
    assert (await call(crew, "change", {"salesTax": 1}))[1]["code"] == "MENU_ARCHIVED"
    await call(crew, "make", {**LUNCH, "menuSlug": "menu"})
    assert (await call(crew, "restore"))[1]["code"] == "SLUG_TAKEN"
    await crew.app.db.menus.delete_one({"menuSlug": "menu", "_id": {"$ne": crew.world.menu_id}})
    assert (await call(crew, "restore"))[0] == 200
    assert (await listed(crew), await listed(crew, "archived=true")) == (["menu"], [])
    assert await previewing.preview(replace(app, memory=Memory()), crew.world.request("soup"), request_id="r")


async def test_a_copy_has_ids_of_its_own_and_is_not_on_sale_yet(crew: Crew, clock: FixedClock) -> None:
    until = clock.now() + timedelta(hours=1)
    parts = {"items.0.variants": [LARGE], "items.0.modifiers": [EXTRAS], "items.1.soldOutUntil": until}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": parts})
    status, tried = await call(crew, "copy", {"dryRun": True})
    assert status == 200 and "menu" not in tried["data"]
    assert await listed(crew) == ["menu"]
    status, answer = await call(crew, "copy", {"name": {"en": "Menu too"}})
    data = answer["data"]
    assert (status, data["menu"]["menuSlug"], data["menu"]["available"]) == (201, "menu-too", False)
    became = {one["oldId"]: one["newId"] for one in data["items"]}
    assert list(became) == ["soup", "tea", "bread", "salad"]
    copy = await crew.app.db.menus.find_one({"_id": ObjectId(data["menu"]["_id"])})
    assert copy is not None
    soup, tea, bread, _ = copy["items"]
    assert (soup["id"], soup["variants"], soup["modifiers"]) == (became["soup"], [LARGE], [EXTRAS])
    assert {item["categoryId"] for item in copy["items"]} == {data["categories"][0]["newId"]}
    assert "soldOutUntil" not in tea and bread["stationTags"] == ["bakery"]
    [lost] = data["notCopied"]
    assert (lost["itemId"], lost["field"], lost["value"]) == ("tea", "soldOutUntil", iso(until))
    assert (await call(crew, "copy", {}, menuId=str(ObjectId())))[0] == 404


async def test_a_copy_goes_to_another_location_that_the_caller_manages(crew: Crew) -> None:
    second = World(restaurant_id=crew.world.restaurant_id)
    documents = second.documents()
    for collection in ("locations", "stations"):
        rows = [row for row in documents[collection] if row.get("name") != "Bar"]
        await crew.app.db[collection].insert_many(rows)
    there = {"toLocationId": str(second.location_id)}
    status, answer = await call(crew, "copy", there)
    assert (status, answer["data"]["menu"]["menuSlug"]) == (201, "menu")
    assert [(one["itemId"], one["value"]) for one in answer["data"]["notCopied"]] == [
        ("tea", "bar"),
        ("bread", "bakery"),
    ]
    copy = await crew.app.db.menus.find_one({"locationId": second.location_id})
    assert copy is not None and [item["stationTags"] for item in copy["items"]] == [["kitchen"], [], [], ["kitchen"]]
    [row] = await crew.app.db.trail.find({"action": "menu.copied"}).to_list()
    assert row["locationId"] == second.location_id and row["after"]["copiedFrom"] == str(crew.world.menu_id)
    here = [str(crew.world.location_id)]
    crew.headers["manager here"] = await signed_in_as(crew.app, crew.world.restaurant_id, "manager", here)
    stranger = await World().build(crew.app)
    answers = [
        await call(crew, "copy", {"toLocationId": where}, who=who)
        for who, where in (
            ("manager here", str(second.location_id)),
            ("manager", str(stranger.location_id)),
            ("manager", "0" * 24),
        )
    ]
    assert [status for status, _ in answers] == [400, 400, 400]
    assert {(fields(answer)[0], answer["message"]) for _, answer in answers} == {
        ("toLocationId", answers[0][1]["message"])
    }
