"""Orders that staff take at the counter (contract 12)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bson import ObjectId

import functions.staff.pos  # noqa: F401 - puts its route into the table
from shared.app import App
from shared.web.routes import ROUTES
from tests.integration import staff
from tests.integration.world import World, line_id
from tests.web_calls import content, request

COUNTER = "u-counter"
"""Somebody at the counter."""


@pytest.fixture
async def cafe(app: App) -> World:
    """A restaurant that takes payment from diners, with somebody at the counter."""
    cafe = await World(takes_payment=True).build(app)
    await staff.signed_in_as(app, cafe.restaurant_id, "service", user_id=COUNTER)
    return cafe


async def order(app: App, body: dict[str, Any], who: dict[str, str] | None = None) -> tuple[int, Any]:
    """Order as `who`, unless said somebody at the counter."""
    headers = {"content-type": "application/json"} | (staff.headers_of(app, COUNTER) if who is None else who)
    sent = request("POST", "/api/v1/menu-app/restaurant/order", body, headers=headers)
    response = await ROUTES.named("pos_restaurant_order").handle(sent, app=app)
    answer = content(response)
    return response.status_code, answer["code"] if isinstance(answer, dict) else answer


def cart(world: World, *dishes: str, lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """A cart as the staff page sends it."""
    return world.cart(*dishes, lines=lines, origin={"id": "", "name": "pos"}, paymentId="", **more)


async def test_staff_place_an_unpaid_order_and_get_its_id_as_bare_text(app: App, cafe: World) -> None:
    status, order_id = await order(app, cart(cafe, "soup", "tea"))
    assert status == 201
    stored = await app.db.orders.find_one({"_id": ObjectId(order_id)})
    assert stored is not None
    assert (stored["origin"], stored["totalPriceCents"], stored["paymentId"]) == ({"id": "", "name": "pos"}, 1650, "")


async def test_a_cart_sent_again_is_one_order(app: App, cafe: World) -> None:
    body = cart(cafe, "soup", "tea", lines=[line_id(), line_id()])
    answers = await asyncio.gather(*(order(app, body) for _ in range(8)))
    answers.append(await order(app, body))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert await app.db.orders.count_documents({"restaurantId": cafe.restaurant_id}) == 1


async def test_an_edited_cart_with_lines_of_a_running_order_is_refused(app: App, cafe: World) -> None:
    lines = [line_id(), line_id()]
    body = cart(cafe, "soup", "tea", lines=lines)
    assert (await order(app, body))[0] == 201
    edited = cart(cafe, "soup", "tea", lines=lines)
    edited["items"][0]["notes"] = "no salt"
    assert await order(app, edited) == (409, "ORDER_RUNNING")
    assert await order(app, cart(cafe, "soup", lines=lines[:1])) == (409, "ORDER_RUNNING")
    more = cart(cafe, "soup", "tea", "bread", lines=[*lines, line_id()])
    assert await order(app, more) == (409, "ORDER_RUNNING")


async def test_two_guests_with_the_same_dishes_are_two_orders(app: App, cafe: World) -> None:
    first, second = [await order(app, cart(cafe, "soup")) for _ in range(2)]
    assert first[0] == second[0] == 201
    assert first[1] != second[1]


async def test_a_required_choice_must_be_made(app: App, cafe: World) -> None:
    choice = {
        "id": "bread",
        "name": {"en": "Bread", "es": "Pan", "pt": "Pão"},
        "required": True,
        "maxChoices": 1,
        "options": [{"id": "rye", "name": {"en": "Rye", "es": "Rye", "pt": "Rye"}, "priceCents": 0}],
    }
    await app.db.menus.update_one({"_id": cafe.menu_id, "items.id": "soup"}, {"$set": {"items.$.modifiers": [choice]}})
    assert await order(app, cart(cafe, "soup")) == (400, "CART_INVALID")


async def test_only_staff_of_the_restaurant_may(app: App, cafe: World) -> None:
    stranger = await staff.signed_in_as(app, "another", "owner")
    cook = await staff.signed_in_as(app, cafe.restaurant_id, "kitchen")
    for who, status in (({}, 401), ({"authorization": "Bearer nonsense"}, 401), (stranger, 403), (cook, 403)):
        assert (await order(app, cart(cafe, "soup"), who))[0] == status
    assert await app.db.orders_preview.count_documents({}) == 0


async def test_a_location_of_another_restaurant_is_not_theirs(app: App, cafe: World) -> None:
    other = await World().build(app)
    body = cart(cafe, "soup") | {"locationId": str(other.location_id)}
    assert await order(app, body) == (403, "FORBIDDEN")
