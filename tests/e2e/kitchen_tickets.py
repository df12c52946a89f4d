"""Tickets for a kitchen display to show: as many as a test asks for, as old as it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from playwright.async_api import Page

from tests.e2e.screens import Diner, Station

NAMES = ("Grace", "Linus", "Katherine", "Margaret", "Ada", "Edsger", "Barbara", "Alan")
NOTES = {1: "Extra hot, please", 3: "Nut allergy!", 5: "In a paper cup"}

LOOK_CONTRAST = """() => {
    const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([red, green, blue]) => {
        const [r, g, b] = [red, green, blue].map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const [red, green, blue, alpha = 1] = numbers(getComputedStyle(at).backgroundColor);
            if (alpha === 1) return [red, green, blue];
        }
        return [255, 255, 255];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.checkVisibility({ visibilityProperty: true })) continue;
        const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        found.push({ text: walker.currentNode.data.trim(), ratio });
    }
    return found;
}"""
"""Of each text that is in sight, its contrast with what it stands on."""

WHERE_TICKETS_STAND = """() => [...document.querySelectorAll('#board .ticket[data-order-id]')]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .map((node) => {
        const { left, top, right, bottom } = node.getBoundingClientRect();
        const size = parseFloat(getComputedStyle(node.querySelector('.name')).fontSize);
        const scrolls = [...node.querySelectorAll('*')].filter((one) => {
            const { overflowX, overflowY } = getComputedStyle(one);
            return [overflowX, overflowY].some((how) => ['auto', 'scroll'].includes(how));
        });
        return { id: node.dataset.orderId, left, top, right, bottom, size, scrolls: scrolls.length };
    })"""
"""The tickets in sight, in their order: where each stands, how large an item's name is, what in it scrolls."""


class Tickets:
    """Orders of one station; `show` says how many of them are open."""

    def __init__(self, orders: Any, diner: Diner, station: Station) -> None:
        self._orders = orders
        self._diner = diner
        self._station = station
        self.ids: list[str] = []

    async def show(self, count: int, *, minutes: Sequence[float] | None = None, plain: bool = False) -> list[str]:
        """Have so many open orders and no others, the first of them the oldest, and return their ids.

        `minutes`: how old each is; without it they are a minute apart. `plain`: of no dish anything was chosen, so that
        every run has tickets of the same height.
        """
        while len(self.ids) < count:
            number = len(self.ids)
            placed = await self._diner.order(
                tag=self._station.tag, first=number % 7, dishes=1 + number % 2, name=NAMES[number % len(NAMES)]
            )
            self.ids.append(placed)
        now = datetime.now(UTC)
        ages = minutes if minutes is not None else [count - number for number in range(count)]
        await self._orders.update_many({}, {"$set": {"status": "PICKED_UP"}, "$inc": {"version": 1}})
        for order_id, age in zip(self.ids[:count], ages, strict=True):
            began = now - timedelta(minutes=age, seconds=10)
            await self.change(order_id, status="ACCEPTED", startedAt=began)
            if plain:
                items = (await self.read(order_id))["items"]
                await self.change(order_id, items=[{**item, "variants": [], "modifiers": []} for item in items])
        return self.ids[:count]

    async def read(self, order_id: str) -> dict[str, Any]:
        """An order as it is stored."""
        found: dict[str, Any] = await self._orders.find_one({"_id": ObjectId(order_id)})
        return found

    async def change(self, order_id: str, **fields: Any) -> None:
        """Change an order; nobody is told."""
        await self._orders.update_one({"_id": ObjectId(order_id)}, {"$set": fields, "$inc": {"version": 1}})

    async def change_item(self, order_id: str, **fields: Any) -> None:
        """Change an order's first item; nobody is told."""
        items = (await self.read(order_id))["items"]
        await self.change(order_id, items=[{**items[0], **fields}, *items[1:]])

    async def garnish(self, ids: Sequence[str]) -> None:
        """Give orders what real ones have: more units of a dish, what is left out, notes, work that is done."""
        left_out = [{"id": "gm", "name": "Extras", "options": [{"id": "go", "name": "No foam", "priceCents": 0}]}]
        for number, order_id in enumerate(ids):
            items = (await self.read(order_id))["items"]
            first = items[0]
            more = [{**first, "id": f"{first['id']}-{unit}"} for unit in range(number % 3)]
            last = {**items[-1], "id": f"{items[-1]['id']}-last", "modifiers": left_out if number % 2 else []}
            last |= {"notes": NOTES.get(number % 6, ""), "completedAt": datetime.now(UTC) if number % 5 == 2 else None}
            await self.change(order_id, items=[first, *more, last])


async def low_contrasts(page: Page) -> list[Any]:
    """The texts in sight that have less contrast than 4.5:1."""
    return [one for one in await page.evaluate(LOOK_CONTRAST) if one["ratio"] < 4.5]


async def standing(page: Page) -> list[dict[str, Any]]:
    """Where the tickets in sight stand."""
    found: list[dict[str, Any]] = await page.evaluate(WHERE_TICKETS_STAND)
    return found
