"""A kitchen's screen that shows nothing is told of on the board, also when what accepted the order died at once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from bson import ObjectId
from playwright.async_api import expect

from tests.e2e.listeners import Listener, location_feed
from tests.e2e.screens import Diner, Screens, Station, ticket
from tests.e2e.test_board import MANAGER, at_the_place
from tests.e2e.truth import Truth
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

SCREEN = "a-tablet-with-a-dark-screen"


class Tablet:
    """A kitchen's screen by hand: it says what a test lets it say."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        place = stack.demo["open"]
        here = f"{place['restaurantId']}/{place['locationId']}"
        self._here, self._screens = f"{stack.api_url}/stations/{here}", f"{stack.api_url}/screens/{here}"
        self._http, self._headers = http, {"authorization": f"Bearer {stack.token()}"}

    async def says(self, *drawn: dict[str, Any]) -> None:
        body = {"screenId": SCREEN, "drawn": list(drawn)}
        (await self._http.post(f"{self._here}/expo/seen", json=body, headers=self._headers)).raise_for_status()

    async def is_connected(self) -> bool:
        rows = (await self._http.get(self._screens, headers=self._headers)).raise_for_status().json()["data"]
        return bool([row["connected"] for row in rows] == [True])


async def test_the_board_tells_of_an_order_that_no_screen_shows_until_one_does(
    screens: Screens, stack: Stack, truth: Truth, diner: Diner, station: Station
) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        tablet = Tablet(stack, http)
        await tablet.says()
        board = await screens.board()
        await at_the_place(stack, board, MANAGER, "Capitol Hill")
        order_id = await diner.place(await diner.preview(tag=station.tag))
        # Whoever accepted it dies before its time comes.
        for part in ("host", "durable"):
            await asyncio.to_thread(stack.kill, part)
        for part in ("durable", "host"):
            await asyncio.to_thread(stack.start, part)
        notice = ticket(board, order_id).get_by_text("No kitchen screen has shown this order.")
        await expect(notice).to_be_visible()
        await expect(board.locator("#attention-count")).to_have_text("1")
        order = await truth.db.orders.find_one({"_id": ObjectId(order_id)}) or {}
        waited = (order["notDrawnSince"] - order["startedAt"]).total_seconds()
        print(f"told {waited:.1f} s after the acceptance, with both processes killed in between")
        await tablet.says({"orderId": order_id, "seq": 2})
        await expect(notice).to_have_count(0)
        await expect(board.locator("#attention-count")).to_have_text("0")
        assert screens.errors == []


async def test_a_screen_whose_live_connection_ends_is_not_connected(stack: Stack) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        tablet = Tablet(stack, http)
        await tablet.says()
        async with Listener(stack.api_url, location_feed(stack), stack.token()):
            await eventually(tablet.is_connected)

        async def is_gone() -> bool:
            await tablet.says()
            return not await tablet.is_connected()

        await eventually(is_gone)
