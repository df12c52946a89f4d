"""Texts in a real browser: asked for on the ordering page, seen on the console's phone, followed, and ended by STOP."""

from __future__ import annotations

import secrets

import pytest
from bson import ObjectId
from playwright.async_api import Page, expect

from tests.e2e.order_pages import arrived, choose
from tests.e2e.screens import Screens
from tests.e2e.truth import Truth
from tests.patience import eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def order(screens: Screens, number: str) -> str:
    """Order with a wish for texts; the order's id."""
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    await page.locator("#open-cart").click()
    await page.locator("#name").fill("Ada")
    await page.locator("#phone").fill("")
    await page.get_by_label("Text me how my order goes").check()
    checkout = page.locator("#cart form button[type=submit]")
    await checkout.click()
    await expect(page.locator("#cart-wrong")).to_have_text("Where should we text you? Please enter your phone number.")
    await page.locator("#phone").fill(number)
    await checkout.click()
    await expect(page.locator("#checkout")).not_to_have_attribute("aria-busy", "true")
    await page.locator("#go").click()
    return await arrived(page)


async def phone_of(page: Page, number: str) -> Page:
    """The console's page, once the phone is there."""
    await page.locator(f'[data-number="{number}"] .bubble').first.wait_for()
    return page


async def test_a_diner_who_asked_is_texted_follows_the_link_and_is_texted_no_more_after_stop(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    digits = f"212{secrets.randbelow(8_000_000) + 2_000_000}"
    order_id = await order(screens, f"({digits[:3]}) {digits[3:6]}-{digits[6:]}")
    stored = await truth.db.orders.find_one({"_id": ObjectId(order_id)})
    assert stored is not None and stored["getSms"] is True
    page = await phone_of(await screens.opened(f"{stack.console_url}/start/texts.html"), f"+1{digits}")
    phone = page.locator(f'[data-number="+1{digits}"]')
    await expect(phone.locator(".bubble").first).to_contain_text(f"We have your order #{stored['orderCode']}.")
    await expect(phone).to_contain_text("delivered, 2 segments")
    duty = await truth.db.duties.find_one({"orderId": ObjectId(order_id), "kind": "text"})
    assert duty is not None and duty["state"] == "sent"

    async with page.expect_popup() as opened:
        await phone.locator("a").first.click()
    followed = await opened.value
    await expect(followed.locator("#code")).to_have_text(stored["orderCode"])

    await phone.get_by_role("textbox").fill("STOP")
    await phone.get_by_role("button", name="Reply").click()
    await expect(phone.locator("[role=status]")).to_have_text("The app answered 200.")
    again = await order(screens, digits)
    over = {"orderId": ObjectId(again), "kind": "text", "state": "given_up"}
    [ended] = await eventually(lambda: truth.db.duties.find(over).to_list())
    assert ended["outcome"] == "opted out"
    await expect(phone.locator(".out")).to_have_count(1)
