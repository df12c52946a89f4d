"""Screens over a bad network: cut, slow and half open while orders come and move; then all agree with the database."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import Browser, Page, expect

from tests.e2e.network.flaky import FlakyNetwork
from tests.e2e.network.room import OPEN_LOCATION, RECORD, Hands, Room, room_of
from tests.e2e.screens import SET_CLOCK, Diner, Screens, Station, hung, station_at, ticket
from tests.e2e.test_board import OWNER, at_the_place
from tests.e2e.truth import Truth
from tests.http_client import Connection
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser

NOTHING_COMES: dict[str, Callable[[FlakyNetwork], None]] = {
    "cut": lambda network: network.cut(),
    "half open": lambda network: network.half_open(),
    "half open on the way back": lambda network: network.half_open("down"),
}
"""Ways in which a network is bad so that no screen hears anything."""


def slow_down(network: FlakyNetwork) -> None:
    """As over a mobile line at the edge of its reach."""
    network.slow(delay=0.4, rate=30_000)


@pytest.fixture
def between(network: FlakyNetwork) -> FlakyNetwork:
    return network


@pytest.fixture
def page_script() -> str:
    return RECORD


@pytest.fixture
async def guest(stack: Stack) -> AsyncIterator[Diner]:
    """Somebody who orders from elsewhere, over a good network."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield Diner(http, stack)


@pytest.fixture
async def hands(stack: Stack) -> AsyncIterator[Hands]:
    async with Connection(stack.api_url) as connection:
        yield Hands(stack, connection)


@pytest.fixture
async def room(screens: Screens, stack: Stack, truth: Truth) -> AsyncIterator[Room]:
    async with room_of(screens, stack, truth, [await station_at(stack, 0), await station_at(stack, 1)]) as opened:
        yield opened


async def test_all_screens_agree_with_the_database_after_each_outage(
    screens: Screens, room: Room, network: FlakyNetwork, guest: Diner, hands: Hands
) -> None:
    bar, kitchen = room.kitchens
    waiting = [await guest.order(tag=bar.tag), await guest.order(tag=kitchen.tag, dishes=2)]
    room.diners = {order_id: await screens.status(order_id) for order_id in waiting}
    await room.agrees()

    for trouble, worsen in NOTHING_COMES.items():
        worsen(network)
        missed = [await guest.order(tag=bar.tag), await guest.order(tag=kitchen.tag)]
        await hands.move(waiting.pop(), "READY_FOR_PICKUP")
        if "half" in trouble:
            await something_is_lost(network)
        for order_id in missed:
            assert set(await hung(list(room.kitchens.values()), order_id)) == {0}
        network.heal()
        waiting = [*missed, *waiting]
        print(f"after the network was {trouble}, all screens agreed in {await room.agrees():.1f} s")

    slow_down(network)
    waiting.append(await guest.order(tag=bar.tag))
    await hands.move(waiting.pop(0), "READY_FOR_PICKUP")
    print(f"on a slow network, all screens agreed in {await room.agrees():.1f} s")
    network.heal()
    await room.agrees()
    assert await room.doubled() == []


@pytest.mark.long
async def test_no_order_is_missed_in_200_while_the_network_is_never_good_for_long(
    screens: Screens, room: Room, network: FlakyNetwork, guest: Diner, hands: Hands
) -> None:
    chance = random.Random(2100)
    stations = list(room.kitchens)
    previews = [await guest.preview(tag=stations[number % 2].tag, name=f"Guest {number}") for number in range(200)]
    room.diners = {order_id: await screens.status(order_id) for order_id in (previews[0], previews[-1])}

    async with asyncio.TaskGroup() as tasks:
        weather = tasks.create_task(changing_weather(network, chance))
        staff = [tasks.create_task(cook(room, station, previews[n::2], hands)) for n, station in enumerate(stations)]
        staff.append(tasks.create_task(serve(room, previews, hands)))
        for preview_id in previews:
            await guest.place(preview_id)
            await asyncio.sleep(chance.uniform(0, 1))
        await asyncio.wait(staff)
        weather.cancel()
    network.heal()
    print(f"after 200 orders over a bad network, all screens agreed in {await room.agrees():.1f} s")
    assert await room.doubled() == []


async def changing_weather(network: FlakyNetwork, chance: random.Random) -> None:
    """Some seconds of a good network, some of a bad one, and so on."""
    while True:
        network.heal()
        await asyncio.sleep(chance.uniform(1, 8))
        chance.choice([*NOTHING_COMES.values(), slow_down])(network)
        await asyncio.sleep(chance.uniform(1, 12))


async def cook(room: Room, station: Station, order_ids: list[str], hands: Hands) -> None:
    """Make each order once the station's display has shown it, until all are made: none is missed."""
    await each_once_shown(order_ids, lambda: room.drawn(station), partial(hands.move, status="READY_FOR_PICKUP"))


async def serve(room: Room, order_ids: list[str], hands: Hands) -> None:
    """Hand out what the board shows as ready, until all is handed out."""
    await each_once_shown(order_ids, room.ready, partial(hands.move, status="PICKED_UP"))


async def each_once_shown(
    order_ids: list[str], shown: Callable[[], Awaitable[set[str]]], deed: Callable[[str], Awaitable[None]]
) -> None:
    left = set(order_ids)
    patience = time.monotonic()
    while left:
        found = left & await shown()
        for order_id in found:
            await deed(order_id)
            patience = time.monotonic()
        left -= found
        assert time.monotonic() < patience + PATIENCE_SECONDS, f"{len(left)} were not shown, such as {next(iter(left))}"
        await asyncio.sleep(0.3)


async def test_a_clock_an_hour_off_either_way_changes_nothing(
    browser: Browser, stack: Stack, network: FlakyNetwork, guest: Diner
) -> None:
    station = await station_at(stack, 1)
    order_id = await guest.order(tag=station.tag)
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        begun = {"startedAt": datetime.now(UTC) - timedelta(minutes=20)}
        client[stack.db_name].orders.update_one({"_id": ObjectId(order_id)}, {"$set": begun})
    slow, fast = (Screens(browser, stack, network, script=SET_CLOCK % (minutes * 60_000)) for minutes in (-60, 60))

    async def board_of(screens: Screens) -> Page:
        page = await screens.board()
        await at_the_place(stack, page, OWNER, OPEN_LOCATION)
        return page

    kinds: dict[str, Callable[[Screens], Awaitable[Page]]] = {
        "kitchen": lambda screens: screens.kitchen(station.id),
        "board": board_of,
        "diner": lambda screens: screens.status(order_id),
    }
    for kind, open_one in kinds.items():
        pages = [await open_one(slow), await open_one(fast)]
        for page in pages:
            if kind != "diner":
                await expect(ticket(page, order_id).locator(".age")).to_contain_text(re.compile("2[0-2] min"))
        await show_the_same(pages)
        network.cut()
        for page in pages:
            await expect(page.locator("#banner")).to_be_visible()
        network.heal()
        for page in pages:
            await expect(page.locator("#banner")).to_be_hidden()
        await show_the_same(pages)
    for screens in (slow, fast):
        await screens.close()
        assert screens.errors == []


async def show_the_same(pages: list[Page]) -> None:
    """Wait until all pages read the same, whatever their devices' clocks say."""
    texts: list[str] = []

    async def they_do() -> bool:
        texts[:] = [await page.locator("body").inner_text() for page in pages]
        return len(set(texts)) == 1

    await eventually(they_do, lambda: "\n---\n".join(texts), every=0.2)


async def something_is_lost(network: FlakyNetwork) -> None:
    """Wait until the network has swallowed more than it had."""
    before = network.swallowed

    async def it_was() -> bool:
        return network.swallowed > before

    await eventually(it_was, "no screen said or was told anything")
