"""Paying on the ordering page with the gateway's card fields: one charge, whatever the card and the network do."""

from __future__ import annotations

import pytest
from bson import ObjectId
from playwright.async_api import Page, Route, expect

from tests.e2e.order_pages import (
    APPROVED,
    CHARGED_AND_CUT,
    DECLINED,
    Gateway,
    Restaurant,
    arrived,
    captures,
    cart_of,
    choose,
    enter_card,
    to_checkout,
)
from tests.e2e.screens import Screens
from tests.e2e.truth import Truth
from tests.stack import Stack

pytestmark = pytest.mark.browser

COMPLETE = "**/payments/complete-transaction"


async def at_the_card(screens: Screens, dish: str = "Street corn") -> Page:
    """A diner at the checkout, with the card fields ready."""
    page = await screens.scanned("payment")
    await choose(page, dish)
    await to_checkout(page)
    await expect(page.locator("#card-number iframe")).to_be_visible()
    return page


async def test_a_card_pays_for_the_order_and_the_tip_that_the_button_said(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    page = await at_the_card(screens)
    await page.get_by_text("18 %").click()
    await enter_card(page, APPROVED)
    said = (await page.locator("#go").inner_text()).removeprefix("Pay $")
    await page.locator("#go").click()
    order_id = await arrived(page)
    order = await truth.db.orders.find_one({"_id": ObjectId(order_id)})
    # 18 % of 6.25 are 1.125: half a cent goes up.
    assert order is not None and order["tipCents"] == 113
    assert await captures(stack, truth, order_id) == [order["totalPriceCents"] + order["tipCents"]]
    assert said == f"{(order['totalPriceCents'] + order['tipCents']) / 100:.2f}"
    kept = await cart_of(page)
    assert (kept["lines"], kept["attempt"]) == ([], None)


@pytest.mark.long
async def test_no_other_tip_is_shown_while_the_card_is_read_for_this_one(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    disabled = "document.getElementById('go').click(); document.getElementById('tip').disabled"
    assert await page.evaluate(disabled) is True
    order_id = await arrived(page)
    order = await truth.db.orders.find_one({"_id": ObjectId(order_id)})
    assert order is not None
    assert await captures(stack, truth, order_id) == [order["totalPriceCents"]]


@pytest.mark.long
async def test_a_tip_of_ones_own_is_taken_up_to_the_servers_bound(screens: Screens, stack: Stack, truth: Truth) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    await page.get_by_text("Other amount").click()
    for typed in ("20.01", "a lot", "-1", ""):
        await page.locator("#tip-amount").fill(typed)
        await page.locator("#go").click()
        await expect(page.locator("#trouble")).to_have_text("A tip can be $0.00 to $20.00.")
        await expect(page.locator("#tip-amount")).to_be_focused()
    await page.locator("#tip-amount").fill("2,5")
    await expect(page.locator("#amounts")).to_contain_text("$2.50")
    await page.locator("#go").click()
    order = await truth.db.orders.find_one({"_id": ObjectId(await arrived(page))})
    assert order is not None and order["tipCents"] == 250


@pytest.mark.long
async def test_a_declined_card_charges_nothing_and_another_one_can_be_tried(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    page = await at_the_card(screens)
    await enter_card(page, DECLINED)
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_have_text("Your card was declined. Please try another one.")
    assert len((await cart_of(page))["lines"]) == 1
    await enter_card(page, APPROVED)
    await page.locator("#go").click()
    order_id = await arrived(page)
    order = await truth.db.orders.find_one({"_id": ObjectId(order_id)})
    assert order is not None
    assert await captures(stack, truth, order_id) == [order["totalPriceCents"]]


@pytest.mark.long
async def test_what_is_no_card_is_refused_in_the_field(screens: Screens) -> None:
    page = await at_the_card(screens)
    for number, date, code in (
        ("1234", "12/30", "123"),
        ("4111111111111112", "12/30", "123"),
        (APPROVED, "13/30", "123"),
        (APPROVED, "12/30", ""),
    ):
        await enter_card(page, number, date, code)
        await page.locator("#go").click()
        await expect(page.locator("#wrong")).to_have_text("Please check what you entered for your card.")
        await expect(page.locator("#go")).to_be_enabled()


async def test_two_taps_on_pay_charge_once(screens: Screens, stack: Stack, truth: Truth) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    await page.locator("#go").dblclick()
    order_id = await arrived(page)
    assert len(await captures(stack, truth, order_id)) == 1
    assert await truth.db.payments.count_documents({"previewId": ObjectId(order_id)}) == 1


async def test_a_lost_answer_is_found_out_and_nothing_is_sent_twice(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)

    async def answer_is_lost(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route(COMPLETE, answer_is_lost)
    await page.locator("#go").click()
    assert len(await captures(stack, truth, await arrived(page))) == 1


@pytest.mark.long
async def test_what_never_left_is_sent_again_with_the_same_card(screens: Screens, stack: Stack, truth: Truth) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    tokens: list[str] = []

    async def only_the_second_leaves(route: Route) -> None:
        tokens.append((route.request.post_data_json or {})["transactionToken"])
        await (route.continue_() if len(tokens) > 1 else route.abort())

    await page.route(COMPLETE, only_the_second_leaves)
    await page.locator("#go").click()
    assert len(await captures(stack, truth, await arrived(page))) == 1
    assert len(tokens) == 2 and len(set(tokens)) == 1


@pytest.mark.long
async def test_a_network_that_is_gone_while_paying_is_waited_for(screens: Screens, stack: Stack, truth: Truth) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)

    async def goes_after_sending(route: Route) -> None:
        await route.fetch()
        await page.context.set_offline(True)
        await route.abort()

    await page.route(COMPLETE, goes_after_sending)
    await page.locator("#go").click()
    await expect(page.locator("#waiting")).to_contain_text("You are not charged twice.")
    await page.context.set_offline(False)
    assert len(await captures(stack, truth, await arrived(page))) == 1


@pytest.mark.long
async def test_a_reload_in_the_middle_of_paying_goes_on(screens: Screens, stack: Stack, truth: Truth) -> None:
    page = await at_the_card(screens)
    await enter_card(page, CHARGED_AND_CUT)
    await Gateway(stack).fault(mode="late", seconds=3, times=1, match="checkout")
    await page.locator("#go").click()
    await expect(page.locator("#waiting")).to_contain_text("do not pay again")
    await page.reload()
    await expect(page.locator("#waiting")).to_contain_text("do not pay again")
    assert len(await captures(stack, truth, await arrived(page))) == 1


@pytest.mark.long
async def test_who_closes_the_page_while_paying_and_scans_again_comes_back_to_it(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    await Gateway(stack).fault(mode="late", seconds=3, times=1, match="checkout")
    await page.locator("#go").click()
    await expect(page.locator("#waiting")).to_contain_text("do not pay again")
    context = page.context
    await page.close()
    again = await context.new_page()
    await again.goto(f"http://127.0.0.1:{stack.base}/q/{stack.demo['payment']['qrCodeId']}")
    assert len(await captures(stack, truth, await arrived(again))) == 1


@pytest.mark.long
async def test_what_was_sent_long_ago_and_never_arrived_is_not_sent_by_itself(screens: Screens, truth: Truth) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    await page.route(COMPLETE, lambda route: route.abort())
    await page.locator("#go").click()
    await expect(page.locator("#waiting")).to_be_visible()
    await page.evaluate(
        "const [key, kept] = Object.entries(localStorage).find(([k]) => k.startsWith('ob.cart.'));"
        "const cart = JSON.parse(kept); cart.attempt.at -= 10 * 60_000;"
        "localStorage.setItem(key, JSON.stringify(cart))"
    )
    await page.reload()
    await expect(page.locator("#trouble")).to_have_text(
        "Your payment was not sent, and nothing was charged. You can pay now."
    )
    assert await truth.db.payments.count_documents({"state": {"$nin": ["ordered", "declined"]}}) == 0


async def test_another_price_is_agreed_to_without_typing_the_card_again(
    screens: Screens, taqueria: Restaurant, stack: Stack, truth: Truth
) -> None:
    page = await at_the_card(screens)
    await enter_card(page, APPROVED)
    await taqueria.price("Street corn", 700)
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("Street corn: $6.25, now $7.00")
    await expect(page.locator("#entered")).to_be_visible()
    total = (await page.locator("#go").inner_text()).removeprefix("Pay $")
    await page.locator("#go").click()
    order_id = await arrived(page)
    (captured,) = await captures(stack, truth, order_id)
    assert f"{captured / 100:.2f}" == total


@pytest.mark.long
async def test_the_gateways_script_is_loaded_at_the_last_step_alone(screens: Screens, stack: Stack) -> None:
    page = await screens.scanned("payment")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload()
    await choose(page, "Street corn")
    gateway = f"http://127.0.0.1:{stack.base + 11}/"
    assert not [url for url in asked if url.startswith(gateway)]
    policy = await page.locator("meta[http-equiv]").get_attribute("content")
    assert policy is not None and gateway.rstrip("/") not in policy
    await to_checkout(page)
    await expect(page.locator("#card-number iframe")).to_be_visible()
    assert [url for url in asked if url.endswith("/cip-hosted-fields.js")] == [
        f"{gateway}emergepay/assets/cip-hosted-fields.js"
    ]
    own = (stack.console_url, stack.api_url.rpartition("/api")[0], gateway, f"ws://127.0.0.1:{stack.base + 10}")
    assert [url for url in asked if not url.startswith((*own, "data:"))] == []
