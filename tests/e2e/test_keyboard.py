"""Every page by the keyboard alone; that of ordering is in test_order_page.py."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.keyboard import Keyboard
from tests.e2e.kitchen_tickets import Tickets
from tests.e2e.pairing import Manager, kitchen_address
from tests.e2e.screens import Diner, Screens, Staff, Station, ticket
from tests.e2e.test_board import OWNER, code_for, deed, on, paid_order
from tests.patience import eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]


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


async def test_the_kitchen(screens: Screens, stack: Stack, tickets: Tickets, station: Station) -> None:
    _, second = await tickets.show(2)
    kitchen = await screens.kitchen(station.id)
    keys = Keyboard(kitchen)
    await expect(ticket(kitchen, second)).to_be_visible()

    await keys.press("2")
    await expect(ticket(kitchen, second)).to_have_class(re.compile(r"\bchosen\b"))
    await keys.sees_focus()
    await keys.press("ArrowDown")
    dish = kitchen.locator(f'[data-order-id="{second}"] .dish').first
    await expect(dish).to_be_focused()
    await keys.sees_focus()
    struck = dish.and_(kitchen.locator('[aria-pressed="true"]'))
    await keys.press("x")
    await expect(struck).to_have_count(1)
    await expect(dish).to_be_focused()
    await keys.press("x")
    await expect(struck).to_have_count(0)

    # On a dish Enter strikes it, so the whole ticket is chosen again; its number twice at once would bump it.
    await keys.press("End", "Enter")
    await expect(ticket(kitchen, second)).to_have_count(0)
    await keys.press("r")
    await expect(ticket(kitchen, second)).to_have_count(1)

    panel = kitchen.locator("#panel")
    for name in ("allDay", "recallList", "pace", "menu"):
        await keys.use(kitchen.locator(f'.dock [data-deed="{name}"]'))
        if name != "allDay":
            await expect(panel).to_be_visible()
            await keys.press("Escape")
            await expect(panel).to_be_hidden()
            await keys.sees_focus()
    await keys.press("Home", "i")
    await expect(panel).to_be_visible()
    await keys.use(panel.locator('[data-deed="closePanel"]'))
    await expect(panel).to_be_hidden()


async def test_a_screen_is_paired(screens: Screens, stack: Stack) -> None:
    made = await Manager(stack).device()
    kitchen = await screens.opened(kitchen_address(stack))
    keys = Keyboard(kitchen)
    await keys.go_to(kitchen.locator("form input").first)
    await keys.type(made["code"])
    await keys.press("Enter")
    await kitchen.locator("#dot.good").wait_for()


async def test_the_diners_page(screens: Screens, diner: Diner, staff: Staff, station: Station) -> None:
    order_id = await diner.order(tag=station.tag)
    await staff.change(order_id, status="CREATED")
    page = await screens.status(order_id)
    keys = Keyboard(page)
    await expect(page.locator("#cancel")).to_be_visible()
    await keys.use(page.locator("#cancel"))
    await keys.use(page.locator("#keep"))
    await expect(page.locator("#cancel")).to_be_focused()
    await keys.press("Enter")
    await keys.use(page.locator("#yes"))
    await expect(page.locator("#headline")).to_have_text("Cancelled")
    await keys.use(page.locator("#languages button", has_text="Español"))
    await expect(page.locator("html")).to_have_attribute("lang", "es")
