"""Where websockets are blocked the screens read every few seconds, and say so calmly."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.screens import Diner, Screens, Station, ticket
from tests.e2e.test_board import KITCHEN, at_the_place, deed, on
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

CHECKING = "Checking every 5 s"


async def test_without_websockets_the_screens_read_and_move_all_the_same(
    screens: Screens, stack: Stack, diner: Diner, station: Station
) -> None:
    first = await diner.order(tag=station.tag)
    kitchen, board, status = await screens.kitchen(station.id), await screens.board(), await screens.status(first)
    await at_the_place(stack, board, KITCHEN, "Capitol Hill")
    await expect(ticket(kitchen, first)).to_be_visible()
    await asyncio.to_thread(stack.stop, "webpubsub")
    try:
        for screen in (kitchen, board):
            await expect(screen.locator("#line")).to_have_text(CHECKING)
            await expect(screen.locator("#banner")).to_be_hidden()
        second = await diner.order(tag=station.tag)
        await expect(ticket(kitchen, second)).to_be_visible()
        await expect(on(board, second, "making")).to_be_visible()
        await deed(board, first, "ready").click()
        await expect(ticket(kitchen, first)).to_have_count(0)
        await expect(status.locator("#headline")).to_have_text("Ready for pickup")
        await expect(status.locator("#banner")).to_be_hidden()
    finally:
        await asyncio.to_thread(stack.start, "webpubsub")
    await kitchen.context.set_offline(True)
    await kitchen.context.set_offline(False)
    await expect(kitchen.locator("#line")).to_have_text("Live")
