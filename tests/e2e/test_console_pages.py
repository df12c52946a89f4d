"""The console's pages that break things and look behind them, in a real browser."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Page, expect

from local.console import demo_order
from tests.e2e.screens import DESK, Screens
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def opened(screens: Screens, stack: Stack, name: str) -> Page:
    page = await screens.start_page()
    await page.set_viewport_size(DESK)
    await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
    await expect(page.locator("h1")).to_have_text(name)
    return page


async def asked(stack: Stack, method: str, path: str, **more: object) -> httpx.Response:
    async with httpx.AsyncClient(base_url=stack.console_url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        return await http.request(method, path, **more)  # type: ignore[arg-type]


async def test_a_fault_is_set_seen_and_taken_away(screens: Screens, stack: Stack) -> None:
    page = await opened(screens, stack, "Faults")
    await page.select_option("#service", "webhooks")
    await page.select_option("#mode", "throttle")
    await page.fill("#match", "/in/page-test")
    await page.fill("#chance", "0.5")
    await page.fill("#seed", "7")
    await page.get_by_role("button", name="Let it go wrong").click()
    await expect(page.locator("#said")).to_have_text("It stands. Seed 7.")
    row = page.locator("#standing tr", has_text="/in/page-test")
    await expect(row).to_contain_text("too many, come again later, status 429, retryAfter 1")
    standing = (await asked(stack, "GET", "/api/services")).json()["webhooks"]["standing"]
    assert [fault["seed"] for fault in standing if fault["match"] == "/in/page-test"] == [7]
    await row.get_by_role("button", name="Take away").click()
    await expect(row).to_have_count(0)


async def test_a_virtual_time_stands_in_the_head_of_every_page(screens: Screens, stack: Stack) -> None:
    page = await opened(screens, stack, "Clock")
    await expect(page.locator("#now")).to_contain_text("the machine's own time")
    await expect(page.locator("#virtual-time")).to_be_hidden()
    try:
        await page.get_by_role("button", name="Jump a day").click()
        await expect(page.locator("#now")).to_contain_text("Virtual time")
        await page.get_by_role("button", name="Let it stand").click()
        await expect(page.locator("#now")).to_contain_text("standing")
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            preview = await demo_order.preview(http, stack.api_url, stack.demo["open"])

        async def waits() -> bool:
            run = (await asked(stack, "GET", f"/api/orchestrations/{preview}")).json()
            return str(run.get("customStatus")).startswith("waiting")

        await eventually(waits)
        before = await page.locator("#now").inner_text()
        # The workflow of that preview waits for its end, half an hour on.
        await page.get_by_role("button", name="To what is due next").click()
        await expect(page.locator("#now")).not_to_have_text(before)
        await expect(page.locator("#now")).to_contain_text("standing")
        for name in ("Start", "Requests", "Faults", "Not emulated"):
            await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
            await expect(page.locator("#virtual-time")).to_contain_text("standing")
    finally:
        await asked(stack, "POST", "/api/clock", json={"do": "real"})
    await expect(page.locator("#virtual-time")).to_be_hidden()


async def test_a_request_is_asked_again_with_another_body(screens: Screens, stack: Stack) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        url = f"{stack.description['parts']['saas']['url']}/webhooks/in/again-test"
        assert (await http.post(url, json={"id": "first", "type": "t"})).status_code == 200
    page = await opened(screens, stack, "Requests")
    await page.select_option("#service", "webhooks")
    row = page.locator("#calls tr", has_text="/in/again-test").first
    await row.get_by_role("button", name="Again…").click()
    await page.fill("#body", '{"id": "second", "type": "t"}')
    await page.get_by_role("button", name="Ask again").click()
    await expect(page.locator("#answer")).to_contain_text("200")
    received = (await asked(stack, "GET", "/api/webhooks/received")).json()
    bodies = [call["body"]["id"] for call in received if call["path"].endswith("again-test")]
    assert bodies == ["first", "second"]


async def test_what_is_not_emulated_is_a_page(screens: Screens, stack: Stack) -> None:
    page = await opened(screens, stack, "Not emulated")
    await expect(page.get_by_role("heading", name="emergepay")).to_be_visible()
    await page.check("#lacking")
    await expect(page.locator("tbody td", has_text="full")).to_have_count(0)
    await expect(page.locator("tbody td", has_text="501").first).to_be_visible()
