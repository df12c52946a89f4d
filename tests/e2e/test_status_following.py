"""The diner's page follows its order: dish by dish, given back, cancelled, and when the network goes away."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Route, expect

from shared.domain.announcements import order_group
from tests.e2e.screens import Diner, Screens, Staff, Station
from tests.e2e.status_states import SAID, in_language, shows, without_modules
from tests.e2e.test_board import paid_order
from tests.patience import eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser


async def test_the_diner_follows_dish_by_dish_through_a_recall_to_the_end(
    screens: Screens, stack: Stack, diner: Diner, station: Station, manager_http: httpx.AsyncClient, staff: Staff
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=3)
    items = [one["id"] for one in (await staff.read(order_id))["items"]]
    page = await screens.status(order_id)
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(page.locator("#progress")).to_be_hidden()
    spoken = await page.evaluate_handle(
        """() => {
            const heard = [];
            const region = document.querySelector('[aria-live]');
            const all = { subtree: true, childList: true, characterData: true };
            new MutationObserver((changes) => heard.push(...changes)).observe(region, all);
            return heard;
        }"""
    )

    async def item(item_id: str, status: str) -> None:
        body = {"orderId": order_id, "itemId": item_id, "orderItemStatus": status}
        assert (await manager_http.post("stations/order-item", json=body)).is_success

    async def goes(path: str, body: dict[str, Any]) -> None:
        answer = await manager_http.post(path, json=body)
        assert answer.is_success, answer.text

    await item(items[0], "STARTED")
    await expect(page.locator("#items .mark")).to_have_text(["Being made"])
    await item(items[0], "COMPLETED")
    await expect(page.locator("#progress")).to_have_text("1 of 3 ready")
    await expect(page.locator("#items .mark")).to_have_text(["Ready"])
    await item(items[1], "COMPLETED")
    await expect(page.locator("#progress")).to_have_text("2 of 3 ready")
    assert await page.locator("#bar").evaluate("(bar) => [bar.value, bar.max]") == [2, 3]
    assert await spoken.evaluate("(heard) => heard.length") == 0, "a screen reader hears of steps, not of each dish"

    await goes("restaurant/order-status", {"orderId": order_id, "orderStatus": "READY_FOR_PICKUP"})
    await shows(page, SAID["en"]["READY_FOR_PICKUP"])
    await expect(page.locator("#progress")).to_be_hidden()
    place = stack.demo["open"]
    await goes(f"restaurant/{place['restaurantId']}/{place['locationId']}/orders/{order_id}/recall", {})
    await shows(page, SAID["en"]["RECALLED"])
    await expect(page.locator("#steps li.current")).to_contain_text("Accepted")
    await page.reload()
    await shows(page, SAID["en"]["RECALLED"])
    ready = sum(1 for one in (await staff.read(order_id))["items"] if one["completedAt"])
    await expect(page.locator("#items .mark.ready")).to_have_count(ready)
    for status in ("READY_FOR_PICKUP", "PICKED_UP"):
        await goes("restaurant/order-status", {"orderId": order_id, "orderStatus": status})
        await shows(page, SAID["en"][status])
    await expect(page.locator("#steps li.done")).to_have_count(4)


async def test_a_dish_that_is_given_back_is_marked_and_the_sum_is_told(
    screens: Screens, stack: Stack, manager_http: httpx.AsyncClient, staff: Staff
) -> None:
    order_id, place = await paid_order(stack), stack.demo["payment"]
    page = await screens.status(order_id, "payment")
    await expect(page.locator("#headline")).to_have_text("Being made")
    order = await staff.read(order_id)
    here = f"restaurant/{place['restaurantId']}/{place['locationId']}/orders/{order_id}"
    body = {"lines": [{"itemId": order["items"][0]["id"]}], "reason": "Cold"}
    back = await manager_http.post(f"{here}/refunds", json=body, headers={"idempotency-key": secrets.token_hex(8)})
    cents = back.raise_for_status().json()["data"]["amountCents"]
    dish = page.locator("#items li", has_text=order["items"][0]["name"])
    await expect(dish.locator(".mark.back")).to_contain_text("efunded")
    await expect(page.locator("#amounts .back dd")).to_have_text(f"-${cents / 100:.2f}")
    await expect(page.locator("#back")).to_contain_text(f"${cents / 100:.2f} is given back to you")

    # The total is what the diner paid, the tip in it; the parts come to it.
    sums = await page.locator("#amounts div:not(.back)").all_inner_texts()
    parts = [round(100 * float(re.sub(r"[^\d.-]", "", text.splitlines()[-1]))) for text in sums]
    assert parts[-1] == order["totalPriceCents"] + order["tipCents"] == sum(parts[:-1])

    why = {"reason": "The oven is broken."}
    ended = await manager_http.post(f"{here}/cancel", json=why, headers={"idempotency-key": secrets.token_hex(8)})
    assert ended.is_success, ended.text
    await expect(page.locator("#headline")).to_have_text("Cancelled")
    total = (order["totalPriceCents"] + order["tipCents"]) / 100
    await expect(page.locator("#next")).to_have_text(
        f"${total:.2f} is given back to you. On a card, this can take some days."
    )
    await expect(page.locator("#back")).to_be_hidden()


async def test_a_reason_and_an_estimate_are_shown(
    screens: Screens, stack: Stack, diner: Diner, station: Station, manager_http: httpx.AsyncClient, staff: Staff
) -> None:
    made = [await diner.order(tag=station.tag) for _ in range(6)]
    for order_id in made:
        began = datetime.now(UTC) - timedelta(minutes=20)
        order = await staff.read(order_id)
        items = [{**one, "completedAt": began + timedelta(minutes=8)} for one in order["items"]]
        meta = {**order["meta"], "acceptedAt": began}
        await staff.change(order_id, status="READY_FOR_PICKUP", items=items, meta=meta, startedAt=began, readyAt=began)
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)

    async def is_estimated() -> bool:
        await page.reload()
        await expect(page.locator("#headline")).to_have_text("Being made")
        return await page.locator("#estimate").is_visible()

    await eventually(is_estimated, "no estimate is shown", every=0.5)
    await expect(page.locator("#estimate")).to_have_text(re.compile(r"^Ready at about \d{1,2}:\d\d\s[AP]M$"))
    await staff.change(order_id, status="CREATED")
    rejected = {"orderId": order_id, "orderStatus": "REJECTED", "reason": "אין עוד לחם 2"}
    assert (await manager_http.post("restaurant/order-status", json=rejected)).is_success
    await expect(page.locator("#headline")).to_have_text("Not accepted")
    await expect(page.locator("#advice")).to_have_text("The restaurant says: אין עוד לחם 2")
    await expect(page.locator("#advice bdi")).to_have_text("אין עוד לחם 2")
    await expect(page.locator("#estimate")).to_be_hidden()


@pytest.mark.parametrize("modules", [True, pytest.param(False, marks=pytest.mark.long)])
async def test_a_diner_who_gets_no_answer_cancels_unless_the_kitchen_was_first(
    screens: Screens, diner: Diner, staff: Staff, station: Station, modules: bool
) -> None:
    order_id = await diner.order(tag=station.tag)
    await staff.change(order_id, status="CREATED", waitingAt=datetime.now(UTC))
    page = await screens.status(order_id)
    if not modules:
        await without_modules(page)
    await in_language(page, "es")
    await shows(page, SAID["es"]["UNANSWERED"])
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await expect(page.locator("#sure")).to_be_focused()
    await staff.change(order_id, status="ACCEPTED")
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await expect(page.locator("#refused")).to_have_text("La cocina ya tiene este pedido. Consulte al personal.")
    await shows(page, SAID["es"]["ACCEPTED"])
    await expect(page.locator("#headline")).to_be_focused()

    await staff.change(order_id, status="CREATED")
    await page.reload()
    await page.route("**/cancel", lambda route: route.abort(), times=1)
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await expect(page.locator("#refused")).to_have_text("No funcionó. Inténtelo de nuevo.")
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await shows(page, SAID["es"]["CANCELLED"])
    await expect(page.locator("#steps li.ended")).to_contain_text("Cancelado")
    await expect(page.locator("#cancelling")).to_be_hidden()


async def test_a_diner_whose_network_goes_away_sees_what_happened_meanwhile(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    await expect(page.locator("#headline")).to_have_text("Being made")
    cut: list[Route] = []

    async def cut_off(route: Route) -> None:
        cut.append(route)
        await route.abort()

    await page.context.route("**/api/v1/**", cut_off)
    await staff.announce(order_group(order_id), order_id, "order_refunded", 90)
    await expect(page.locator("#banner")).to_have_text("No connection. Trying again.")
    await staff.change(order_id, status="READY_FOR_PICKUP")
    await page.context.unroute("**/api/v1/**", cut_off)
    await shows(page, SAID["en"]["READY_FOR_PICKUP"])
    await expect(page.locator("#banner")).to_be_hidden()
    assert cut


@pytest.mark.long
async def test_a_host_that_starts_does_not_take_the_order_from_its_diner(
    screens: Screens, diner: Diner, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    await expect(page.locator("#headline")).to_have_text("Being made")

    async def starts(route: Route) -> None:
        await route.fulfill(status=404, body="")

    await page.route("**/api/v1/**", starts)
    await page.reload()
    await expect(page.locator("#banner")).to_have_text("No connection. Trying again.")
    await page.unroute("**/api/v1/**", starts)
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(page.locator("#banner")).to_be_hidden()
