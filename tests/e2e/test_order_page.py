"""The page that a scanned code leads to: the menu, the cart, and an order where nothing is paid."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from playwright.async_api import Page, expect

from tests.e2e.order_pages import Restaurant, arrived, cart_of, choose, tab_to, to_checkout
from tests.e2e.screens import Screens
from tests.e2e.truth import Truth
from tests.patience import eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

NARROW = {"width": 320, "height": 640}


async def widths(page: Page) -> tuple[int, int]:
    """How wide the page's content is, and its window."""
    found: list[int] = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return found[0], found[1]


async def test_who_scans_a_code_orders_without_paying(screens: Screens, truth: Truth) -> None:
    page = await screens.scanned()
    assert "/order/entry/" in page.url
    await expect(page.locator("#where")).to_contain_text("Table 1")
    await choose(page, "Caffè latte", "Hot", "Oat", "16 oz", note="No lid, please")
    await choose(page, "Sparkling water")
    await expect(page.locator("#open-cart")).to_contain_text("2")
    await to_checkout(page, "Ada")
    shown = (await page.locator("#amounts .total dd").inner_text()).strip()
    await expect(page.locator("#go")).to_have_text(f"Place order · {shown}")
    await page.locator("#go").click()

    order = await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})
    assert order is not None
    assert f"${order['totalPriceCents'] / 100:.2f}" == shown
    latte, water = order["items"]
    assert (latte["name"], latte["notes"], water["name"]) == ("Caffè latte", "No lid, please", "Sparkling water")
    assert [variant["name"] for variant in latte["variants"]] == ["16 oz"]
    assert {option["name"] for modifier in latte["modifiers"] for option in modifier["options"]} == {"Hot", "Oat"}
    assert (order["customer"]["name"], order["origin"]["name"]) == ("Ada", "Table 1")
    assert (await cart_of(page))["lines"] == []


async def test_a_required_choice_is_asked_for_by_its_name(screens: Screens) -> None:
    page = await screens.scanned()
    await page.locator(".dish", has=page.get_by_text("Pour-over", exact=True)).click()
    await page.locator("#dish button[type=submit]").click()
    await expect(page.locator("#dish .wrong")).to_have_text("Please choose: Beans")
    assert await page.evaluate("document.activeElement.closest('fieldset').querySelector('legend').textContent") == (
        "Beans Required · Choose one"
    )
    assert "lines" not in await cart_of(page) or (await cart_of(page))["lines"] == []
    await page.locator("#dish fieldset label").first.click()
    await page.locator("#dish button[type=submit]").click()
    await expect(page.locator("#open-cart")).to_be_visible()


async def test_no_more_can_be_chosen_than_a_modifier_allows(screens: Screens) -> None:
    page = await screens.scanned()
    await page.locator(".dish", has=page.get_by_text("Caffè latte", exact=True)).click()
    syrups = page.locator("#dish fieldset", has=page.get_by_text("Syrups")).locator("input")
    for place in range(3):
        await syrups.nth(place).check()
    assert [await syrups.nth(place).is_disabled() for place in range(5)] == [False, False, False, True, True]
    await syrups.nth(0).uncheck()
    await expect(syrups.nth(3)).to_be_enabled()


async def test_free_choices_cost_what_the_server_says_in_the_order_of_choosing(screens: Screens) -> None:
    page = await screens.scanned("payment")
    await page.locator(".dish", has=page.get_by_text("Mesa burrito", exact=True)).click()
    await page.locator("#dish fieldset").first.locator("label").nth(1).click()
    salsas = page.locator("#dish fieldset", has=page.get_by_text("Salsas")).locator("label")
    for place in (3, 0, 4):
        await salsas.nth(place).click()
    said = await page.locator("#dish button[type=submit]").inner_text()
    await page.locator("#dish button[type=submit]").click()
    await to_checkout(page)
    assert await page.locator("#amounts dd").first.inner_text() == said.rpartition(" ")[2]


async def test_a_reload_keeps_the_cart_and_its_line_ids(screens: Screens) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    await choose(page, "Pour-over", (await first_option(page, "Pour-over")))
    before = await cart_of(page)
    ids = [line["id"] for line in before["lines"]]
    assert len(set(ids)) == 2 and all(re.fullmatch(r"[0-9a-f]{24}", line_id) for line_id in ids)
    await page.reload()
    await expect(page.locator("#open-cart")).to_contain_text("2")
    await page.locator("#open-cart").click()
    await page.get_by_role("button", name="One more of Sparkling water").click()
    await page.get_by_role("button", name="Change Pour-over").click()
    await page.locator("#note").fill("Slowly")
    await page.locator("#dish button[type=submit]").click()
    after = await cart_of(page)
    assert [(line["id"], line["quantity"], line["notes"]) for line in after["lines"]] == [
        (ids[0], 2, ""),
        (ids[1], 1, "Slowly"),
    ]
    await page.locator("#name").fill("Ada")
    await page.locator("#cart form button[type=submit]").click()
    await expect(page.locator("#go")).to_be_enabled()
    await page.reload()
    await expect(page.locator("#bill .lines li")).to_have_count(2)
    await expect(page.locator("#go")).to_be_enabled()


async def first_option(page: Page, dish: str) -> str:
    """The first option that a dish's first modifier offers."""
    await page.locator(".dish", has=page.get_by_text(dish, exact=True)).click()
    name = await page.locator("#dish fieldset label bdi").first.inner_text()
    await page.keyboard.press("Escape")
    return name


async def test_who_reads_the_menu_sees_what_changes(screens: Screens, cafe: Restaurant) -> None:
    page = await screens.scanned()
    await choose(page, "Fresh mint tea")
    await cafe.sells("Fresh mint tea", available=False)
    await expect(page.locator(".dish", has=page.get_by_text("Fresh mint tea", exact=True))).to_have_count(0)
    await expect(page.locator("#said")).to_have_text("The menu has changed.")
    await page.locator("#open-cart").click()
    await expect(page.locator("#cart .wrong").first).to_contain_text("Not available any more")


async def test_a_closed_restaurant_shows_its_menu_and_says_when_it_opens(screens: Screens, cafe: Restaurant) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    rows = [{"day": f"{tomorrow:%A}".lower(), "isOpen": True, "startTime": "11:00", "endTime": "11:30"}]
    await cafe.location(workingHours=rows, timezone="UTC", orderTiming={})
    await cafe.location(orderTiming={"acceptOrdersAfterMinutes": 0, "stopOrdersBeforeMinutes": 0})
    page = await screens.scanned()
    await expect(page.locator("#closed")).to_contain_text("Closed right now. Orders are taken again on")
    await expect(page.locator("#closed")).to_contain_text("at 11:00")
    await page.locator(".dish").first.click()
    await expect(page.locator("#dish button[type=submit]")).to_have_count(0)


async def test_a_paused_kitchen_is_not_called_closed(screens: Screens, cafe: Restaurant) -> None:
    await cafe.pause(datetime.now(UTC) + timedelta(minutes=20))
    page = await screens.scanned()
    await expect(page.locator("#closed")).to_contain_text("The kitchen is busy. Orders are taken again")


async def test_the_whole_way_goes_by_keyboard(screens: Screens, truth: Truth) -> None:
    page = await screens.scanned()
    dish = page.locator(".dish", has=page.get_by_text("Pour-over", exact=True))
    await tab_to(page, dish)
    await page.keyboard.press("Enter")
    await expect(page.locator("#dish-name")).to_be_focused()
    await tab_to(page, page.locator("#dish fieldset input").first)
    await page.keyboard.press("Space")
    await tab_to(page, page.locator("#dish button[type=submit]"))
    await page.keyboard.press("Enter")
    await expect(dish).to_be_focused()
    await tab_to(page, page.locator("#open-cart"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.locator("#name"))
    await page.keyboard.type("Ada")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/checkout.html**")
    await expect(page.locator("#go")).to_be_enabled()
    await tab_to(page, page.locator("#go"))
    await page.keyboard.press("Enter")
    assert await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})


async def test_nothing_is_cut_off_on_the_narrowest_phone(screens: Screens) -> None:
    page = await screens.scanned(size=NARROW)
    assert await widths(page) == (320, 320)
    await page.locator(".dish", has=page.get_by_text("Caffè latte", exact=True)).click()
    assert await page.locator("#dish").evaluate("node => node.scrollWidth <= 320")
    await page.keyboard.press("Escape")
    await choose(page, "Sparkling water")
    await page.locator("#open-cart").click()
    assert await page.locator("#cart").evaluate("node => node.scrollWidth <= 320")
    await page.keyboard.press("Escape")
    await to_checkout(page)
    assert await widths(page) == (320, 320)


async def test_it_speaks_what_the_link_asks_for_to_the_end(screens: Screens, truth: Truth) -> None:
    page = await screens.scanned(lang="es")
    await choose(page, "Agua con gas")
    await expect(page.locator("#open-cart")).to_contain_text("Su pedido")
    await to_checkout(page)
    await expect(page.locator("#go")).to_contain_text("Hacer el pedido")
    assert await page.evaluate("document.documentElement.lang") == "es"
    await page.locator("#go").click()
    order = await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})
    assert order is not None
    assert [(item["name"], item["staffName"]) for item in order["items"]] == [("Agua con gas", "Sparkling water")]


async def test_only_pictures_of_known_servers_are_shown_and_those_below_wait(
    screens: Screens, cafe: Restaurant, truth: Truth
) -> None:
    named = f"{cafe.stack.console_url}/assets/cafe/menu/{'0a' * 16}"
    known = f"{named}-900.jpg"
    foreign = "https://pictures.example/dish.png"
    await truth.db.menus.update_many(
        {"restaurantId": cafe.place["restaurantId"]}, {"$set": {"items.$[].imageUrls": [foreign, known]}}
    )
    asked: list[str] = []
    page = await screens.scanned()
    page.on("request", lambda request: asked.append(request.url))

    async def shows_pictures() -> bool:
        await page.reload()
        await page.locator(".dish").first.wait_for()
        return await page.locator(".dish img").count() > 0

    await eventually(shows_pictures)
    looks = await page.locator(".dish img").evaluate_all("all => all.map(one => [one.src, one.loading, one.width])")
    assert {src for src, _, _ in looks} == {known} and {width for _, _, width in looks} == {96}
    # One of ours is there in smaller widths, too, and the browser takes the one that fits.
    fitting = await page.locator(".dish img").first.evaluate("one => [one.srcset, one.currentSrc]")
    assert fitting == [f"{named}-320.jpg 320w, {named}-640.jpg 640w, {known} 900w", f"{named}-320.jpg"]
    assert [loading for _, loading, _ in looks[:4]] == ["eager", "eager", "eager", "lazy"]
    assert foreign not in asked


async def test_codes_that_lead_nowhere_say_so(screens: Screens, stack: Stack) -> None:
    for path, words in (
        ("entry/aaaaaaaaaaaaaaaaaaaaaaaa", "This code leads to no menu"),
        ("entry/%3Cb%3E", "This code leads to no menu"),
        ("?restaurantId=none&locationId=none", "This code leads to no menu"),
        ("", "Please scan the code at your table"),
    ):
        page = await screens.opened(f"{stack.console_url}/order/{path}")
        await expect(page.locator("#menu")).to_contain_text(words)
        await expect(page.locator("h1")).to_have_text("Order here")


async def test_what_cannot_be_read_in_the_browsers_storage_is_an_empty_cart(screens: Screens) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    for spoilt in ("{", "null", "[]", '{"lines": 1}', '{"lines": [], "at": "x"}'):
        await page.evaluate(
            "spoilt => localStorage.setItem(Object.keys(localStorage).find((key) => /^ob.cart/.test(key)), spoilt)",
            spoilt,
        )
        await page.reload()
        await page.locator(".dish").first.wait_for()
        await expect(page.locator("#open-cart")).not_to_be_visible()


async def test_a_lost_network_is_said_and_tried_again(screens: Screens) -> None:
    page = await screens.scanned()
    await page.route("**/order-app/**", lambda route: route.abort())
    await page.reload()
    await expect(page.locator("#trouble")).to_have_text("No connection. Please try again.")
    await page.unroute("**/order-app/**")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".dish").first).to_be_visible()
    await expect(page.locator("#trouble")).not_to_be_visible()


async def test_a_browser_that_keeps_nothing_says_so_in_the_place_of_an_order_that_goes_nowhere(
    screens: Screens,
) -> None:
    page = await screens.scanned()
    await page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    )
    await page.reload()
    await choose(page, "Sparkling water")
    await page.locator("#open-cart").click()
    await page.locator("#name").fill("Ada")
    await page.locator("#cart form button[type=submit]").click()
    await expect(page.locator("#trouble")).to_contain_text("order at the counter")
    await expect(page.locator("#open-cart")).to_contain_text("1")
