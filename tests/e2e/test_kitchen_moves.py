"""What a cook does with orders, from a real browser to the real server: undone, sent once, kept, refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import Page, expect

from tests.e2e.pairing import Manager, kitchen_address, paired
from tests.e2e.screens import Diner, Screens, first_station
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser

LONG = 600_000
"""A hold that no test outlasts: what is sent meanwhile was not sent by its end."""

OPEN = """async (holdMs) => {
    const { openScreen } = await import('/kitchen/screen.js');
    const { Moves } = await import('/kitchen/moves.js');
    window.own = await openScreen();
    const send = (move) => window.own.station.send(move);
    window.moves = new Moves({ send, changed: () => {}, key: `${window.own.screenId}-test`, holdMs });
}"""
BUMP = "(id) => window.own.station.order(id).then((order) => window.moves.bump(order))"
STRIKE = """(id) => window.own.station.order(id).then((order) => {
    window.moves.strike(order, order.items[0], true);
    return order.items[0].id;
})"""
STATE = "(id) => window.moves.of(id)?.state ?? null"


class Kitchen:
    """A paired screen whose moves a test makes, and what the server was asked and has stored."""

    def __init__(self, screens: Screens, stack: Stack, orders: Any, events: Any) -> None:
        self._screens = screens
        self._stack = stack
        self._orders = orders
        self._events = events
        self.posts: list[str] = []

    async def screen(self, hold_ms: int = 200) -> Page:
        """A screen with a queue of moves."""
        return await self.opened(await paired(self._screens, self._stack), hold_ms)

    async def tab(self, page: Page, hold_ms: int = 200) -> Page:
        """Another tab of the same screen."""
        tab = await page.context.new_page()
        await tab.goto(kitchen_address(self._stack))
        return await self.opened(tab, hold_ms)

    async def opened(self, page: Page, hold_ms: int) -> Page:
        """A page of a paired screen, with a queue of moves."""
        page.on("request", lambda asked: self.posts.append(asked.url) if asked.method == "POST" else None)
        await page.locator("#line", has_text="Live").wait_for()
        await page.evaluate(OPEN, hold_ms)
        return page

    def sent(self, word: str) -> int:
        """How many requests ended in this word."""
        return sum(url.endswith(f"/{word}") for url in self.posts)

    async def order(self, order_id: str) -> dict[str, Any]:
        """An order as it is stored."""
        found: dict[str, Any] = await self._orders.find_one({"_id": ObjectId(order_id)})
        return found

    async def rows(self, order_id: str, kind: str) -> int:
        """How many rows of a kind an order has."""
        return int(await self._events.count_documents({"orderId": ObjectId(order_id), "type": kind}))

    async def change(self, order_id: str, **fields: Any) -> None:
        """Let somebody change the order behind the screen's back."""
        await self._orders.update_one({"_id": ObjectId(order_id)}, {"$set": fields, "$inc": {"version": 1}})

    async def is_ready(self, order_id: str) -> None:
        """Wait until the order is ready, made so once."""

        async def look() -> bool:
            return bool((await self.order(order_id))["status"] == "READY_FOR_PICKUP")

        await eventually(look, "the order is not ready", every=0.1)
        assert await self.rows(order_id, "ready") == 1


async def stands(page: Page, order_id: str, state: str | None) -> None:
    """Wait until the newest move of an order stands so."""

    async def look() -> bool:
        return bool(await page.evaluate(STATE, order_id) == state)

    await eventually(look, f"the move is not {state}", every=0.02)


@pytest.fixture
async def kitchen(screens: Screens, stack: Stack) -> AsyncIterator[Kitchen]:
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        database = client[stack.db_name]
        yield Kitchen(screens, stack, database.orders, database.order_events)


@pytest.fixture
async def tag(stack: Stack) -> str:
    return (await first_station(stack)).tag


@pytest.fixture
async def diner(stack: Stack) -> AsyncIterator[Diner]:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield Diner(http, stack)


async def test_what_is_undone_is_never_sent(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    page = await kitchen.screen(LONG)
    undone, other = await diner.order(tag=tag), await diner.order(tag=tag, dishes=2)
    await page.evaluate(BUMP, undone)
    await stands(page, undone, "held")
    assert await page.evaluate("window.moves.undo().orderId") == undone
    await page.evaluate(STRIKE, other)
    await stands(page, other, "sent")
    assert (kitchen.sent("bump"), kitchen.sent("order-item")) == (0, 1)
    assert (await kitchen.order(undone))["status"] == "ACCEPTED"


async def test_a_bump_is_sent_once_when_its_hold_is_over(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    page = await kitchen.screen()
    order_id = await diner.order(tag=tag)
    await page.evaluate(BUMP, order_id)
    await stands(page, order_id, "sent")
    await page.evaluate("window.moves.retry()")
    await kitchen.is_ready(order_id)
    assert kitchen.sent("bump") == 1


@pytest.mark.parametrize("way", ["closed", pytest.param("left", marks=pytest.mark.long)])
async def test_a_page_that_closes_sends_what_it_holds_at_once(
    kitchen: Kitchen, diner: Diner, tag: str, way: str
) -> None:
    page = await kitchen.screen(LONG)
    order_id = await diner.order(tag=tag)
    await page.evaluate(BUMP, order_id)
    if way == "closed":
        await page.close()
    else:
        await page.goto("about:blank")
    await kitchen.is_ready(order_id)
    assert kitchen.sent("bump") <= 1


async def test_after_a_reload_a_move_is_looked_after_and_made_once(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    page = await kitchen.screen(LONG)
    order_id = await diner.order(tag=tag)
    await page.evaluate(BUMP, order_id)
    await page.reload()
    await page.locator("#line", has_text="Live").wait_for()
    await page.evaluate(OPEN, LONG)
    await stands(page, order_id, "sent")
    await kitchen.is_ready(order_id)


@pytest.mark.long
async def test_a_page_that_crashes_loses_no_move(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    page = await kitchen.screen(2000)
    order_id = await diner.order(tag=tag)
    spare = await page.context.new_page()
    await page.evaluate(BUMP, order_id)
    session = await page.context.new_cdp_session(page)
    async with page.expect_event("crash"):
        # Nobody is left who could answer.
        crash = asyncio.ensure_future(session.send("Page.crash"))
    crash.cancel()
    await spare.goto(page.url)
    await kitchen.opened(spare, LONG)
    await stands(spare, order_id, "sent")
    await kitchen.is_ready(order_id)


async def test_without_a_network_moves_are_kept_and_sent_once_on_return(
    kitchen: Kitchen, diner: Diner, tag: str
) -> None:
    page = await kitchen.screen()
    orders = [await diner.order(tag=tag) for _ in range(3)]
    shown = await page.evaluate("window.own.station.orders()")
    await page.context.set_offline(True)
    for order in shown:
        if order["_id"] in orders:
            await page.evaluate("(order) => window.moves.bump(order)", order)
    for order_id in orders:
        await stands(page, order_id, "waiting")
    assert await page.evaluate("window.moves.waiting") == 3
    assert [(await kitchen.order(order_id))["status"] for order_id in orders] == ["ACCEPTED"] * 3

    await page.context.set_offline(False)
    await page.evaluate("window.moves.retry()")
    for order_id in orders:
        await stands(page, order_id, "sent")
        await kitchen.is_ready(order_id)
    assert await page.evaluate("window.moves.waiting") == 0


async def test_a_refusal_shows_the_word_of_the_server(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    page = await kitchen.screen(1000)
    order_id = await diner.order(tag=tag)
    await page.evaluate(BUMP, order_id)
    await kitchen.change(order_id, status="CANCELLED")
    await stands(page, order_id, "refused")
    said = await page.evaluate("(id) => window.moves.of(id).why", order_id)
    assert (said["status"], said["code"]) == (409, "ORDER_MOVED")
    assert said["message"]
    await page.evaluate("window.moves.retry()")
    assert kitchen.sent("bump") == 1


async def test_two_tabs_of_one_screen_send_a_move_once(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    first = await kitchen.screen(500)
    second = await kitchen.tab(first, 500)
    orders = [await diner.order(tag=tag) for _ in range(4)]
    for number, order_id in enumerate(orders):
        await (first, second)[number % 2].evaluate(BUMP, order_id)
    for order_id in orders:
        for tab in (first, second):
            await stands(tab, order_id, "sent")
        await kitchen.is_ready(order_id)
    assert kitchen.sent("bump") == len(orders)


@pytest.mark.long
async def test_undo_in_one_tab_takes_back_what_the_other_holds(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    first = await kitchen.screen(LONG)
    second = await kitchen.tab(first, LONG)
    order_id = await diner.order(tag=tag)
    await first.evaluate(BUMP, order_id)
    await stands(second, order_id, "held")
    await second.evaluate("window.moves.undo()")
    await stands(first, order_id, None)
    await first.close()
    await second.close()
    assert kitchen.sent("bump") == 0


@pytest.mark.long
async def test_a_bump_that_waited_does_not_undo_a_recall(
    kitchen: Kitchen, diner: Diner, tag: str, stack: Stack
) -> None:
    page = await kitchen.screen()
    order_id = await diner.order(tag=tag)
    order = await page.evaluate("(id) => window.own.station.order(id)", order_id)
    await page.context.set_offline(True)
    await page.evaluate("(order) => window.moves.bump(order)", order)
    await stands(page, order_id, "waiting")

    place, station = stack.demo["open"], await first_station(stack)
    base = f"{stack.api_url}/stations/{place['restaurantId']}/{place['locationId']}/{station.id}"
    headers = {"authorization": f"Bearer {stack.token()}"}
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False, headers=headers) as http:
        for word in ("bump", "recall"):
            answer = await http.post(f"{base}/{word}", json={"orderId": order_id})
            assert answer.is_success, answer.text
    await page.context.set_offline(False)
    await page.evaluate("window.moves.retry()")
    await stands(page, order_id, "refused")
    assert await page.evaluate("(id) => window.moves.of(id).why.code", order_id) == "ORDER_RECALLED"
    assert (await kitchen.order(order_id))["status"] == "ACCEPTED"


@pytest.mark.long
async def test_a_screen_that_was_ended_keeps_its_moves_until_it_is_paired_again(
    kitchen: Kitchen, diner: Diner, tag: str, stack: Stack
) -> None:
    page = await kitchen.screen(LONG)
    order_id = await diner.order(tag=tag)
    await page.evaluate(BUMP, order_id)
    manager = Manager(stack)
    device = await page.evaluate("JSON.parse(localStorage.getItem('orderbuddy-kitchen-device')).deviceId")
    await manager.revoke(device)
    await expect(page.locator("#how")).to_contain_text("This screen was unpaired")
    assert (await kitchen.order(order_id))["status"] == "ACCEPTED"

    again = await manager.device()
    await page.get_by_label("Code").fill(again["code"])
    await page.get_by_role("button", name="Pair", exact=True).click()
    await page.locator("#line", has_text="Live").wait_for()
    await page.evaluate(OPEN, LONG)
    await kitchen.is_ready(order_id)


async def test_a_strike_is_taken_back_an_order_rushed_and_a_day_ended(kitchen: Kitchen, diner: Diner, tag: str) -> None:
    page = await kitchen.screen()
    order_id = await diner.order(tag=tag, dishes=2)
    item_id = await page.evaluate(STRIKE, order_id)

    async def completed() -> bool:
        items = (await kitchen.order(order_id))["items"]
        return next(item["completedAt"] for item in items if item["id"] == item_id) is not None

    await eventually(completed, "the item is not struck", every=0.1)
    await page.evaluate(
        "([id, item]) => window.own.station.order(id).then((order) => window.moves.strike(order, { id: item }, false))",
        [order_id, item_id],
    )

    async def is_open_again() -> bool:
        return not await completed()

    await eventually(is_open_again, "the strike is not taken back", every=0.1)
    await page.evaluate(
        "(id) => window.own.station.order(id).then((order) => window.moves.rush(order, true))", order_id
    )

    async def is_rushed() -> bool:
        return (await kitchen.order(order_id)).get("rushedAt") is not None

    await eventually(is_rushed, "the order is not rushed", every=0.1)
    await page.evaluate("(id) => window.moves.clear([{ _id: id }], 'closing')", order_id)

    async def is_cleared() -> bool:
        return bool((await kitchen.order(order_id))["status"] == "PICKED_UP")

    await eventually(is_cleared, "the order is not cleared", every=0.1)
