"""Pairing a kitchen screen in a real browser: by the link, by the code, again after it was ended."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.pairing import Manager, kitchen_address, paired
from tests.e2e.screens import Diner, Screens, first_station, ticket
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]


@pytest.fixture
def manager(stack: Stack) -> Manager:
    return Manager(stack)


@pytest.fixture
async def diner(stack: Stack) -> AsyncIterator[Diner]:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield Diner(http, stack)


async def device_of(page: Page) -> dict[str, Any]:
    """What the screen keeps of itself."""
    kept: dict[str, Any] = json.loads(await page.evaluate("localStorage.getItem('orderbuddy-kitchen-device')"))
    return kept


async def live(page: Page) -> None:
    await expect(page.locator("#line")).to_have_text("Live")


async def enter(page: Page, code: str) -> None:
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Pair", exact=True).click()


async def test_a_link_pairs_a_screen_and_neither_code_nor_token_stays_in_an_address(
    screens: Screens, stack: Stack, manager: Manager, diner: Diner
) -> None:
    made = await manager.device()
    page = await screens.opened("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(kitchen_address(stack, code=made["code"]))
    await live(page)
    assert page.url == kitchen_address(stack)
    token = (await device_of(page))["token"]
    assert [url for url in asked if token in url] == []
    assert [url for url in asked if made["code"] in url and "#" not in url] == []

    await page.reload()
    await live(page)
    order_id = await diner.order(tag=(await first_station(stack)).tag)
    await expect(ticket(page, order_id)).to_have_count(1)


async def test_a_code_is_typed_in_any_case_with_dashes_and_a_wrong_one_is_refused(
    screens: Screens, stack: Stack, manager: Manager
) -> None:
    made = await manager.device()
    page = await screens.opened(kitchen_address(stack))
    said = page.locator("#said")
    await expect(page.get_by_role("heading", name="Pair this screen")).to_be_visible()
    await expect(page.get_by_label("Code")).to_be_focused()
    await enter(page, "ABC")
    await expect(said).to_have_text("A code has eight characters.")
    await enter(page, "ZZZZ-ZZZZ")
    await expect(said).to_contain_text("Nobody knows this code")

    await enter(page, f" {made['code'][:4]}-{made['code'][4:]} ".lower())
    await live(page)


async def test_a_code_that_is_too_old_or_was_used_pairs_nothing(
    screens: Screens, stack: Stack, manager: Manager
) -> None:
    old, used = await manager.device(), await manager.device()
    await manager.expire(old["deviceId"])
    first = await screens.opened(kitchen_address(stack, code=used["code"]))
    await live(first)
    for code in (old["code"], used["code"]):
        page = await screens.opened(kitchen_address(stack, code=code))
        await expect(page.locator("#said")).to_contain_text("Nobody knows this code")
        assert await page.evaluate("localStorage.getItem('orderbuddy-kitchen-device')") is None


async def test_without_a_network_the_form_says_so_and_the_code_still_holds(
    screens: Screens, stack: Stack, manager: Manager
) -> None:
    made = await manager.device()
    page = await screens.opened(kitchen_address(stack))
    await expect(page.get_by_label("Code")).to_be_visible()
    await page.context.set_offline(True)
    await enter(page, made["code"])
    await expect(page.locator("#said")).to_contain_text("The server does not answer")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Pair", exact=True).click()
    await live(page)


async def test_a_screen_that_was_ended_asks_for_a_code_again(screens: Screens, stack: Stack, manager: Manager) -> None:
    made, other = await manager.device(name="Grill"), await manager.device(name="Grill two")
    page = await screens.opened(kitchen_address(stack, code=made["code"]))
    await live(page)
    await manager.revoke(made["deviceId"])
    await expect(page.locator("#how")).to_contain_text("This screen was unpaired")

    await page.get_by_role("button", name="Try once more as it was").click()
    await expect(page.locator("#how")).to_contain_text("This screen was unpaired")
    await enter(page, other["code"])
    await live(page)
    assert (await device_of(page))["deviceId"] == other["deviceId"]


async def test_a_link_does_not_pair_anew_what_is_paired_unless_somebody_says_so(
    screens: Screens, stack: Stack, manager: Manager
) -> None:
    page = await paired(screens, stack, name="Grill")
    before, other = await device_of(page), await manager.device(name="Bar")
    await page.goto(kitchen_address(stack, code=other["code"]))
    await expect(page.locator("main")).to_contain_text("paired as Grill")
    await page.get_by_role("button", name="Leave it as it is").click()
    await live(page)
    assert await device_of(page) == before

    await page.goto(kitchen_address(stack, code=other["code"]))
    await page.get_by_role("button", name="Pair", exact=True).click()
    await live(page)
    assert (await device_of(page))["name"] == "Bar"


async def test_a_device_of_several_stations_asks_once_which_one_it_shows_here(
    screens: Screens, stack: Stack, manager: Manager
) -> None:
    made = await manager.device(manager.stations[:2])
    page = await screens.opened(kitchen_address(stack, code=made["code"]))
    choices = page.locator("#stations button")
    await expect(choices).to_have_count(2)
    name = await choices.nth(1).inner_text()
    await choices.nth(1).click()
    await live(page)
    await expect(page.locator("#station")).to_have_text(name)
    await page.reload()
    await live(page)
    await expect(page.locator("#station")).to_have_text(name)

    await page.goto(kitchen_address(stack, stationId=min(manager.stations[:2])))
    await live(page)


async def test_the_token_is_rolled_when_it_is_time_and_only_one_tab_does_it(
    screens: Screens, stack: Stack, manager: Manager
) -> None:
    page = await paired(screens, stack)
    before = await device_of(page)
    due = json.dumps(before | {"rollAt": "2026-01-01T00:00:00Z"})
    await page.evaluate("(device) => localStorage.setItem('orderbuddy-kitchen-device', device)", due)
    second = await page.context.new_page()
    rolls: list[str] = []
    for tab in (page, second):
        tab.on("request", lambda request: rolls.append(request.method) if "devices/roll" in request.url else None)
    await page.reload()
    await second.goto(kitchen_address(stack))
    await live(page)
    await live(second)

    async def is_rolled() -> bool:
        return bool((await device_of(page))["token"] != before["token"])

    await eventually(is_rolled, "the token was not rolled")
    assert rolls.count("POST") == 1
    for tab in (page, second):
        await tab.reload()
        await live(tab)
    path = f"{stack.api_url}/stations/{before['restaurantId']}/{before['locationId']}"
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:

        async def is_over() -> bool:
            answer = await http.get(path, headers={"authorization": f"Device {before['token']}"})
            return answer.status_code == 401

        await eventually(is_over, "the token before still holds", every=0.2)
