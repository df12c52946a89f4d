"""What the kitchen reads of a line: its own language, and a size for every dish that has sizes (contract 34, 35)."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from tests.integration.callers import Callers
from tests.integration.world import text

SIZES = [
    {"id": "s", "name": "Small", "priceCents": 800, "default": False},
    {"id": "l", "name": "Large", "priceCents": 1300, "default": True},
]
MILK = {
    "id": "milk",
    "name": text("Milk"),
    "required": True,
    "maxChoices": 1,
    "options": [{"id": "oat", "name": text("Oat"), "priceCents": 50}],
}


@pytest.fixture
async def callers(app: App) -> Callers:
    """A restaurant whose soup comes in two sizes, with milk."""
    made = await Callers.of_a_new_cafe(app)
    fields = {"items.$.variants": SIZES, "items.$.modifiers": [MILK]}
    await app.db.menus.update_one({"_id": made.world.menu_id, "items.id": "soup"}, {"$set": fields})
    return made


def spanish(callers: Callers, **more: Any) -> dict[str, Any]:
    """A soup, as the app of a diner sends it who reads Spanish."""
    cart = callers.world.cart("soup")
    cart["items"][0] |= {
        "name": "Soup (es)",
        "modifiers": [{"id": "milk", "name": "Milk (es)", "options": [{"id": "oat", "name": "Oat (es)"}]}],
    } | more
    return cart


def read(order: dict[str, Any]) -> tuple[str, list[str], list[str], list[str]]:
    """The names of its one unit: the dish, the sizes, modifiers with their options, what is missing."""
    (unit,) = order["items"]
    chosen = [f"{one['name']}: {', '.join(o['name'] for o in one['options'])}" for one in unit["modifiers"]]
    return unit["name"], [size["name"] for size in unit["variants"]], chosen, unit["missing"]


@pytest.mark.parametrize(
    ("language", "read_as"), [(None, "{}"), ("pt", "{} (pt)"), ("PT-br", "{} (pt)"), ("fr", "{}"), (7, "{}")]
)
async def test_the_kitchen_reads_its_own_language_and_the_diner_the_diners(
    callers: Callers, language: Any, read_as: str
) -> None:
    location = {"_id": callers.world.location_id}
    if language is not None:
        await callers.app.db.locations.update_one(location, {"$set": {"staffLanguage": language}})
    order_id = await callers.order(spanish(callers))
    dish, milk, oat = (read_as.format(word) for word in ("Soup", "Milk", "Oat"))
    assert read(await callers.ticket(order_id)) == (dish, ["Large"], [f"{milk}: {oat}"], [])
    assert read(await callers.page(order_id)) == ("Soup (es)", ["Large"], ["Milk (es): Oat (es)"], [])

    order_id = await callers.order(spanish(callers, modifiers=[]))
    assert read(await callers.ticket(order_id)) == (dish, ["Large"], [], [milk])


async def test_an_order_of_an_older_release_is_read_as_it_stands(callers: Callers) -> None:
    order_id = await callers.order(spanish(callers))
    gone = {f"items.0.{path}staffName": "" for path in ("", "variants.0.", "modifiers.0.", "modifiers.0.options.0.")}
    await callers.app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$unset": gone})
    assert read(await callers.ticket(order_id)) == ("Soup (es)", ["Large"], ["Milk (es): Oat (es)"], [])


async def test_a_dish_ordered_without_a_size_shows_the_default_one_and_costs_what_it_did(callers: Callers) -> None:
    status, priced = await callers.preview(spanish(callers))
    assert (status, priced["data"]["totalPriceCents"]) == (200, 1155)
    # Placing prices it again, and must not count what nobody chose.
    status, placed = await callers.place(priced["data"]["previewOrderId"])
    assert status == 200, placed
    ticket = await callers.ticket(placed["orderId"])
    assert (ticket["totalPriceCents"], ticket["items"][0]["priceCents"]) == (1155, 1050)
    assert [size["name"] for size in ticket["items"][0]["variants"]] == ["Large"]

    order_id = await callers.order(spanish(callers, variants=[{"id": "s", "name": "Small"}]))
    assert [size["name"] for size in (await callers.ticket(order_id))["items"][0]["variants"]] == ["Small"]


async def test_two_sizes_in_one_line_are_refused_at_the_counter_and_where_the_client_asks_for_it(
    callers: Callers,
) -> None:
    cart = spanish(callers, variants=[{"id": "s", "name": "Small"}, {"id": "l", "name": "Large"}])
    for status, answer in (await callers.at_counter(cart), await callers.preview(cart | {"strict": True})):
        assert (status, answer["code"], answer["detail"][0]["field"]) == (400, "CART_INVALID", "items.0.variants")
    assert (await callers.preview(cart))[0] == 200
