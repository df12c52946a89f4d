"""What a manager sets of a location on the board: its week, a holiday, and pauses by the clock."""

from __future__ import annotations

from typing import Any

import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import expect

from tests.e2e.screens import PHONE, Screens
from tests.e2e.test_board import KITCHEN, MANAGER, at_the_place, on, unpaid_order
from tests.patience import eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def test_a_manager_sets_hours_a_holiday_and_a_rush_on_a_phone(screens: Screens, stack: Stack) -> None:
    board = await screens.board(PHONE)
    await at_the_place(stack, board, MANAGER, "South Austin")
    with pymongo.MongoClient[dict[str, object]](stack.mongo_uri) as client:
        locations = client[stack.db_name]["locations"]
        here = {"_id": ObjectId(stack.demo["payment"]["locationId"])}
        before = locations.find_one(here)
        assert before is not None
        try:
            await board.click("#settings")
            week = board.locator("#settings-week")
            monday = week.locator(".day").first
            # The button at the end of a row of times would be the first to be cut off.
            away = monday.get_by_role("button", name="without these hours").first
            end = "(node) => node.getBoundingClientRect().right"
            assert await away.evaluate(end) <= await monday.evaluate(end)
            await monday.get_by_role("button", name="Monday: more hours").click()
            await monday.get_by_label("Monday, from").last.fill("04:00")
            await monday.get_by_label("Monday, until").last.fill("05:30")
            await week.get_by_role("button", name="Save the hours").click()
            await expect(board.locator("#dialog-body [role=status]")).to_have_text("Saved.")

            special = board.locator("#settings-special")
            await special.locator("summary").click()
            await special.get_by_label("Date").fill("2099-12-25")
            await special.get_by_label("What it is").fill("Christmas")
            await special.get_by_role("button", name="Add the day").click()
            await expect(special.locator(".entry")).to_contain_text("Fri, 25 Dec 2099")
            await expect(special.locator(".entry")).to_contain_text("Christmas")
            stored = locations.find_one(here)
            assert stored is not None
            assert stored["specialDays"] == [{"date": "2099-12-25", "closed": True, "periods": [], "name": "Christmas"}]
            assert {"startTime": "04:00", "endTime": "05:30"} in stored["workingHours"][0]["periods"]  # type: ignore[index]
            # Somebody else changes it meanwhile.
            locations.update_one(here, {"$inc": {"version": 1}})
            await special.get_by_role("button", name="Remove 2099-12-25").click()
            await expect(board.locator("#dialog-error")).to_contain_text("Somebody else")
            await special.get_by_role("button", name="Remove 2099-12-25").click()
            await expect(special.locator(".entry")).to_have_count(0)

            schedule = board.locator("#settings-schedule")
            await schedule.locator("summary").click()
            await schedule.get_by_role("button", name="Add to the schedule").click()
            assert await board.evaluate("document.activeElement.validationMessage") == "Choose a day, or several."
            for day in await schedule.locator(".weekdays input").all():
                await day.check()
            await schedule.get_by_role("button", name="Add to the schedule").click()
            assert await board.evaluate("document.activeElement.getAttribute('aria-label')") == "Then, from"
            await schedule.get_by_label("Then, from").fill("00:00")
            await schedule.get_by_label("Then, until").fill("00:00")
            await schedule.get_by_role("button", name="Add to the schedule").click()
            await expect(schedule.locator(".entry")).to_contain_text("no orders")
            await expect(board.locator("#paused")).to_contain_text("as the schedule says")
            for box in ("document.documentElement", "document.getElementById('dialog')"):
                assert await board.evaluate(f"{box}.scrollWidth <= {box}.clientWidth")
            await schedule.get_by_role("button", name="Remove row 1").click()
            await expect(board.locator("#paused")).not_to_be_visible()
            await board.click("#dialog-cancel")
        finally:
            locations.replace_one(here, before)


async def test_the_kitchen_has_no_settings(screens: Screens, stack: Stack) -> None:
    board = await screens.board()
    await at_the_place(stack, board, KITCHEN, "South Austin")
    await expect(board.locator("#settings")).not_to_be_visible()


async def test_a_manager_says_who_accepts_orders(screens: Screens, stack: Stack) -> None:
    board = await screens.board()
    await at_the_place(stack, board, MANAGER, "Capitol Hill")
    part = board.locator("#settings-accepting")
    for choice, status, lane in (
        ("Somebody here accepts each order", "CREATED", "new"),
        ("Nobody needs to", "ACCEPTED", "making"),
    ):
        await board.click("#settings")
        await part.locator("summary").click()
        await part.get_by_label(choice).check()
        await part.get_by_role("button", name="Save who accepts").click()
        await expect(board.locator("#dialog-body [role=status]")).to_have_text("Saved.")
        await expect(part.get_by_label(choice)).to_be_checked()
        await board.click("#dialog-cancel")

        async def is_so(wanted: str = status) -> str | None:
            """The id of an order that begins like this. A process remembers for a moment how the place was."""
            order_id = await unpaid_order(stack)
            async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
                order = await client[stack.db_name].orders.find_one({"_id": ObjectId(order_id)})
            return order_id if order is not None and order["status"] == wanted else None

        order_id = await eventually(is_so, f"no order begins as {status}", every=0.5)
        assert order_id is not None
        await expect(on(board, order_id, lane)).to_have_count(1)
