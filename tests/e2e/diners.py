"""Diners who order over HTTP like the existing app, and do not give up when an answer is lost."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.http_client import Connection
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack


def line(line_id: str, dish: str) -> dict[str, Any]:
    """One dish in a cart, without any choice."""
    return {"id": line_id, "menuItemId": dish, "name": "", "price": 0, "notes": "", "variants": [], "modifiers": []}


def cart_of(demo: dict[str, Any], lines: list[dict[str, Any]], *, name: str = "Ann") -> dict[str, Any]:
    """A cart at a demo location, as the existing app sends it to be priced."""
    return {
        "restaurantId": demo["restaurantId"],
        "locationId": demo["locationId"],
        "locationSlug": demo["locationSlug"],
        "origin": {"id": demo["originId"], "name": "Table 1"},
        "customer": {"name": name, "phone": ""},
        "items": lines,
        "getSms": False,
    }


@dataclass
class Diner:
    """One diner with one cart. `order_id` is what was answered, once it was."""

    demo: dict[str, Any]
    dishes: list[str]
    line_ids: list[str] = field(default_factory=list)
    order_id: str | None = None
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line_ids = [secrets.token_hex(12) for _ in self.dishes]

    def cart(self) -> dict[str, Any]:
        """The body of its preview."""
        return cart_of(self.demo, [line(*each) for each in zip(self.line_ids, self.dishes, strict=True)])

    async def preview(self, connection: Connection) -> str:
        """One try to price the cart. Raises ConnectionError."""
        status, body = await connection.post("order-app/cart/preview-order", self.cart())
        self.answers.append(status)
        if status != 200:
            raise ConnectionError(f"preview: {status} {body}")
        return str(body["data"]["previewOrderId"])

    async def place(self, connection: Connection, preview_id: str) -> str:
        """One try to place a preview. Raises ConnectionError."""
        body = {"previewOrderId": preview_id}
        status, answer = await connection.post("payments/place-order-without-payment", body)
        self.answers.append(status)
        if status != 200:
            raise ConnectionError(f"place: {status} {answer}")
        self.order_id = str(answer["orderId"])
        return self.order_id

    async def order(self, connection: Connection) -> str:
        """Tap until the order is there: after a lost answer, the whole cart again. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await self.place(connection, await self.preview(connection))
                except ConnectionError:
                    await asyncio.sleep(0.1)


async def dishes_of(base_url: str, demo: dict[str, Any]) -> list[str]:
    """What a location sells."""
    async with Connection(base_url) as connection:
        where = f"order-app/restaurants/{demo['restaurantId']}/locations/{demo['locationId']}/menus/{demo['menuId']}"
        status, body = await connection.get(where)
    assert status == 200, body
    return [item["id"] for item in body["data"]["items"]]


async def party(stack: Stack, size: int) -> list[Diner]:
    """So many diners at the open location, each with two dishes of its menu."""
    demo = stack.demo["open"]
    dishes = await dishes_of(stack.api_url, demo)
    return [Diner(demo, [dishes[n % len(dishes)], dishes[(n * 7 + 1) % len(dishes)]]) for n in range(size)]


async def all_order(base_url: str, diners: list[Diner], *, at_a_time: int) -> None:
    """Let all diners order, so many at a time."""
    left = iter(diners)

    async def one() -> None:
        async with Connection(base_url, timeout=15) as connection:
            for diner in left:
                await diner.order(connection)

    await asyncio.gather(*(one() for _ in range(at_a_time)))
