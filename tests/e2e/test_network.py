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

pytestmark = [pytest.mark.long, pytest.mark.browser]

HALF_OPEN, NO_ANSWER = "half open", "half open on the way back"

NOTHING_COMES: dict[str, Callable[[FlakyNetwork], None]] = {
    "cut": lambda network: network.cut(),
    HALF_OPEN: lambda network: network.half_open(),
    NO_ANSWER: lambda network: network.half_open("down"),
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
    open_at = {station: [await guest.order(tag=station.tag)] for station in (bar, kitchen)}
    room.diners = {ids[0]: await screens.status(ids[0]) for ids in open_at.values()}
    await room.agrees()

    for trouble, worsen in NOTHING_COMES.items():
        worsen(network)
        missed = {station: await guest.order(tag=station.tag) for station in open_at}
        await hands.move(open_at[bar].pop(0), "READY_FOR_PICKUP")
        bumped = open_at[kitchen].pop(0)
        await room.bump(kitchen, bumped)
        if trouble == NO_ANSWER:
            # The bump arrives, and nobody hears so: the display keeps it.
            await expect(room.kitchens[kitchen].locator("#queued")).to_be_visible()
        elif trouble == HALF_OPEN:
            await something_is_lost(network)
        for station, order_id in missed.items():
            assert set(await hung(list(room.kitchens.values()), order_id)) == {0}
            open_at[station].append(order_id)
        network.heal()
        took = await room.agrees()
        await room.is_made(bumped)
        print(f"after the network was {trouble}, all screens agreed in {took:.1f} s")
        await room.agrees()

    slow_down(network)
    open_at[bar].append(await guest.order(tag=bar.tag))
    await hands.move(open_at[bar].pop(0), "READY_FOR_PICKUP")
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


@pytest.mark.parametrize(
    "kind", ["kitchen", pytest.param("board", marks=pytest.mark.long), pytest.param("diner", marks=pytest.mark.long)]
)
async def test_a_clock_an_hour_off_either_way_changes_nothing(
    browser: Browser, stack: Stack, network: FlakyNetwork, guest: Diner, kind: str
) -> None:
    station = await station_at(stack, 1)
    order_id = await guest.order(tag=station.tag)
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        begun = {"startedAt": datetime.now(UTC) - timedelta(minutes=20)}
        client[stack.db_name].orders.update_one({"_id": ObjectId(order_id)}, {"$set": begun})

    async def opened(screens: Screens) -> Page:
        if kind == "diner":
            return await screens.status(order_id)
        if kind == "kitchen":
            return await screens.kitchen(station.id)
        page = await screens.board()
        await at_the_place(stack, page, OWNER, OPEN_LOCATION)
        return page

    slow, fast = (Screens(browser, stack, network, script=SET_CLOCK % (minutes * 60_000)) for minutes in (-60, 60))
    pages = [await opened(slow), await opened(fast)]
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
    await slow.close()
    assert slow.errors + fast.errors == []


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
