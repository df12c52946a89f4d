"""What was quoted is charged, or refused: menus that change between the preview and the claim (rules 3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bson import ObjectId

import functions.diner.payments  # noqa: F401 - puts its routes into the table
from shared.app import App
from shared.errors import Problem
from shared.services.menu import catalog
from shared.services.ordering import previewing, unpaid
from shared.web.routes import ROUTES
from tests.integration.world import World, line_id
from tests.web_calls import content, request


async def preview(app: App, world: World, *dishes: str, lines: list[str] | None = None) -> str:
    return (await previewing.preview(app, world.request(*dishes, lines=lines), request_id="r")).preview_order_id


async def edit(app: App, world: World, change: dict[str, Any], dish: str | None = None) -> None:
    """Edit the menu, or a dish of it, and let what a process remembers of it grow old."""
    query: dict[str, Any] = {"_id": world.menu_id}
    if dish is not None:
        query["items.id"] = dish
    result = await app.db.menus.update_one(query, change)
    assert result.modified_count == 1
    await asyncio.sleep(catalog.FRESH_SECONDS + 0.1)


async def refused(app: App, preview_id: str) -> Problem:
    with pytest.raises(Problem) as raised:
        await unpaid.place_without_payment(app, preview_id, request_id="r")
    return raised.value


async def test_a_price_that_changed_is_refused_with_what_changed_and_a_fresh_preview(app: App, world: World) -> None:
    lines = [line_id(), line_id()]
    old = await preview(app, world, "soup", "tea", lines=lines)
    await edit(app, world, {"$set": {"items.$.priceCents": 1200}}, "soup")
    problem = await refused(app, old)
    assert (problem.code.code, problem.code.status) == ("PREVIEW_STALE", 409)
    assert problem.detail == [
        {"line": lines[0], "field": "unitPriceCents", "was": 1000, "now": 1200},
        {"line": None, "field": "taxCents", "was": 150, "now": 170},
        {"line": None, "field": "totalPriceCents", "was": 1650, "now": 1870},
    ]
    fresh = problem.extra["preview"]
    assert (fresh["previewOrderId"] != old, fresh["totalPriceCents"]) == (True, 1870)
    assert (await refused(app, old)).code.code == "PREVIEW_EXPIRED"
    placed = await unpaid.place_without_payment(app, fresh["previewOrderId"], request_id="r")
    order = await app.db.orders.find_one({"_id": placed.order_id})
    assert order is not None
    assert order["totalPriceCents"] == 1870


async def test_the_same_cart_tapped_after_a_stale_answer_is_the_fresh_preview(app: App, world: World) -> None:
    lines = [line_id()]
    old = await preview(app, world, "soup", lines=lines)
    await edit(app, world, {"$set": {"salesTax": 20}})
    fresh = (await refused(app, old)).extra["preview"]
    assert await preview(app, world, "soup", lines=lines) == fresh["previewOrderId"]


async def test_a_stale_answer_over_http_has_the_preview_beside_the_error(app: App, world: World) -> None:
    old = await preview(app, world, "soup")
    await edit(app, world, {"$set": {"items.$.priceCents": 900}}, "soup")
    route = ROUTES.named("payments_place_order_without_payment")
    response = await route.handle(request("POST", "/x", {"previewOrderId": old}), app=app)
    body = content(response)
    assert (response.status_code, body["code"], body["statusCode"]) == (409, "PREVIEW_STALE", 409)
    assert body["preview"]["totalPriceCents"] == 990
    assert body["preview"]["expiresAt"].endswith("Z")


async def test_a_dish_sold_out_meanwhile_is_refused_by_its_name(app: App, world: World) -> None:
    old = await preview(app, world, "soup", "tea")
    await edit(app, world, {"$set": {"items.$.isAvailable": False}}, "tea")
    problem = await refused(app, old)
    assert (problem.code.code, problem.message) == ("ITEM_SOLD_OUT", "Tea is sold out.")


async def test_a_dish_that_left_the_menu_is_refused_without_a_fresh_preview(app: App, world: World) -> None:
    old = await preview(app, world, "soup")
    await edit(app, world, {"$pull": {"items": {"id": "soup"}}})
    problem = await refused(app, old)
    assert (problem.code.code, problem.extra) == ("PREVIEW_STALE", {})
    assert problem.detail[0]["field"] == "items.0.menuItemId"


async def test_a_campaign_that_ended_is_told(app: App, world: World) -> None:
    campaign = {"name": "Lunch", "type": "flat", "reward": {"flatOffCents": 300}, "isActive": True}
    ids = {"restaurantId": world.restaurant_id, "locationId": world.location_id, "originId": world.origin_id}
    await app.db.campaigns.insert_one(campaign | ids)
    old = await preview(app, world, "soup")
    await app.db.campaigns.update_one({"originId": world.origin_id}, {"$set": {"isActive": False}})
    await asyncio.sleep(catalog.FRESH_SECONDS + 0.1)
    problem = await refused(app, old)
    assert problem.detail == [
        {"line": None, "field": "discountCents", "was": 300, "now": 0},
        {"line": None, "field": "totalPriceCents", "was": 800, "now": 1100},
    ]


async def test_a_new_name_or_description_is_no_change_of_price(app: App, world: World) -> None:
    old = await preview(app, world, "soup")
    await edit(app, world, {"$set": {"items.$.name.en": "Good soup"}}, "soup")
    assert (await unpaid.place_without_payment(app, old, request_id="r")).placed


async def test_a_preview_of_the_original_server_is_held_to_its_total(app: App, world: World) -> None:
    old = await preview(app, world, "soup", "tea")
    additions = ("lines", "subtotalCents", "taxCents", "discountCents", "tipCents", "createdAt")
    await app.db.orders_preview.update_one({"_id": ObjectId(old)}, {"$unset": dict.fromkeys(additions, "")})
    await app.db.checkouts.delete_one({"_id": ObjectId(old)})
    await edit(app, world, {"$set": {"items.$.priceCents": 600}}, "tea")
    problem = await refused(app, old)
    assert problem.detail == [{"line": None, "field": "totalPriceCents", "was": 1650, "now": 1760}]


async def test_twenty_claims_of_a_stale_preview_make_one_fresh_one(app: App, world: World) -> None:
    old = await preview(app, world, "soup")
    await edit(app, world, {"$set": {"items.$.priceCents": 1200}}, "soup")
    problems = await asyncio.gather(*(refused(app, old) for _ in range(20)))
    assert {problem.code.code for problem in problems} <= {"PREVIEW_STALE", "PREVIEW_EXPIRED"}
    assert await app.db.checkouts.count_documents({"state": "open"}) == 1
    assert await app.db.orders.count_documents({}) == 0
