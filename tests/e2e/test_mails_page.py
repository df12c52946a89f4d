"""The console's page of mails in a real browser: what was sent as it looks, and every template."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.order_pages import choose
from tests.e2e.screens import Screens
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def _page(screens: Screens, stack: Stack) -> Page:
    return await screens.opened(f"{stack.console_url}/start/mails.html")


async def test_the_receipt_of_an_order_is_shown_as_it_looks_and_as_plain_text(screens: Screens, stack: Stack) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        placed = (await http.post(f"{stack.console_url}/api/demo-order", json={"location": "open"})).json()
    page = await _page(screens, stack)
    await page.locator("#mails button", has_text=placed["orderCode"]).click()
    await expect(page.locator("#heads")).to_contain_text("diner@demo.example")
    await expect(page.locator("#text")).to_contain_text(f"Order: {placed['orderCode']}")
    mail = page.frame_locator("#page")
    await expect(mail.get_by_role("heading", name="Thank you for your order")).to_be_visible()
    await expect(mail.locator("body")).to_contain_text(placed["orderCode"])
    assert await _paper(page) == "rgb(243, 244, 246)"
    await page.locator("#scheme").select_option("dark")
    await expect(mail.locator("body")).to_have_css("background-color", "rgb(22, 24, 28)")


async def _paper(page: Page) -> str:
    return str(
        await page.frame_locator("#page").locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    )


async def test_every_template_is_shown_and_a_mail_can_run_nothing(screens: Screens, stack: Stack) -> None:
    page = await _page(screens, stack)
    await page.locator("#what").select_option("templates")
    await page.locator("#mails button", has_text="qr, pt").click()
    picture = page.frame_locator("#page").get_by_role("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.complete && image.naturalWidth > 100")
    await page.locator("#mails button", has_text="hostile names, en").click()
    await expect(page.frame_locator("#page").locator("body")).to_contain_text('<script>alert("1")</script>')
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        shown = await http.get(f"{stack.console_url}/api/mail-samples/0/page")
        gone = await http.get(f"{stack.console_url}/api/mail-samples/999/page")
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["content-security-policy"].endswith("sandbox")
    assert await page.locator("#page").get_attribute("sandbox") == ""
    assert gone.status_code == 404


async def test_who_gives_an_address_with_the_order_gets_a_receipt_whose_link_leads_to_it(
    screens: Screens, stack: Stack
) -> None:
    page = await screens.scanned(lang="es")
    await choose(page, "Agua con gas")
    await page.locator("#open-cart").click()
    await page.locator("#name").fill("Ada")
    await page.locator("#email").fill("ada at diner")
    await page.locator("#cart form button[type=submit]").click()
    await expect(page.locator("#cart-wrong")).to_have_text("Esto no es una dirección de correo.")
    await page.locator("#email").fill("ada@diner.example")
    await page.locator("#cart form button[type=submit]").click()
    await page.locator("#go").click()
    await page.wait_for_url("**/status/**")
    mails = await _page(screens, stack)
    await mails.locator("#mails button", has_text="to ada@diner.example").click()
    mail = mails.frame_locator("#page")
    await expect(mail.get_by_role("heading", name="Gracias por su pedido")).to_be_visible()
    link = await mail.get_by_role("link").get_attribute("href")
    code = (await mails.locator("#subject").inner_text()).partition(": ")[2].partition(" - ")[0]
    followed = await screens.opened(str(link))
    await expect(followed.locator("body")).to_contain_text(code)
    await mails.locator("#tell button").click()
    await expect(mails.locator("#told")).to_have_text("The app answered 204.")
