"""The day at a glance on the staff's board: figures that follow the orders, and a month as bars."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import Page, expect

from tests.e2e.screens import DESK, PHONE, Screens
from tests.e2e.test_board import KITCHEN, MANAGER, OWNER, at_the_place, counter_order, paid_order
from tests.e2e.truth import Truth
from tests.stack import Stack

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the page, for whoever wants to look at them."""


@pytest.fixture
def a_month_of_sales(stack: Stack) -> Iterator[None]:
    """Orders of the last month, more of them at the end of the week."""
    place = stack.demo["payment"]
    at, rows = datetime.now(UTC) - timedelta(days=1), []
    for day in range(29):
        for number in range(3 + (day * 5) % 7):
            total = 1200 + 37 * (day * number % 23)
            rows.append(
                {
                    "_id": ObjectId(),
                    "restaurantId": place["restaurantId"],
                    "locationId": ObjectId(place["locationId"]),
                    "orderCode": "OLD",
                    "status": "PICKED_UP",
                    "startedAt": at - timedelta(days=day),
                    "items": [{"id": "u", "menuItemId": "d", "name": "Dish", "priceCents": total}],
                    "totalPriceCents": total,
                }
            )
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        orders = client[stack.db_name]["orders"]
        orders.insert_many(rows)
        yield
        orders.delete_many({"orderCode": "OLD"})


def figure(page: Page, name: str) -> Any:
    return page.locator(f'#today [data-figure="{name}"]')


async def pictured(page: Page, name: str) -> None:
    """Nothing is wider than the screen, in light and in dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) <= 0, (name, scheme)
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"today-{name}-{scheme}.png", full_page=True)


@pytest.mark.usefixtures("a_month_of_sales")
async def test_an_owner_sees_how_the_day_stands(screens: Screens, stack: Stack, truth: Truth) -> None:
    await paid_order(stack)
    board = await screens.board(DESK)
    await at_the_place(stack, board, OWNER, "South Austin")
    await board.click("#today-button")
    await expect(board.locator("#lanes")).not_to_be_visible()
    await expect(board.locator("#today .tenders")).to_contain_text("Card")
    await expect(board.locator("#today .month rect")).to_have_count(30)
    before = await figure(board, "open").locator(".numbers").inner_text()
    await counter_order(stack)
    await expect(figure(board, "open").locator(".numbers")).to_have_text(str(int(before) + 1))
    await expect(figure(board, "unpaid")).not_to_contain_text("$0.00")
    await pictured(board, "desk")

    await board.get_by_role("button", name="All locations").click()
    await expect(board.locator("#today .locations")).to_contain_text("South Austin")
    await pictured(board, "everywhere")

    await board.click("#today-button")
    await expect(board.locator("#lanes")).to_be_visible()
    await expect(board.locator("#today")).not_to_be_visible()
    await pictured(board, "orders")


@pytest.mark.long
@pytest.mark.usefixtures("a_month_of_sales")
async def test_a_manager_reads_it_on_a_phone_and_the_kitchen_does_not(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    phone = await screens.board(PHONE)
    await at_the_place(stack, phone, MANAGER, "South Austin")
    await phone.click("#today-button")
    await expect(phone.locator("#today .figures")).to_contain_text("Sales today")
    await expect(phone.get_by_role("button", name="All locations")).to_have_count(0)
    await phone.get_by_text("As a table").click()
    await expect(phone.locator("#today .month tbody tr")).to_have_count(30)
    await pictured(phone, "phone")
    kitchen = await screens.board(PHONE)
    await at_the_place(stack, kitchen, KITCHEN, "South Austin")
    await expect(kitchen.locator("#today-button")).not_to_be_visible()
