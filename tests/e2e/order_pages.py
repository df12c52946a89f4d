"""A diner on the pages of ordering, and the restaurant and the gateway behind them."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from bson import ObjectId
from playwright.async_api import Locator, Page, expect

from tests.e2e import diners
from tests.e2e.truth import Truth
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

APPROVED, DECLINED = "4111111111111111", "4000000000000002"
CHARGED_AND_CUT = "4000000000000077"
"""It is charged, and the gateway's answer is lost."""

TAKES_A_WHILE = "4000000000000101"
"""It is charged after the gateway's call was given up: for half a minute nobody knows of it."""


async def choose(page: Page, dish: str, *options: str, note: str = "") -> None:
    """Take one of a dish, with these choices."""
    await page.locator(".dish", has=page.get_by_text(dish, exact=True)).click()
    for option in options:
        await page.locator("#dish").get_by_text(option, exact=True).click()
    if note:
        await page.locator("#note").fill(note)
    await page.locator("#dish button[type=submit]").click()
    await expect(page.locator("#dish")).not_to_be_visible()


async def to_checkout(page: Page, name: str = "Ada") -> None:
    """Go on with the cart, and wait until the order can be looked at."""
    await page.locator("#open-cart").click()
    await page.locator("#name").fill(name)
    await page.locator("#cart form button[type=submit]").click()
    await expect(page.locator("#checkout")).not_to_have_attribute("aria-busy", "true")


async def enter_card(page: Page, number: str, date: str = "12/30", code: str = "123") -> None:
    """Type a card into the gateway's fields."""
    for field, value in (("card-number", number), ("card-date", date), ("card-code", code)):
        await page.frame_locator(f"#{field} iframe").locator("input").fill(value)
    await expect(page.locator("#go")).to_be_enabled()


async def arrived(page: Page) -> str:
    """The id of the order whose page the diner has come to."""
    await page.wait_for_url("**/status/**")
    return page.url.rpartition("orderId=")[2].partition("&")[0]


async def cart_of(page: Page) -> dict[str, Any]:
    """What the browser keeps of the cart."""
    script = "Object.entries(localStorage).find(([key]) => key.startsWith('ob.cart.'))?.[1] ?? '{}'"
    kept: dict[str, Any] = json.loads(await page.evaluate(script))
    return kept


async def times_ordered(truth: Truth, line_id: str) -> int:
    """In how many orders a line of a cart is."""
    return await truth.db.orders.count_documents({"items.id": line_id})


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(200):
        if await target.evaluate("node => node === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")


@dataclass(frozen=True)
class Restaurant:
    """The demo's restaurant `name` as its owner changes it, and as a diner reads it."""

    stack: Stack
    truth: Truth
    name: str = "open"

    @property
    def place(self) -> dict[str, Any]:
        """The ids of its location."""
        found: dict[str, Any] = self.stack.demo[self.name]
        return found

    async def dish(self, name: str) -> dict[str, Any]:
        """A dish of the stored menu, by its English name."""
        (found,) = [
            {**item, "menuId": str(menu["_id"])}
            for menu in await self._menus()
            for item in menu["items"]
            if item["name"]["en"] == name
        ]
        return found

    async def price(self, name: str, cents: int) -> None:
        """Give a dish another price."""
        dish = await self.dish(name)
        rows = [{"itemId": dish["id"], "price": {"setCents": cents}}]
        await self._send("POST", f"menu/{dish['menuId']}/items/batch", {"rows": rows})

    async def sells(self, name: str, *, available: bool) -> None:
        """Say that a dish can be ordered, or not."""
        dish = await self.dish(name)
        path = f"menu/{dish['menuId']}/item/{dish['id']}/availability"
        await self._send("PATCH", path, {"isAvailable": available})

    async def pause(self, until: datetime) -> None:
        """Take no orders of diners until then, and wait until the next diner hears so."""
        await self._send("PATCH", "pace", {"pausedUntil": until.isoformat()}, base="location-settings/restaurant")

        async def is_closed() -> bool:
            return not await self.is_open()

        await eventually(is_closed)

    async def is_open(self) -> bool:
        """Whether the next diner can order."""
        dish = next(item for menu in await self._menus() for item in menu["items"] if not item["modifiers"])
        body = diners.cart_of(self.place, [diners.line(secrets.token_hex(12), dish["id"])])
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            answer = await http.post(f"{self.stack.api_url}/order-app/cart/preview-order", json=body)
        return answer.is_success and answer.json()["data"]["isOpen"] is True

    async def _menus(self) -> list[dict[str, Any]]:
        return await self.truth.db.menus.find({"locationId": ObjectId(self.place["locationId"])}).to_list()

    async def location(self, **fields: Any) -> None:
        """Change the stored location, and wait until diners read it."""
        before = await self._shown()
        await self.truth.db.locations.update_one({"locationSlug": self.place["locationSlug"]}, {"$set": fields})

        async def differs() -> bool:
            return await self._shown() != before

        await eventually(differs, "diners do not read it")

    async def _shown(self) -> Any:
        where = f"order-app/restaurants/{self.place['restaurantId']}/locations/{self.place['locationId']}"
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            return (await http.get(f"{self.stack.api_url}/{where}")).json()

    async def _send(self, method: str, path: str, body: Mapping[str, Any], base: str = "restaurant") -> None:
        where = f"{base}/{self.place['restaurantId']}/location/{self.place['locationId']}/{path}"
        headers = {"authorization": f"Bearer {self.stack.token()}"}
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False, headers=headers) as http:
            answer = await http.request(method, f"{self.stack.api_url}/{where}", json=body)
        assert answer.is_success, answer.text


@dataclass(frozen=True)
class Gateway:
    """The payment gateway's own books."""

    stack: Stack

    async def charged(self, external_ids: list[str]) -> list[int]:
        """The cents of each capture under one of these ids, whole sums."""
        rows = await self._get("ledger")
        return [row["amountCents"] for row in rows if row["externalTransactionId"] in external_ids]

    async def fault(self, **fault: Any) -> None:
        """Break something: see docs/local.md."""
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            (await http.post(f"{self.stack.console_url}/api/emergepay/fault", json=fault)).raise_for_status()

    async def _get(self, name: str) -> Any:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            return (await http.get(f"{self.stack.console_url}/api/emergepay/{name}")).json()


async def captures(stack: Stack, truth: Truth, order_id: str) -> list[int]:
    """What the gateway's books say was captured for an order, by all attempts to pay for it."""
    attempts = await truth.db.payments.find({"previewId": ObjectId(order_id)}).to_list()
    return await Gateway(stack).charged([str(attempt["_id"]) for attempt in attempts])


@contextlib.asynccontextmanager
async def kept(restaurant: Restaurant) -> AsyncIterator[Restaurant]:
    """A restaurant whose menus and locations are put back in the end, and which is open then for whoever comes next."""
    of_it = {"restaurantId": restaurant.place["restaurantId"]}
    stored = [(name, await restaurant.truth.db[name].find(of_it).to_list()) for name in ("menus", "locations")]
    try:
        yield restaurant
    finally:
        for name, documents in stored:
            for document in documents:
                await restaurant.truth.db[name].replace_one({"_id": document["_id"]}, document)
        await eventually(restaurant.is_open, "the next diner cannot order")
