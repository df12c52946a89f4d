"""The console's start page in a real browser: who may sign in, and with which code."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.pairing import Manager
from tests.e2e.screens import Screens
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def test_who_asks_for_a_code_finds_it_beside_the_address(screens: Screens, stack: Stack) -> None:
    start = await screens.start_page()
    email = stack.demo["service"]["email"]
    row = start.locator(f'#people tr[data-address="{email}"]')
    await expect(row).to_contain_text("none")
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        asked = await http.post(f"http://127.0.0.1:{stack.base}/login/signinup/code", json={"email": email})
        assert asked.json()["status"] == "OK", asked.text
        shown = (await http.get(f"{stack.console_url}/api/people")).json()
    code = next(person["code"] for person in shown if person["address"] == email)
    await expect(row.locator(".code")).to_have_text(code)


@pytest.mark.parametrize(
    ("button", "choices"),
    [("Pair a kitchen screen", True), pytest.param("Pair an expo screen", False, marks=pytest.mark.long)],
)
async def test_a_screen_of_the_demo_is_paired_from_the_start_page(screens: Screens, button: str, choices: bool) -> None:
    start = await screens.start_page()
    await start.get_by_role("button", name=button).click()
    link = start.get_by_role("link", name="pair a screen here")
    kitchen = await screens.opened(str(await link.get_attribute("href")))
    if choices:
        await kitchen.locator("#stations button").first.click()
    await expect(kitchen.locator("#line")).to_have_text("Live")


async def test_a_link_that_the_api_makes_of_a_code_leads_to_the_kitchen_display(screens: Screens, stack: Stack) -> None:
    made = await Manager(stack).device()
    page = await screens.opened(made["qr"])
    await expect(page.locator("#line")).to_have_text("Live")


@pytest.mark.parametrize(
    ("name", "restaurant"),
    [("Order as a diner", "Larkspur Coffee & Bakehouse"), ("Order and pay as a diner", "Taquería Mesa Larga")],
)
async def test_who_orders_as_a_diner_comes_to_the_menu_of_a_table(screens: Screens, name: str, restaurant: str) -> None:
    start = await screens.start_page()
    link = start.get_by_role("link", name=name)
    page = await screens.opened(str(await link.evaluate("link => link.href")))
    await expect(page.get_by_role("heading", name=restaurant)).to_be_visible()
    await expect(page.locator("#where")).to_contain_text("Table 1")
    await expect(page.locator(".dish").first).to_be_visible()
