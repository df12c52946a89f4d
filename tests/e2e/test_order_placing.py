"""Placing an order from the page: what was changed, sold out or lost on the way, and never an order twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from playwright.async_api import Page, Route, expect

from tests.e2e.order_pages import Restaurant, arrived, cart_of, choose, times_ordered, to_checkout
from tests.e2e.screens import Screens
from tests.e2e.truth import Truth

pytestmark = pytest.mark.browser


async def only_line(page: Page) -> str:
    """The id of the only line in the cart."""
    (line,) = (await cart_of(page))["lines"]
    return str(line["id"])


async def test_another_price_is_shown_and_agreed_to_before_the_order_is_placed(
    screens: Screens, cafe: Restaurant, truth: Truth
) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    line_id = await only_line(page)
    await to_checkout(page)
    await cafe.price("Sparkling water", 400)
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("Prices have changed")
    await expect(page.locator("#trouble li").first).to_have_text("Sparkling water: $3.25, now $4.00")
    assert await times_ordered(truth, line_id) == 0
    total = await page.locator("#amounts .total dd").inner_text()
    await page.locator("#go").click()
    order = await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})
    assert order is not None and f"${order['totalPriceCents'] / 100:.2f}" == total


async def test_a_dish_that_sold_out_is_named_and_can_be_taken_out(
    screens: Screens, cafe: Restaurant, truth: Truth
) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    await choose(page, "Fresh mint tea")
    await to_checkout(page)
    await cafe.sells("Fresh mint tea", available=False)
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("Sold out, or not so many are left: Fresh mint tea")
    await expect(page.locator("#go")).not_to_be_visible()
    await page.get_by_role("button", name="Take these out and go on").click()
    await expect(page.locator("#bill .lines li")).to_have_count(1)
    await page.locator("#go").click()
    order = await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})
    assert order is not None and [item["name"] for item in order["items"]] == ["Sparkling water"]


@pytest.mark.long
async def test_a_restaurant_that_closes_at_the_checkout_takes_nothing_and_says_when_it_opens(
    screens: Screens, cafe: Restaurant, truth: Truth
) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    line_id = await only_line(page)
    await to_checkout(page)
    await cafe.pause(datetime.now(UTC) + timedelta(minutes=20))
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("Closed right now. Orders are taken again")
    assert await times_ordered(truth, line_id) == 0


async def test_an_order_whose_answer_is_lost_is_found_and_placed_once(screens: Screens, truth: Truth) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    line_id = await only_line(page)
    await to_checkout(page)
    sent: list[str] = []

    async def answer_is_lost(route: Route) -> None:
        sent.append(route.request.url)
        await route.fetch()
        await route.abort()

    await page.route("**/payments/place-order-without-payment", answer_is_lost)
    await page.locator("#go").dblclick()
    await arrived(page)
    assert len(sent) == 1
    assert await times_ordered(truth, line_id) == 1


@pytest.mark.long
async def test_an_edited_cart_is_no_second_order(screens: Screens, truth: Truth) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    menu, line_id = page.url, await only_line(page)
    kept = await page.evaluate("JSON.stringify(localStorage)")
    await to_checkout(page)
    await page.locator("#go").click()
    order_id = await arrived(page)
    # The browser was killed before it wrote down that the order is there.
    await page.evaluate(
        "kept => Object.entries(JSON.parse(kept)).forEach(([k, v]) => localStorage.setItem(k, v))", kept
    )
    await page.goto(menu)
    await page.locator("#open-cart").click()
    await page.get_by_role("button", name="Change Sparkling water").click()
    await page.locator("#note").fill("With ice")
    await page.locator("#dish button[type=submit]").click()
    await page.locator("#name").fill("Ada")
    await page.locator("#cart form button[type=submit]").click()
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("These dishes are in an order already.")
    await page.get_by_role("button", name="See the order").click()
    assert await arrived(page) == order_id
    assert await times_ordered(truth, line_id) == 1


async def test_what_another_tab_puts_in_while_an_order_is_placed_stays_for_the_next_one(
    screens: Screens, truth: Truth
) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    menu = page.url
    await to_checkout(page)
    other = await page.context.new_page()
    await other.goto(menu)
    await choose(other, "Fresh mint tea")
    await page.locator("#go").click()
    order = await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})
    assert order is not None and [item["name"] for item in order["items"]] == ["Sparkling water"]
    assert [line["name"] for line in (await cart_of(page))["lines"]] == ["Fresh mint tea"]
    await expect(other.locator("#open-cart")).to_contain_text("1")


@pytest.mark.long
async def test_a_checkout_that_comes_back_by_the_browsers_own_way_shows_the_cart_of_now(screens: Screens) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    menu = page.url
    await to_checkout(page)
    other = await page.context.new_page()
    await other.goto(menu)
    await choose(other, "Fresh mint tea")
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(page.locator("#bill .lines li")).to_have_count(2)


@pytest.mark.long
async def test_an_order_is_not_given_up_for_what_only_stands_before_the_api(screens: Screens, truth: Truth) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    line_id = await only_line(page)
    await to_checkout(page)
    looked, sent = [], []

    async def the_host_starts(route: Route) -> None:
        looked.append(route.request.url)
        await (route.continue_() if len(looked) > 1 else route.fulfill(status=404, body=""))

    async def lost_then_too_many(route: Route) -> None:
        sent.append(route.request.url)
        too_many = {"code": "TOO_MANY_REQUESTS", "message": "That was asked too often."}
        if len(sent) == 1:
            await route.abort()
        elif len(sent) == 2:
            await route.fulfill(status=429, json=too_many)
        else:
            await route.continue_()

    await page.route("**/status?wait=*", the_host_starts)
    await page.route("**/payments/place-order-without-payment", lost_then_too_many)
    await page.locator("#go").click()
    await arrived(page)
    assert await times_ordered(truth, line_id) == 1
    assert (len(sent), len(looked) > 2) == (3, True)


@pytest.mark.long
async def test_an_order_that_is_gone_after_shows_no_sum_of_other_dishes(screens: Screens, cafe: Restaurant) -> None:
    page = await screens.scanned()
    await choose(page, "Sparkling water")
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(other.locator("#open-cart")).to_be_visible()
    await to_checkout(page)
    place = "**/payments/place-order-without-payment"
    await page.route(place, lambda route: route.abort())
    await page.locator("#go").click()
    await expect(page.locator("#waiting")).to_contain_text("Placing")
    await choose(other, "Fresh mint tea")
    await cafe.price("Sparkling water", 400)
    await page.unroute(place)
    await page.reload()
    await expect(page.locator("#trouble")).to_contain_text("Prices have changed")
    prices = await page.locator("#bill .lines .numbers").all_inner_texts()
    assert len(prices) == 2
    total = sum(round(float(price.removeprefix("$")) * 100) for price in prices)
    assert await page.locator("#amounts dd").first.inner_text() == f"${total / 100:.2f}"


@pytest.mark.long
async def test_what_sold_out_is_taken_out_and_nothing_of_what_another_tab_put_in(
    screens: Screens, cafe: Restaurant
) -> None:
    page = await screens.scanned()
    other = await page.context.new_page()
    await other.goto(page.url)
    await choose(page, "Fresh mint tea")
    await to_checkout(page)
    await cafe.sells("Fresh mint tea", available=False)
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("Sold out")
    await choose(other, "Sparkling water")
    await page.get_by_role("button", name="Take these out and go on").click()
    await expect(page.locator("#trouble")).to_be_hidden()
    await expect(page.locator("#checkout")).not_to_have_attribute("aria-busy", "true")
    assert [line["name"] for line in (await cart_of(page))["lines"]] == ["Sparkling water"]
