"""The table on a ticket is a stored one: what a client says about it is at most a note (contract 7, 12)."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from tests.integration.callers import Callers


@pytest.fixture
async def callers(app: App) -> Callers:
    return await Callers.of_a_new_cafe(app)


async def seated(callers: Callers, origin: dict[str, Any]) -> Any:
    """Where the kitchen and the diner's page say that somebody sits whose client sends this origin."""
    return await shown(callers, await callers.order(callers.world.cart("soup", origin=origin)))


async def shown(callers: Callers, order_id: str) -> Any:
    ticket, page = await callers.ticket(order_id), await callers.page(order_id)
    assert ticket["origin"] == page["origin"]
    return ticket["origin"]


async def test_a_tables_code_gives_its_own_label_whatever_the_client_calls_it(callers: Callers) -> None:
    table = str(callers.world.origin_id)
    assert await seated(callers, {"id": table, "name": "Table 99"}) == {"id": table, "name": "Table 1"}
    assert await seated(callers, {"id": table.upper(), "name": ""}) == {"id": table, "name": "Table 1"}


async def test_a_table_that_was_made_a_moment_ago_is_known(callers: Callers) -> None:
    world = callers.world
    await seated(callers, {"id": str(world.origin_id), "name": "Table 1"})
    new = {"_id": ObjectId(), "restaurantId": world.restaurant_id, "locationId": world.location_id, "label": "Table 2"}
    await callers.app.db.origins.insert_one(new)
    assert await seated(callers, {"id": str(new["_id"]), "name": "x"}) == {"id": str(new["_id"]), "name": "Table 2"}


@pytest.mark.parametrize("origin_id", ["f" * 24, "table-99", "web", ""])
async def test_an_unknown_code_is_no_table_and_the_guests_word_is_a_note(callers: Callers, origin_id: str) -> None:
    said = await seated(callers, {"id": origin_id, "name": " Table 99 "})
    assert said == {"id": "", "name": "", "note": "Table 99"}
    assert await seated(callers, {"id": origin_id, "name": ""}) == {"id": "", "name": ""}


@pytest.mark.parametrize("same_restaurant", [False, True])
async def test_another_places_table_is_refused(callers: Callers, same_restaurant: bool) -> None:
    restaurant_id = callers.world.restaurant_id if same_restaurant else f"r-{ObjectId()}"
    table = {"_id": ObjectId(), "restaurantId": restaurant_id, "locationId": ObjectId(), "label": "Table 1"}
    await callers.app.db.origins.insert_one(table)
    cart = callers.world.cart("soup", origin={"id": str(table["_id"]), "name": "Table 1"})
    for status, answer in (await callers.preview(cart), await callers.at_counter(cart)):
        assert (status, answer["code"], answer["detail"][0]["field"]) == (400, "ORIGIN_INVALID", "origin.id")
    assert await callers.app.db.orders_preview.count_documents({}) == 0


async def test_at_the_counter_staffs_word_stands_and_a_tables_code_gives_its_label(callers: Callers) -> None:
    table = str(callers.world.origin_id)
    for sent, expected in (
        ({"id": "", "name": "pos"}, {"id": "", "name": "pos"}),
        ({"id": table, "name": "pos"}, {"id": table, "name": "Table 1"}),
        ({"id": "f" * 24, "name": "pos"}, {"id": "", "name": "", "note": "pos"}),
    ):
        status, order_id = await callers.at_counter(callers.world.cart("soup", origin=sent))
        assert (status, await shown(callers, order_id)) == (201, expected)


async def test_a_campaign_whose_origin_was_removed_still_gives_what_it_promises(callers: Callers) -> None:
    poster, world = ObjectId(), callers.world
    campaign = {"originId": poster, "name": "Rain", "type": "flat", "reward": {"flatOffCents": 300}, "isActive": True}
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    await callers.app.db.campaigns.insert_one({"_id": ObjectId(), **here, **campaign})
    order_id = await callers.order(world.cart("soup", origin={"id": str(poster), "name": "x"}))
    assert await shown(callers, order_id) == {"id": str(poster), "name": "Rain"}
    assert (await callers.page(order_id))["totalPriceCents"] == 800


async def test_a_preview_of_an_older_release_keeps_what_it_says(callers: Callers) -> None:
    _, priced = await callers.preview(callers.world.cart("soup"))
    key, old = priced["data"]["previewOrderId"], {"id": "web", "name": "Table 99"}
    await callers.app.db.orders_preview.update_one({"_id": ObjectId(key)}, {"$set": {"origin": old}})
    status, placed = await callers.place(key)
    assert (status, await shown(callers, placed["orderId"])) == (200, old)
