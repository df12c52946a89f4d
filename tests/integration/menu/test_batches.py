"""Many dishes change at once (rules 16)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.app import App
from shared.clock import FixedClock
from tests.integration.crew import Crew
from tests.integration.staff_menus import EXTRAS, LARGE
from tests.integration.world import World


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    more = {
        "items.0.variants": [LARGE],
        "items.0.modifiers": [{**EXTRAS, "extraChoicePriceCents": 20}],
        "categories.1": {"id": "drinks", "name": {"en": "Drinks"}, "sortOrder": 2},
    }
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": more})
    return await Crew.of(app, world)


async def batch(crew: Crew, *rows: dict[str, Any], **more: Any) -> tuple[int, Any]:
    path = {"menuId": str(crew.world.menu_id), **crew.here}
    return await crew.call("manager", "menu_batch_items", {"rows": list(rows), **more}, **path)


async def menu(crew: Crew) -> dict[str, Any]:
    found = await crew.app.db.menus.find_one({"_id": crew.world.menu_id})
    assert found is not None
    return found


async def prices(crew: Crew) -> list[int]:
    return [item["priceCents"] for item in (await menu(crew))["items"]]


TENTH = {"byPercent": 10, "roundTo": 5}


async def test_all_dishes_of_a_category_cost_a_tenth_more_with_their_sizes_and_choices(crew: Crew) -> None:
    row = {"categoryId": "all", "price": {**TENTH, "withVariants": True, "withOptions": True}}
    status, tried = await batch(crew, row, dryRun=True)
    assert (status, tried["data"]["applied"], await prices(crew)) == (200, False, [1000, 500, 300, 900])
    status, answer = await batch(crew, row)
    assert (status, answer["data"]["applied"]) == (200, True)
    assert answer["data"]["results"] == tried["data"]["results"]
    [result] = answer["data"]["results"]
    assert (result["row"], result["status"], result["items"]) == (0, "changed", 4)
    assert await prices(crew) == [1100, 550, 330, 990]
    soup = (await menu(crew))["items"][0]
    assert soup["variants"][0]["priceCents"] == 1540
    [extras] = soup["modifiers"]
    assert (extras["options"][0]["priceCents"], extras["extraChoicePriceCents"]) == (165, 20)
    assert {"itemId": "soup", "variantId": "large", "beforeCents": 1400, "afterCents": 1540} in result["prices"]
    assert len(result["prices"]) == 6
    [entry] = await crew.app.db.trail.find({}).to_list()
    assert entry["action"] == "menu.batch" and len(entry["after"]["items"]) == 4


async def test_one_row_may_change_several_things(crew: Crew, clock: FixedClock) -> None:
    row = {
        "itemId": "tea",
        "price": {"setCents": 650},
        "availability": {"isAvailable": False, "until": "end_of_business_day"},
        "stationTags": ["bar", "pass", "bar"],
        "moveTo": "drinks",
    }
    status, answer = await batch(crew, row, {"itemId": "bread", "stationTags": ["bakery"]})
    assert status == 200
    assert [one["status"] for one in answer["data"]["results"]] == ["changed", "unchanged"]
    tea = (await menu(crew))["items"][1]
    assert (tea["priceCents"], tea["stationTags"], tea["categoryId"]) == (650, ["bar", "pass"], "drinks")
    assert tea["soldOutUntil"] > clock.now()
    assert (await batch(crew, {"itemId": "tea", "availability": {"isAvailable": True}}))[0] == 200
    assert "soldOutUntil" not in (await menu(crew))["items"][1]


WRONG = [
    ({"itemId": "pie", "price": TENTH}, "itemId"),
    ({"categoryId": "cakes", "price": TENTH}, "categoryId"),
    ({"itemId": "tea", "categoryId": "all", "price": TENTH}, "itemId"),
    ({"price": TENTH}, "itemId"),
    ({"itemId": "tea"}, ""),
    ({"itemId": "tea", "moveTo": "cakes"}, "moveTo"),
    ({"itemId": "tea", "price": {"byPercent": 1, "byCents": 1}}, "price"),
    ({"itemId": "tea", "price": {}}, "price"),
    ({"itemId": "tea", "price": {"byCents": -501}}, "price"),
    ({"categoryId": "all", "price": {"setCents": 1}}, "price.setCents"),
    ({"itemId": "tea", "availability": {"isAvailable": True, "until": "end_of_business_day"}}, "availability.until"),
    ({"itemId": "tea", "stationTags": ["t" * 101]}, "stationTags.0"),
]


async def test_with_a_wrong_row_nothing_changes_or_only_the_others(crew: Crew) -> None:
    good = {"itemId": "soup", "price": {"byCents": 100}}
    rows = [good, *(row for row, _ in WRONG)]
    before = await menu(crew)
    status, answer = await batch(crew, *rows)
    named = [f"rows.{number}{'.' if field else ''}{field}" for number, (_, field) in enumerate(WRONG, start=1)]
    assert (status, [row["field"] for row in answer["detail"]]) == (400, named)
    status, tried = await batch(crew, *rows, dryRun=True)
    assert (status, tried["data"]["applied"]) == (200, False)
    assert await menu(crew) == before
    status, answer = await batch(crew, *rows, onError="skip")
    assert (status, answer["data"]["applied"]) == (200, True)
    results = answer["data"]["results"]
    assert [one["status"] for one in results] == ["changed", *["failed"] * len(WRONG)]
    assert [one.get("field", "") for one in results[1:]] == [field for _, field in WRONG]
    assert await prices(crew) == [1100, 500, 300, 900]


async def test_a_batch_has_two_hundred_rows_at_most(crew: Crew) -> None:
    row = {"itemId": "soup", "price": {"byCents": 1}}
    status, answer = await batch(crew, *[row] * 200)
    assert (status, len(answer["data"]["results"]), (await prices(crew))[0]) == (200, 200, 1200)
    assert (await batch(crew, *[row] * 201))[0] == 400
    assert (await batch(crew))[0] == 400


async def test_a_batch_is_no_more_work_than_a_request_may_be(crew: Crew) -> None:
    many = [crew.world.dish(str(number), 100, []) for number in range(1000)]
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": {"items": many}})
    row = {"categoryId": "all", "price": {"byCents": 1}}
    status, answer = await batch(crew, *[row] * 6)
    assert (status, answer["detail"][0]["field"]) == (400, "rows")
    status, answer = await batch(crew, *[row] * 2)
    results = answer["data"]["results"]
    assert (status, [len(one["prices"]) for one in results]) == (200, [1000, 0])
    assert [one["items"] for one in results] == [1000, 1000]
    assert set(await prices(crew)) == {102}
