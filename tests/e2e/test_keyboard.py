"""Every page by the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.keyboard import Keyboard
from tests.e2e.screens import Screens
from tests.e2e.test_board import OWNER, code_for, deed, on, paid_order
from tests.patience import eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def test_the_board(screens: Screens, stack: Stack) -> None:
    board = await screens.board()
    keys = Keyboard(board)
    await expect(board.locator("#contact")).to_be_focused()
    await keys.type(OWNER)
    await keys.press("Enter")
    await expect(board.locator("#code")).to_be_focused()
    await keys.type(await eventually(lambda: code_for(stack, OWNER), "no code came"))
    await keys.press("Enter")
    place = board.locator("#places button", has_text="South Austin")
    await expect(place).to_be_visible()
    await keys.use(place)
    await expect(board.locator("#line")).to_have_text("Live")

    order_id = await paid_order(stack)
    await expect(on(board, order_id, "making")).to_be_visible()
    await keys.use(deed(board, order_id, "ready"))
    await expect(on(board, order_id, "ready")).to_be_visible()
    await expect(deed(board, order_id, "done")).to_be_focused()

    await keys.use(deed(board, order_id, "refund"))
    await keys.use(board.locator("#refund-all"), key="Space")
    await keys.go_to(board.locator("#dialog-body input[name=reason]"))
    await keys.type("Cold")
    await keys.use(board.locator("#dialog-do"))
    await expect(board.locator("#dialog")).not_to_be_visible()
    await expect(on(board, order_id, "ready")).to_contain_text("given back")

    await keys.use(deed(board, order_id, "done"))
    await expect(board.locator("#over-box .count")).to_have_text("1")
    await keys.use(board.locator("#over-box summary"))
    await expect(on(board, order_id, "over")).to_be_visible()
    for name in ("today-button", "pace", "sold-out", "settings", "attention"):
        await keys.use(board.locator(f"#{name}"))
        if name != "today-button":
            await expect(board.locator("#dialog")).to_be_visible()
            await keys.press("Escape")
            await expect(board.locator("#dialog")).not_to_be_visible()
            await expect(board.locator(f"#{name}")).to_be_focused()
    await keys.use(board.locator("#leave"))
    await expect(board.locator("#contact")).to_be_focused()


async def test_the_start_page(screens: Screens) -> None:
    start = await screens.start_page()
    keys = Keyboard(start)
    await expect(start.locator("#health")).to_have_text("All 5 parts are up")
    await keys.use(start.get_by_role("button", name="Place a demo order"))
    link = start.locator("#placed-status")
    await expect(link).to_be_visible()
    await keys.go_to(link)
    await keys.go_to(start.get_by_role("region", name="Who may sign in"))
