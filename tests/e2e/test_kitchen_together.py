"""Kitchen displays of one location beside each other: stations that share an order, and the screen that sees all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pymongo
import pytest
from playwright.async_api import Page, expect

from tests.e2e.kitchen_tickets import Tickets, low_contrasts
from tests.e2e.screens import Diner, Screens, Station, ticket
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser

OTHER_TAG = "kitchen"


@pytest.fixture
async def other(stack: Stack, station: Station) -> Station:
    """The second station of the open location."""
    return Station(id=stack.demo["open"]["stationIds"][1], tag=OTHER_TAG)


@pytest.fixture(autouse=True)
async def no_expo_afterwards(stack: Stack) -> AsyncIterator[None]:
    """Where an expo screen is used, stations alone make no order ready: other files begin without one."""
    yield
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        await client[stack.db_name].locations.update_many({}, {"$unset": {"expoSeenAt": ""}})


async def shared(tickets: Tickets, station: Station, other: Station) -> str:
    """An order with a dish of the first station, one of the second, and one that both make."""
    (order_id,) = await tickets.show(1)
    item = (await tickets.read(order_id))["items"][0] | {"variants": [], "modifiers": [], "completedAt": None}
    dishes = {"Latte": [station.tag], "Soup": [other.tag], "Toast": [station.tag, other.tag]}
    items = [
        {**item, "id": name.lower(), "name": name, "staffName": name, "stationTags": tags}
        for name, tags in dishes.items()
    ]
    await tickets.change(order_id, items=items, routing=[], unrouted=[])
    return order_id


async def cancel(stack: Stack, order_id: str, reason: str) -> None:
    """A manager gives an order up."""
    place = stack.demo["open"]
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        answer = await http.post(
            f"{stack.api_url}/restaurant/{place['restaurantId']}/{place['locationId']}/orders/{order_id}/cancel",
            json={"reason": reason},
            headers={"authorization": f"Bearer {stack.token()}", "idempotency-key": f"cancel-{order_id}"},
        )
    assert answer.is_success, answer.text


async def names(page: Page, order_id: str) -> list[str]:
    """The dishes on an order's ticket."""
    return [name.strip() for name in await ticket(page, order_id).locator(".name bdi").all_inner_texts()]


async def test_a_station_sees_its_dishes_and_who_else_makes_them(
    screens: Screens, tickets: Tickets, station: Station, other: Station
) -> None:
    order_id = await shared(tickets, station, other)
    bar, kitchen = await screens.kitchen(station.id), await screens.kitchen(other.id)
    await expect(ticket(bar, order_id).locator(".line")).to_have_count(2)
    assert await names(bar, order_id) == ["Latte", "Toast"]
    await expect(ticket(kitchen, order_id).locator(".line")).to_have_count(2)
    assert await names(kitchen, order_id) == ["Soup", "Toast"]
    toast = ticket(bar, order_id).locator(".line", has_text="Toast")
    await expect(toast.locator(".makers")).to_have_text("Also at: Kitchen")
    await expect(ticket(bar, order_id).locator(".line", has_text="Latte").locator(".makers")).to_have_count(0)


async def test_an_allergy_stands_across_the_ticket_on_every_station_that_touches_the_order(
    screens: Screens, tickets: Tickets, station: Station, other: Station
) -> None:
    order_id = await shared(tickets, station, other)
    await tickets.change_item(order_id, notes="Peanut allergy!")
    for one in (station, other):
        kitchen = await screens.kitchen(one.id)
        band = ticket(kitchen, order_id).locator(".allergy")
        await expect(band).to_have_text(re.compile("ALLERGY.*Peanut allergy!"))
        await expect(band.locator("svg")).to_be_visible()
        assert await low_contrasts(kitchen) == []


@pytest.mark.long
async def test_expo_sees_every_tick_and_lets_go_when_all_is_done_or_by_force(
    screens: Screens, tickets: Tickets, station: Station, other: Station
) -> None:
    order_id = await shared(tickets, station, other)
    expo, bar = await screens.kitchen("expo"), await screens.kitchen(station.id)
    shown = ticket(expo, order_id)
    await expect(shown.locator(".line")).to_have_count(3)
    await expect(shown.locator(".makers")).to_have_text(["Bar", "Kitchen", re.compile("Bar.*Kitchen")])
    await shown.locator(".bump").dblclick()
    await expect(expo.locator("#said")).to_have_text("Not all is done. Hold to send it anyway.")
    await expect(shown).to_have_count(1)

    await ticket(bar, order_id).locator(".bump").dblclick()
    done = shown.locator(".line.done .name bdi")
    await expect(done).to_have_text(["Latte", "Toast"])
    all_done = re.compile(r"\ball-done\b")
    await expect(shown).not_to_have_class(all_done)
    await expect(ticket(bar, order_id)).to_have_count(0)
    kitchen = await screens.kitchen(other.id)
    await ticket(kitchen, order_id).locator(".dish", has_text="Soup").click()
    await expect(shown).to_have_class(all_done)
    assert await low_contrasts(expo) == []
    assert (await tickets.read(order_id))["status"] == "ACCEPTED", "expo decides"
    await shown.locator(".bump").dblclick()
    await expect(shown).to_have_count(0)
    await is_ready(tickets, order_id)


async def test_expo_sends_by_a_hold_what_is_not_all_done(
    screens: Screens, tickets: Tickets, station: Station, other: Station
) -> None:
    order_id = await shared(tickets, station, other)
    expo = await screens.kitchen("expo")
    button = ticket(expo, order_id).locator(".bump")
    await expect(button).to_contain_text("Hold: not all done")
    box = await button.bounding_box()
    assert box is not None
    await expo.mouse.move(box["x"] + 50, box["y"] + 20)
    await expo.mouse.down()
    await expect(ticket(expo, order_id)).to_have_count(0)
    await expo.mouse.up()
    await is_ready(tickets, order_id)


async def is_ready(tickets: Tickets, order_id: str) -> None:
    """Wait until an order is ready."""

    async def is_so() -> bool:
        return bool((await tickets.read(order_id))["status"] == "READY_FOR_PICKUP")

    await eventually(is_so, f"{order_id} is not ready", every=0.1)


async def test_a_recall_brings_an_order_back_on_all_its_stations(
    screens: Screens, tickets: Tickets, station: Station, other: Station
) -> None:
    order_id = await shared(tickets, station, other)
    bar, kitchen = await screens.kitchen(station.id), await screens.kitchen(other.id)
    for page in (bar, kitchen):
        await ticket(page, order_id).locator(".bump").dblclick()
        await expect(ticket(page, order_id)).to_have_count(0)
    await is_ready(tickets, order_id)
    await expect(bar.locator("#undo-bar")).to_be_hidden()
    await bar.keyboard.press("r")
    for page in (bar, kitchen):
        await expect(ticket(page, order_id).locator(".marks")).to_have_text("RECALLED")


async def test_a_line_that_was_given_back_is_struck_and_a_cancelled_order_stays_red_until_it_is_taken_away(
    screens: Screens, tickets: Tickets, stack: Stack, station: Station
) -> None:
    ids = await tickets.show(2)
    items = (await tickets.read(ids[0]))["items"]
    extra = {**items[0], "id": "extra", "name": "Espresso", "staffName": "Espresso"}
    refund = {
        "_id": "r1",
        "amountCents": 100,
        "tipCents": 0,
        "units": ["extra"],
        "at": datetime.now(UTC),
        "by": "user:x",
    }
    await tickets.change(ids[0], items=[*items, extra], refunds=[refund])
    kitchen = await screens.kitchen(station.id)
    voided = ticket(kitchen, ids[0]).locator(".line.voided")
    await expect(voided).to_contain_text("Espresso")
    await expect(voided).to_contain_text("VOID")
    struck = await voided.locator("bdi").first.evaluate("(node) => getComputedStyle(node).textDecorationLine")
    assert struck == "line-through"
    await expect(voided.locator(".dish")).to_be_disabled()

    await kitchen.locator("#sound").click()
    await cancel(stack, ids[1], "The guest has left")
    given_up = ticket(kitchen, ids[1])
    await expect(given_up).to_have_class(re.compile(r"\bcancelled\b"))
    await expect(given_up.locator(".marks")).to_have_text("CANCELLED")
    await expect(given_up.locator(".reason")).to_have_text("The guest has left")
    assert await low_contrasts(kitchen) == []
    await given_up.locator(".bump").dblclick()
    await expect(given_up).to_have_count(0)
    await expect(kitchen.locator("#undo-bar")).to_be_hidden()

    async def is_dismissed() -> bool:
        return any("dismissedAt" in mark for mark in (await tickets.read(ids[1])).get("stationMarks", []))

    await eventually(is_dismissed, "it was not taken away", every=0.1)
    await kitchen.reload()
    await expect(ticket(kitchen, ids[0])).to_have_count(1)
    await expect(given_up).to_have_count(0)


async def test_a_line_that_comes_later_stands_under_the_time_it_was_added(
    screens: Screens, diner: Diner, tickets: Tickets, station: Station
) -> None:
    kitchen = await screens.kitchen(station.id)
    texts = await kitchen.evaluate(
        """async () => {
            const { Ticket } = await import('/kitchen/ticket.js');
            const { say } = await import('/kitchen/words.js');
            const dish = (id, addedAt) => ({ id, name: id, notes: '', modifiers: [], addedAt, completedAt: null });
            const items = [dish('Toast', '2026-03-01T12:41:00Z'), dish('Soup')];
            const order = { _id: 'a', orderCode: '7', items, startedAt: '2026-03-01T12:30:00Z' };
            const ticket = new Ticket(order, items, null, { say, clock: (at) => at.slice(11, 16), expo: false });
            return ticket.lines.map((line) => line.querySelector('bdi')?.textContent ?? line.textContent);
        }"""
    )
    assert texts == ["Soup", "ADDED 12:41", "Toast"]
