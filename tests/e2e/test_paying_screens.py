"""Paying in a real browser, on the real stack: the start page's test cards, and what the diner's page says of them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import Page, Route, expect

from tests.e2e.screens import Screens
from tests.e2e.truth import Truth
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def pay_on(start: Page, card: str) -> str:
    """Press the start page's button, and return the id of what is paid for."""
    await start.get_by_label("Test card").select_option(card)
    await start.get_by_role("button", name="Pay with a test card").click()
    link = start.locator("#paid-status")
    await expect(link).to_be_visible()
    return (await link.get_attribute("href") or "").rpartition("orderId=")[2]


async def pay_again(stack: Stack, preview_id: str) -> None:
    """A diner pays for the same cart with a card that is approved, and waits for the order."""
    async with httpx.AsyncClient(
        timeout=PATIENCE_SECONDS, trust_env=False, base_url=f"{stack.api_url}/payments/"
    ) as http:
        restaurant = stack.demo["payment"]["restaurantId"]
        started = await http.post(f"start-transaction/{restaurant}", json={"previewOrderId": preview_id})
        token = started.json()["transactionToken"]
        paid = await http.post("complete-transaction", json={"previewOrderId": preview_id, "transactionToken": token})
    assert paid.json()["orderId"] == preview_id, paid.text


async def test_an_approved_card_is_an_order(screens: Screens, stack: Stack, truth: Truth) -> None:
    start = await screens.start_page()
    order_id = await pay_on(start, "approved")
    await expect(start.locator("#paid")).to_contain_text("is paid and placed")
    row = start.locator(f'#orders tr[data-order-id="{order_id}"]')
    await expect(row).to_be_visible()
    code = await row.locator(".code").inner_text()
    await expect(start.locator("#paid")).to_contain_text(code)
    page = await screens.status(order_id, "payment")
    await expect(page.locator("#headline")).to_have_text("Being made")


async def test_a_declined_diner_reads_how_to_go_on_and_pays_again(screens: Screens, stack: Stack, truth: Truth) -> None:
    start = await screens.start_page()
    for card, words in (
        ("insufficient", "Not paid. There is not enough money on this card."),
        ("declined", "Not paid. Your card was declined."),
    ):
        preview_id = await pay_on(start, card)
        await expect(start.locator("#paid")).to_contain_text(words)
    page = await screens.status(preview_id, "payment")
    await expect(page.locator("#headline")).to_have_text("Your payment did not go through")
    await expect(page.locator("#advice")).to_contain_text("Your card was declined")
    await expect(page.locator("#next")).to_contain_text("Nothing was charged")
    await expect(page.locator("#next")).to_contain_text("Go back to the menu")

    await pay_again(stack, preview_id)
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(page.locator("#next")).to_be_hidden()


@pytest.mark.long
async def test_who_waits_for_the_bank_finds_out_by_itself(screens: Screens, truth: Truth) -> None:
    start = await screens.start_page()

    async def sooner(route: Route) -> None:
        asked = json.loads(route.request.post_data or "{}")
        await route.continue_(post_data=json.dumps({**asked, "seconds": 5}))

    await start.route("**/api/demo-order", sooner)
    order_id = await pay_on(start, "unknown")
    await expect(start.locator("#paid")).to_contain_text("is being checked")
    page = await screens.status(order_id, "payment")
    await expect(page.locator("#headline")).to_have_text("Checking your payment")
    await expect(page.locator("#advice")).to_contain_text("do not pay again")
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(start.locator("#paid")).to_contain_text("is paid and placed")


async def test_a_stopped_order_says_that_the_payment_is_given_back(screens: Screens, stack: Stack) -> None:
    start = await screens.start_page()
    preview_id = await pay_on(start, "declined")
    page = await screens.status(preview_id, "payment")
    await expect(page.locator("#headline")).to_have_text("Your payment did not go through")
    sentence = "This order could not be placed, and your payment is given back."
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        await client[stack.db_name].checkouts.update_one(
            {"_id": ObjectId(preview_id)},
            {
                "$set": {
                    "state": "abandoned",
                    "nextWakeAt": None,
                    "refusal.code": "PAYMENT_RETURNED",
                    "refusal.message": sentence,
                },
                "$inc": {"version": 1},
            },
        )
    await expect(page.locator("#headline")).to_have_text("This order was stopped")
    await expect(page.locator("#advice")).to_have_text(sentence)


async def test_who_stands_at_a_phone_can_pay(screens: Screens) -> None:
    start = await screens.start_page()
    await start.set_viewport_size({"width": 360, "height": 740})
    await expect(start.get_by_role("button", name="Pay with a test card")).to_be_visible()
    assert await start.evaluate("document.documentElement.scrollWidth") == 360
