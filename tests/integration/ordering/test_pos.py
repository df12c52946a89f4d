"""Orders that staff take at the counter (contract 12)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId
from pydantic import SecretStr

import functions.staff.pos  # noqa: F401 - puts its route into the table
from shared.app import App
from shared.web.routes import ROUTES
from tests.integration.world import World, line_id
from tests.web_calls import content, request

KEY = "k3y-of-the-demo"


@pytest.fixture
def staffed(app: App) -> App:
    """An App that knows the demo key."""
    return replace(app, settings=app.settings.model_copy(update={"demo_staff_key": SecretStr(KEY)}))


@pytest.fixture
async def cafe(app: App) -> World:
    """A demo restaurant that takes payment from diners."""
    return await World(restaurant_id=f"demo-{ObjectId()}", takes_payment=True).build(app)


async def order(app: App, body: dict[str, Any], bearer: str | None = f"Bearer {KEY}") -> tuple[int, Any]:
    headers = {"content-type": "application/json"} | ({} if bearer is None else {"authorization": bearer})
    sent = request("POST", "/api/v1/menu-app/restaurant/order", body, headers=headers)
    response = await ROUTES.named("pos_restaurant_order").handle(sent, app=app)
    answer = content(response)
    return response.status_code, answer["code"] if isinstance(answer, dict) else answer


def cart(world: World, *dishes: str, lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """A cart as the staff page sends it."""
    return world.cart(*dishes, lines=lines, origin={"id": "", "name": "pos"}, paymentId="", **more)


async def test_staff_place_an_unpaid_order_and_get_its_id_as_bare_text(staffed: App, cafe: World) -> None:
    status, order_id = await order(staffed, cart(cafe, "soup", "tea"))
    assert status == 201
    stored = await staffed.db.orders.find_one({"_id": ObjectId(order_id)})
    assert stored is not None
    assert (stored["origin"], stored["totalPriceCents"], stored["paymentId"]) == ({"id": "", "name": "pos"}, 1650, "")


async def test_a_cart_sent_again_is_one_order(staffed: App, cafe: World) -> None:
    body = cart(cafe, "soup", "tea", lines=[line_id(), line_id()])
    answers = await asyncio.gather(*(order(staffed, body) for _ in range(8)))
    answers.append(await order(staffed, body))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert await staffed.db.orders.count_documents({"restaurantId": cafe.restaurant_id}) == 1


async def test_an_edited_cart_with_lines_of_a_running_order_is_refused(staffed: App, cafe: World) -> None:
    lines = [line_id(), line_id()]
    body = cart(cafe, "soup", "tea", lines=lines)
    assert (await order(staffed, body))[0] == 201
    edited = cart(cafe, "soup", "tea", lines=lines)
    edited["items"][0]["notes"] = "no salt"
    assert await order(staffed, edited) == (409, "ORDER_RUNNING")
    assert await order(staffed, cart(cafe, "soup", lines=lines[:1])) == (409, "ORDER_RUNNING")
    more = cart(cafe, "soup", "tea", "bread", lines=[*lines, line_id()])
    assert await order(staffed, more) == (409, "ORDER_RUNNING")


async def test_two_guests_with_the_same_dishes_are_two_orders(staffed: App, cafe: World) -> None:
    first, second = [await order(staffed, cart(cafe, "soup")) for _ in range(2)]
    assert first[0] == second[0] == 201
    assert first[1] != second[1]


async def test_a_required_choice_must_be_made(staffed: App, cafe: World) -> None:
    choice = {
        "id": "bread",
        "name": {"en": "Bread", "es": "Pan", "pt": "Pão"},
        "required": True,
        "maxChoices": 1,
        "options": [{"id": "rye", "name": {"en": "Rye", "es": "Rye", "pt": "Rye"}, "priceCents": 0}],
    }
    await staffed.db.menus.update_one(
        {"_id": cafe.menu_id, "items.id": "soup"}, {"$set": {"items.$.modifiers": [choice]}}
    )
    assert await order(staffed, cart(cafe, "soup")) == (400, "CART_INVALID")


@pytest.mark.parametrize(
    ("bearer", "status"),
    [(None, 401), ("Bearer nonsense", 401), (f"Bearer {KEY}:stranger@example.com", 403)],
)
async def test_only_staff_of_the_restaurant_may(staffed: App, cafe: World, bearer: str | None, status: int) -> None:
    await staffed.db.users.insert_one(
        {"userId": "u", "email": "stranger@example.com", "restaurants": [f"demo-{ObjectId()}"]}
    )
    assert (await order(staffed, cart(cafe, "soup"), bearer))[0] == status
    assert await staffed.db.orders_preview.count_documents({}) == 0


async def test_a_location_of_another_restaurant_is_not_theirs(staffed: App, cafe: World) -> None:
    other = await World(restaurant_id=f"demo-{ObjectId()}").build(staffed)
    body = cart(cafe, "soup") | {"locationId": str(other.location_id)}
    assert await order(staffed, body) == (403, "FORBIDDEN")
