"""A restaurant's screens on an evening: two kitchen displays, a board, and diners' pages, held against the database."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId
from playwright.async_api import Page

from tests.e2e.screens import Screens, Station, ticket
from tests.e2e.test_board import OWNER, at_the_place
from tests.e2e.truth import Truth
from tests.http_client import Connection
from tests.patience import eventually
from tests.stack import Stack

OPEN_LOCATION = "Capitol Hill"

RECORD = """
    window.drawn = new Set();
    window.doubled = new Set();
    new MutationObserver(() => {
        const shown = new Set();
        for (const { dataset } of document.querySelectorAll('.ticket[data-order-id]')) {
            if (shown.has(dataset.orderId)) window.doubled.add(dataset.orderId);
            shown.add(dataset.orderId);
            window.drawn.add(dataset.orderId);
        }
    }).observe(document, { childList: true, subtree: true });
"""
"""Keeps, in a page, the ids of all orders that it ever showed, and of those that it ever showed twice at once."""

_TICKETS = """(selector) => [...document.querySelectorAll(`${selector} .ticket[data-order-id]`)]
    .map(({ dataset }) => dataset.orderId)"""

_LANE_OF = {"CREATED": "new", "ACCEPTED": "making", "READY_FOR_PICKUP": "ready"}
_STEP_OF = {
    "CREATED": "Placed",
    "ACCEPTED": "Accepted",
    "READY_FOR_PICKUP": "Ready for pickup",
    "PICKED_UP": "Picked up",
}


@dataclass
class Room:
    """The screens. `kitchens`: by station; `diners`: by order."""

    truth: Truth
    kitchens: dict[Station, Page]
    board: Page
    diners: dict[str, Page] = field(default_factory=dict)

    async def agrees(self) -> float:
        """Wait until every screen shows what the database holds, and return how many seconds that took.

        Raises AssertionError, with what differs.
        """
        began = time.monotonic()
        differs: list[str] = []

        async def all_agree() -> bool:
            differs[:] = await self._differences()
            return not differs

        await eventually(all_agree, lambda: "\n".join(differs[:10]), every=0.5)
        return time.monotonic() - began

    async def drawn(self, station: Station) -> set[str]:
        """The orders that a station's display ever showed."""
        return set(await self.kitchens[station].evaluate("[...drawn]"))

    async def bump(self, station: Station, order_id: str) -> None:
        """Say on a station's display that an order is made there."""
        await ticket(self.kitchens[station], order_id).locator('[data-deed="bump"]').dblclick()

    async def is_made(self, order_id: str) -> None:
        """Wait until the database says that all of an order is made, and look that nothing was done to it twice."""

        async def it_is() -> bool:
            order = await self.truth.db.orders.find_one({"_id": ObjectId(order_id)})
            assert order is not None
            return all(item["completedAt"] for item in order["items"])

        await eventually(it_is, f"order {order_id} was never made", every=0.2)
        rows = await self.truth.db.order_events.find({"orderId": ObjectId(order_id)}).to_list()
        deeds = Counter((row["type"], row["payload"].get("itemId")) for row in rows)
        assert set(deeds.values()) == {1}, deeds

    async def ready(self) -> set[str]:
        """The orders that the board shows as ready now."""
        return set(await self.board.evaluate(_TICKETS, "#ready"))

    async def doubled(self) -> list[str]:
        """The orders that a screen ever showed twice at once."""
        found: list[str] = []
        for page in (*self.kitchens.values(), self.board):
            found += await page.evaluate("[...doubled]")
        return found

    async def _differences(self) -> list[str]:
        orders = await self.truth.db.orders.find({}).to_list()
        found = []
        for station, page in self.kitchens.items():
            wanted = sorted(str(order["_id"]) for order in orders if _is_open_at(order, station))
            found += _difference(station.tag, sorted(await page.evaluate(_TICKETS, "main")), wanted)
        for lane in _LANE_OF.values():
            wanted = sorted(str(order["_id"]) for order in orders if _LANE_OF.get(order["status"]) == lane)
            found += _difference(f"board, {lane}", sorted(await self.board.evaluate(_TICKETS, f"#{lane}")), wanted)
        for order in orders:
            page = self.diners.get(str(order["_id"]))
            if page is not None:
                step = page.locator("#steps li[aria-current=step] > span")
                shown = await step.all_inner_texts()
                found += _difference(f"diner of {order['_id']}", shown, [_STEP_OF[order["status"]]])
        return found


def _is_open_at(order: dict[str, Any], station: Station) -> bool:
    mine = [item for item in order["items"] if station.tag in item["stationTags"]]
    return order["status"] == "ACCEPTED" and any(item.get("completedAt") is None for item in mine)


def _difference(screen: str, shown: list[str], wanted: list[str]) -> list[str]:
    return [] if shown == wanted else [f"{screen}: shows {shown}, not {wanted}"]


class Hands:
    """Staff who move orders over the API, from outside the bad network."""

    def __init__(self, stack: Stack, connection: Connection) -> None:
        self._authorization = f"Bearer {stack.token()}"
        self._connection = connection
        self._turn = asyncio.Lock()

    async def move(self, order_id: str, status: str) -> None:
        """Bring an order to a status."""
        body = {"orderId": order_id, "orderStatus": status}
        async with self._turn:
            code, answer = await self._connection.post(
                "restaurant/order-status", body, authorization=self._authorization
            )
        assert code == 200, answer


@asynccontextmanager
async def room_of(screens: Screens, stack: Stack, truth: Truth, stations: list[Station]) -> AsyncIterator[Room]:
    """The screens of these stations, and a board; all live."""
    board = await screens.board()
    await at_the_place(stack, board, OWNER, OPEN_LOCATION)
    yield Room(truth, {station: await screens.kitchen(station.id) for station in stations}, board)
