"""Managers write categories and dishes (contract 26 to 28, rules 16)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.api.menu import Menu
from shared.app import App
from shared.clock import FixedClock
from shared.documents.menu import Menu as StoredMenu
from shared.services.menu import catalog
from shared.services.ordering import previewing, unpaid
from tests.integration.crew import Crew
from tests.integration.staff_menus import EXTRAS, LARGE
from tests.integration.world import World


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def menu(crew: Crew) -> dict[str, Any]:
    found = await crew.app.db.menus.find_one({"_id": crew.world.menu_id})
    assert found is not None
    return found


async def dish(crew: Crew, key: str) -> dict[str, Any]:
    return next(item for item in (await menu(crew))["items"] if item["id"] == key)


async def call(crew: Crew, name: str, body: Any = None, *, who: str = "manager", **more: Any) -> tuple[int, Any]:
    path = {"menuId": str(crew.world.menu_id), **crew.here, **more}
    return await crew.call(who, f"menu_editing_{name}", body, **path)


def fields(answer: Any) -> list[str]:
    return [row["field"] for row in answer["detail"]]


SOUP = {"id": "soup", "name": {"en": "Soup"}, "description": {"en": "Good"}, "price": 11.5, "categoryId": "all"}


async def test_a_new_dish_is_on_sale_and_all_three_languages_are_there(crew: Crew) -> None:
    body = {"id": "", "name": {"en": " Pie "}, "price": 4.25, "categoryId": "all", "makingCostCents": 120}
    status, answer = await call(crew, "save_item", body)
    assert (status, answer["data"]) == (200, True)
    pie = await dish(crew, answer["id"])
    assert pie["name"] == {"en": "Pie", "es": "Pie", "pt": "Pie"}
    assert pie["description"] == {"en": "", "es": "", "pt": ""}
    assert (pie["priceCents"], pie["makingCostCents"], pie["isAvailable"]) == (425, 120, True)
    shown = await crew.call("kitchen", "order_app_menu", menuId=str(crew.world.menu_id), **crew.here)
    assert Menu.model_validate(shown[1]["data"]).items[-1].id == answer["id"]
    # With all that the existing app sends, in its own units.
    again = {**body, "id": answer["id"], "imageUrls": [], "isAvailable": True, "stationTags": [], "variants": []}
    del again["makingCostCents"]
    for _ in range(2):
        assert (await call(crew, "save_item", {**again, "modifiers": []}))[0] == 200
    assert (await dish(crew, answer["id"]))["makingCostCents"] == 120


async def test_what_a_client_leaves_out_stays_and_the_ids_of_sizes_and_choices_too(crew: Crew) -> None:
    odd = {"items.0.variants": [{**LARGE, "x": 1}], "items.0.modifiers": [EXTRAS], "items.0.diets": ["vegan"]}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": odd})
    before = await dish(crew, "soup")
    assert (await call(crew, "save_item", SOUP))[0] == 200
    after = await dish(crew, "soup")
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"priceCents", "description"}
    # Translations stay where the English text says the same; a copy of the English follows it.
    assert after["name"] == {"en": "Soup", "es": "Soup (es)", "pt": "Soup (pt)"}
    sizes = [{"id": "large", "name": "XL", "priceCents": 1700}, {"id": "", "name": "Small", "priceCents": 700}]
    assert (await call(crew, "save_item", {**SOUP, "variants": sizes, "modifiers": []}))[0] == 200
    large, small = (await dish(crew, "soup"))["variants"]
    assert large == {"id": "large", "name": "XL", "priceCents": 1700, "default": False, "x": 1}
    assert len(small["id"]) == 24
    assert (await dish(crew, "soup"))["modifiers"] == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"price": 4.255}, ["price"]),
        ({"price": -1}, ["price"]),
        ({"price": 1e9}, ["price"]),
        ({"price": None, "priceCents": -1}, ["priceCents"]),
        ({"priceCents": 1}, ["priceCents"]),
        ({"name": {"en": " "}}, ["name.en"]),
        ({"name": {"es": "Sopa"}}, ["name.en"]),
        ({"name": None}, ["name"]),
        ({"name": {"en": "x" * 201}, "description": {"en": "x" * 2001}}, ["description.en", "name.en"]),
        ({"categoryId": "nowhere"}, ["categoryId"]),
        ({"makingCostCents": -5}, ["makingCostCents"]),
        ({"isAvailable": "yes"}, ["isAvailable"]),
        ({"stationTags": ["t" * 101]}, ["stationTags.0"]),
        ({"imageUrls": [f"https://example.com/{number}" for number in range(11)]}, ["imageUrls"]),
        ({"imageUrls": ["https://example.com/a.png", "javascript:alert(1)"]}, ["imageUrls.1"]),
        ({"variants": [{"name": "L", "priceCents": -1}]}, ["variants.0.priceCents"]),
        ({"variants": [{"name": "", "priceCents": 1}]}, ["variants.0.name"]),
        ({"variants": [{"id": "a", "name": "L", "priceCents": 1}] * 2}, ["variants"]),
        ({"modifiers": [{**EXTRAS, "type": "free"}]}, ["modifiers.0.type"]),
        ({"modifiers": [{**EXTRAS, "selectionMode": "any", "maxChoices": -1}]}, None),
        ({"modifiers": [{**EXTRAS, "options": [{"name": {"en": "A"}, "priceCents": -1}]}]}, None),
        ({"surprise": 1}, ["surprise"]),
    ],
)
async def test_what_is_wrong_with_a_dish_is_named(crew: Crew, change: dict[str, Any], named: list[str] | None) -> None:
    before = await menu(crew)
    status, answer = await call(crew, "save_item", {**SOUP, **change})
    assert status == 400, answer
    if named is not None:
        # A price that a client leaves out and the one in cents are told apart.
        assert sorted(fields(answer)) == sorted(named)
    else:
        assert all(field.startswith("modifiers.0.") for field in fields(answer))
    assert await menu(crew) == before


async def test_a_fraction_of_the_binary_kind_is_no_fraction_of_a_cent(crew: Crew) -> None:
    for price, cents in ((0.1 + 0.2, 30), (19.99, 1999), (1.15 * 3, 345), (7, 700)):
        assert (await call(crew, "save_item", {**SOUP, "price": price}))[0] == 200
        assert (await dish(crew, "soup"))["priceCents"] == cents


async def test_an_unknown_id_is_not_found_and_changes_nothing(crew: Crew) -> None:
    before = await menu(crew)
    for name, body, path in (
        ("save_item", {**SOUP, "id": "pie"}, {}),
        ("save_category", {"id": "x", "name": {"en": "X"}, "sortOrder": 1}, {}),
        ("sort_category", {"categoryId": "x", "sortOrder": 1}, {}),
        ("sort", {"items": ["soup", "pie"]}, {}),
        ("delete_item", None, {"itemId": "pie"}),
        ("delete_category", None, {"categoryId": "x"}),
        ("change_variant", {"priceCents": 1}, {"itemId": "soup", "variantId": "x"}),
        ("delete_modifier", None, {"itemId": "soup", "modifierId": "x"}),
        ("change_option", {"priceCents": 1}, {"itemId": "soup", "modifierId": "x", "optionId": "y"}),
        ("save_item", SOUP, {"menuId": "0" * 24}),
    ):
        status, answer = await call(crew, name, body, **path)
        assert (status, answer["statusCode"]) == (404, 404), name
    assert await menu(crew) == before


async def test_categories_are_made_last_and_take_back_what_is_stored(crew: Crew) -> None:
    status, made = await call(crew, "save_category", {"name": {"en": "Cakes"}, "sortOrder": 0, "emoji": "🍰"})
    assert status == 200
    cakes = (await menu(crew))["categories"][-1]
    assert (cakes["id"], cakes["sortOrder"], cakes["emoji"]) == (made["id"], 2, "🍰")
    family = "👨‍👩‍👧‍👦"
    body = {"id": made["id"], "name": {"en": "Cakes", "es": "Tartas"}, "sortOrder": 7}
    status, answer = await call(crew, "save_category", {**body, "emoji": family})
    assert (status, fields(answer)) == (400, ["emoji"])
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": {"categories.1.emoji": family}})
    assert (await call(crew, "save_category", {**body, "emoji": family}))[0] == 200
    cakes = (await menu(crew))["categories"][-1]
    assert (cakes["sortOrder"], cakes["emoji"], cakes["name"]["pt"], cakes["name"]["es"]) == (
        7,
        family,
        "Cakes",
        "Tartas",
    )
    # Two at once stand one behind the other.
    more = [call(crew, "save_category", {"name": {"en": name}, "sortOrder": 0}) for name in ("A", "B")]
    assert [status for status, _ in await asyncio.gather(*more)] == [200, 200]
    assert [each["sortOrder"] for each in (await menu(crew))["categories"]] == [1, 7, 8, 9]
    for body in ({"sortOrder": 1}, {"name": {"en": "A"}}, {"name": {"en": "A", "fr": "A"}, "sortOrder": 1}):
        assert (await call(crew, "save_category", body))[0] == 400


async def test_categories_and_dishes_are_put_in_order(crew: Crew) -> None:
    _, made = await call(crew, "save_category", {"name": {"en": "Cakes"}, "sortOrder": 0})
    assert (await call(crew, "sort_category", {"categoryId": made["id"], "sortOrder": -3}))[0] == 200
    both = [{"categoryId": "all", "sortOrder": 5}, {"categoryId": made["id"], "sortOrder": 6}]
    assert (await call(crew, "sort", {"categories": both, "items": ["salad", "soup"]}))[0] == 200
    stored = await menu(crew)
    assert [each["sortOrder"] for each in stored["categories"]] == [5, 6]
    assert [item["id"] for item in stored["items"]] == ["salad", "tea", "bread", "soup"]
    assert (await call(crew, "sort", {}))[0] == 400
    assert (await call(crew, "sort", {"items": ["soup", "soup"]}))[0] == 400


async def test_a_category_with_dishes_goes_only_where_it_is_said_what_becomes_of_them(crew: Crew) -> None:
    _, made = await call(crew, "save_category", {"name": {"en": "Drinks"}, "sortOrder": 0})

    async def delete(key: str, query: str = "") -> tuple[int, Any]:
        path = {"menuId": str(crew.world.menu_id), **crew.here, "categoryId": key}
        return await crew.call("manager", "menu_editing_delete_category", query=query, **path)

    status, answer = await delete("all")
    assert (status, answer["code"], answer["items"]) == (409, "CATEGORY_NOT_EMPTY", 4)
    for query in ("moveTo=all", "moveTo=nowhere", f"moveTo={made['id']}&withItems=true"):
        assert (await delete("all", query))[0] == 400
    assert (await delete("all", f"moveTo={made['id']}"))[0] == 200
    assert {item["categoryId"] for item in (await menu(crew))["items"]} == {made["id"]}
    assert (await delete(made["id"], "withItems=true"))[0] == 200
    stored = await menu(crew)
    assert (stored["categories"], stored["items"]) == ([], [])


async def test_single_sizes_modifiers_and_choices_change_and_go(crew: Crew) -> None:
    parts = {"items.0.variants": [LARGE, {**LARGE, "id": "s", "default": True}], "items.0.modifiers": [EXTRAS]}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": parts})
    of = {"itemId": "soup"}
    large = {**of, "variantId": "large"}
    assert (await call(crew, "change_variant", {"priceCents": 1450, "default": True}, **large))[0] == 200
    assert (await call(crew, "change_variant", {}, **large))[0] == 400
    soup = await dish(crew, "soup")
    assert [(one["priceCents"], one["default"]) for one in soup["variants"]] == [(1450, True), (1400, False)]
    extras = {**of, "modifierId": "extras"}
    assert (await call(crew, "change_modifier", {"required": True, "freeChoices": 1}, **extras))[0] == 200
    status, answer = await call(crew, "change_modifier", {"type": "x", "maxChoices": 5000}, **extras)
    assert (status, fields(answer)) == (400, ["type", "maxChoices"])
    nuts = {**extras, "optionId": "croutons"}
    assert (await call(crew, "change_option", {"name": {"en": "Nuts"}, "priceCents": 90}, **nuts))[0] == 200
    [modifier] = (await dish(crew, "soup"))["modifiers"]
    assert (modifier["required"], modifier["freeChoices"], modifier["options"][0]["priceCents"]) == (True, 1, 90)
    assert modifier["options"][0]["name"]["en"] == "Nuts"
    assert (await call(crew, "delete_option", **nuts))[0] == 200
    assert (await call(crew, "delete_variant", **large))[0] == 200
    soup = await dish(crew, "soup")
    assert (soup["modifiers"][0]["options"], [one["id"] for one in soup["variants"]]) == ([], ["s"])
    assert (await call(crew, "delete_modifier", **extras))[0] == 200
    assert (await call(crew, "delete_item", **of))[0] == 200
    assert [item["id"] for item in (await menu(crew))["items"]] == ["tea", "bread", "salad"]
    rows = await crew.app.db.trail.find({"restaurantId": crew.world.restaurant_id}).sort("seq", -1).to_list()
    assert rows[0]["action"] == "menu_item.deleted" and "after" not in rows[0]


async def test_a_menu_has_no_more_than_it_may_have(crew: Crew) -> None:
    many = [crew.world.dish(str(number), 1, []) for number in range(1000)]
    sections = [{"id": str(number), "sortOrder": number} for number in range(200)]
    full = {"items": many, "categories": [*sections[1:], {"id": "all", "sortOrder": 0}]}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, {"$set": full})
    new = {"name": {"en": "One more"}, "price": 1, "categoryId": "all"}
    status, answer = await call(crew, "save_item", new)
    assert (status, answer["code"]) == (409, "TOO_MANY_OF_THEM")
    assert (await call(crew, "save_category", {"name": {"en": "One more"}, "sortOrder": 1}))[0] == 409
    sizes = [{"name": str(number), "priceCents": 1} for number in range(31)]
    status, answer = await call(crew, "save_item", {**new, "id": "7", "variants": sizes})
    assert (status, fields(answer)) == (400, ["variants"])


async def test_a_diner_s_preview_is_stale_when_a_price_changes(crew: Crew, clock: FixedClock) -> None:
    made = await previewing.preview(crew.app, crew.world.request("soup"), request_id="r")
    assert (await call(crew, "save_item", {**SOUP, "price": 12}))[0] == 200
    status, answer = await crew.call(
        "manager", "payments_place_order_without_payment", {"previewOrderId": made.preview_order_id}
    )
    assert (status, answer["code"], answer["preview"]["totalPriceCents"]) == (409, "PREVIEW_STALE", 1320)
    order = await unpaid.place_without_payment(crew.app, answer["preview"]["previewOrderId"], request_id="r")
    assert order.placed
    sells = await catalog.of_location(crew.app, crew.world.restaurant_id, str(crew.world.location_id))
    assert isinstance(sells.menus[0], StoredMenu) and sells.menus[0].items[0].price_cents == 1200


async def test_whoever_is_below_manager_changes_no_menu(crew: Crew) -> None:
    for who in ("kitchen", "service", "expo", "bar"):
        assert (await call(crew, "save_item", SOUP, who=who))[0] == 403
