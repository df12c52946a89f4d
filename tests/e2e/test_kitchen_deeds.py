"""What a cook does on the kitchen display, by finger and by key, on the real stack."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import Locator, Page, expect

from tests.e2e.kitchen_tickets import Tickets, standing
from tests.e2e.screens import Diner, Screens, Staff, Station, ticket
from tests.patience import eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[Any]:
    """The stack's database. No expo screen was seen: a station's bump makes an order ready."""
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        there = client[stack.db_name]
        await there.locations.update_many({}, {"$unset": {"expoSeenAt": ""}})
        yield there
        await there.locations.update_many(
            {}, {"$unset": {"expoSeenAt": "", "pausedUntil": ""}, "$set": {"waitMinutes": 0}}
        )


async def is_stored(tickets: Tickets, order_id: str, **fields: Any) -> None:
    """Wait until an order is stored with these fields."""

    async def is_so() -> bool:
        order = await tickets.read(order_id)
        return all(order.get(name) == value for name, value in fields.items())

    await eventually(is_so, f"{order_id} is not stored with {fields}", every=0.1)


def foot(kitchen: Page, order_id: str) -> Locator:
    """The foot of an order's ticket."""
    return ticket(kitchen, order_id).locator(".bump")


async def hold(kitchen: Page, node: Locator, gone: Locator) -> None:
    """Keep a finger on something until it has had its effect: `gone` is not there any more."""
    box = await node.bounding_box()
    assert box is not None
    await kitchen.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await kitchen.mouse.down()
    await expect(gone).to_have_count(0)
    await kitchen.mouse.up()


async def rows(database: Any, order_id: str, event: str) -> int:
    """How many rows of an order's history tell of an event."""
    return int(await database.order_events.count_documents({"orderId": ObjectId(order_id), "type": event}))


async def test_one_tap_strikes_a_dish_and_the_next_takes_it_back(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    (order_id,) = await tickets.show(1)
    kitchen = await screens.kitchen(station.id)
    dish = ticket(kitchen, order_id).locator(".dish").first
    await dish.click()
    await expect(dish).to_have_attribute("aria-pressed", "true")
    struck = await dish.locator("bdi").first.evaluate("(node) => getComputedStyle(node).textDecorationLine")
    assert struck == "line-through"
    await expect(dish).to_contain_text("Done")

    async def is_done() -> bool:
        return (await tickets.read(order_id))["items"][0].get("completedAt") is not None

    await eventually(is_done, "the strike did not arrive", every=0.1)
    await expect(ticket(kitchen, order_id)).to_be_visible()
    await dish.click()
    await expect(dish).to_have_attribute("aria-pressed", "false")

    async def is_open() -> bool:
        return not await is_done()

    await eventually(is_open, "it was not opened again", every=0.1)


async def test_what_lies_on_the_glass_keeps_no_new_order_away(
    screens: Screens, tickets: Tickets, diner: Diner, station: Station
) -> None:
    (order_id,) = await tickets.show(1)
    kitchen = await screens.kitchen(station.id)
    box = await ticket(kitchen, order_id).locator(".summary").bounding_box()
    assert box is not None
    await kitchen.mouse.move(box["x"] + 30, box["y"] + 10)
    await kitchen.mouse.down()
    later = await diner.order(tag=station.tag)
    await expect(ticket(kitchen, later)).to_be_visible()
    await kitchen.mouse.up()


async def test_a_bump_is_one_deliberate_act_and_can_be_undone_in_its_place(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    ids = await tickets.show(3)
    kitchen = await screens.kitchen(station.id)
    shown, undo = ticket(kitchen, ids[1]), kitchen.get_by_role("button", name="Undo")
    await expect(shown).to_be_visible()
    before = [one["id"] for one in await standing(kitchen)]
    code = (await tickets.read(ids[1]))["orderCode"]

    await foot(kitchen, ids[1]).click()
    await expect(foot(kitchen, ids[1])).to_contain_text("Tap again")
    await expect(foot(kitchen, ids[1])).to_contain_text("tap twice or hold")
    await expect(shown).to_have_count(1)

    async def twice() -> None:
        await foot(kitchen, ids[1]).dblclick()

    async def held() -> None:
        await hold(kitchen, foot(kitchen, ids[1]), shown)

    async def by_key() -> None:
        await kitchen.keyboard.press("2")
        await kitchen.keyboard.press("Enter")

    for bump in (twice, held, by_key):
        await bump()
        await expect(kitchen.locator("#undo-text")).to_have_text(f"Bumped {code}")
        await undo.click()
        await expect(shown).to_have_count(1)
        assert [one["id"] for one in await standing(kitchen)] == before
    assert (await tickets.read(ids[1]))["status"] == "ACCEPTED", "nobody was told"


async def test_a_bump_is_sent_when_nobody_undoes_it_and_comes_back_by_its_number(
    screens: Screens, tickets: Tickets, station: Station, database: Any
) -> None:
    ids = await tickets.show(3)
    kitchen = await screens.kitchen(station.id)
    diner = await screens.status(ids[1])
    await expect(diner.locator("#headline")).to_have_text("Being made")
    await foot(kitchen, ids[1]).dblclick()
    await expect(ticket(kitchen, ids[1])).to_have_count(0)
    await is_stored(tickets, ids[1], status="READY_FOR_PICKUP")
    await expect(kitchen.locator("#undo-bar")).to_be_hidden()
    await expect(diner.locator("#headline")).not_to_have_text("Being made")

    await kitchen.get_by_role("button", name="Recall").click()
    find = kitchen.get_by_role("searchbox")
    await find.fill("no such number")
    await expect(kitchen.locator("#panel")).to_contain_text("No order of the last hour has this number.")
    code = (await tickets.read(ids[1]))["orderCode"]
    await find.fill(code.lower())
    await kitchen.get_by_role("button", name=f"Bring back {code}").click()
    await expect(ticket(kitchen, ids[1]).locator(".marks")).to_have_text("RECALLED")
    assert [one["id"] for one in await standing(kitchen)] == ids, "at its old place"
    await is_stored(tickets, ids[1], status="ACCEPTED")
    await expect(diner.locator("#headline")).to_have_text("Back in the kitchen")


async def test_without_a_network_tickets_stay_and_bumps_wait_with_a_mark_and_are_sent_once(
    screens: Screens, tickets: Tickets, station: Station, stack: Stack, database: Any
) -> None:
    ids = await tickets.show(3)
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, ids[2])).to_be_visible()
    await kitchen.context.set_offline(True)
    await asyncio.to_thread(stack.stop, "webpubsub")
    await expect(kitchen.locator("#banner")).to_contain_text("This picture is from")
    assert [one["id"] for one in await standing(kitchen)] == ids
    await foot(kitchen, ids[0]).dblclick()
    await ticket(kitchen, ids[1]).locator(".dish").first.click()
    queue = ticket(kitchen, ids[0]).locator(".queue")
    await expect(queue).to_have_text("Bumped here. It is sent when the network is back.")
    await expect(ticket(kitchen, ids[1]).locator(".queue")).to_contain_text("Changed here.")
    await expect(kitchen.locator("#queued")).to_have_text("2 to send")
    assert (await tickets.read(ids[0]))["status"] == "ACCEPTED"

    await asyncio.to_thread(stack.start, "webpubsub")
    await kitchen.context.set_offline(False)
    await is_stored(tickets, ids[0], status="READY_FOR_PICKUP")
    await expect(ticket(kitchen, ids[0])).to_have_count(0)
    await expect(kitchen.locator("#banner")).to_be_hidden()
    await expect(kitchen.locator("#queued")).to_be_hidden()
    assert await rows(database, ids[0], "ready") == 1


async def test_what_the_server_refuses_is_said_on_the_ticket_until_somebody_opens_it(
    screens: Screens, tickets: Tickets, station: Station, database: Any
) -> None:
    (order_id,) = await tickets.show(1)
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, order_id)).to_be_visible()
    await tickets.change(order_id, status="CREATED")
    await foot(kitchen, order_id).dblclick()
    await expect(ticket(kitchen, order_id)).to_have_count(0)
    await expect(ticket(kitchen, order_id).locator(".refused")).to_contain_text("This did not work:")
    await ticket(kitchen, order_id).locator(".summary").click()
    await expect(kitchen.locator("#panel")).to_contain_text("This did not work:")
    await kitchen.keyboard.press("Escape")
    await expect(ticket(kitchen, order_id).locator(".refused")).to_have_count(0)


async def test_a_rush_goes_to_the_front_of_every_screen(screens: Screens, tickets: Tickets, station: Station) -> None:
    ids = await tickets.show(3)
    here, there = await screens.kitchen(station.id), await screens.kitchen(station.id)
    await ticket(here, ids[2]).locator(".summary").click()
    await here.get_by_role("button", name="Rush: to the front").click()
    for kitchen in (here, there):
        await expect(ticket(kitchen, ids[2]).locator(".marks")).to_have_text("RUSH")
        assert [one["id"] for one in await standing(kitchen)] == [ids[2], ids[0], ids[1]]


async def test_wait_and_pause_are_one_tap_away_and_every_screen_follows(
    screens: Screens, station: Station, database: Any
) -> None:
    here, there = await screens.kitchen(station.id), await screens.kitchen(station.id)
    await here.locator("#pace").click()
    await here.get_by_role("button", name="+20 min").click()
    for kitchen in (here, there):
        await expect(kitchen.locator("#pace")).to_have_text("Wait +20 min")
    await here.locator("#pace").click()
    await here.get_by_role("button", name="30 min", exact=True).click()
    for kitchen in (here, there):
        await expect(kitchen.locator("#pace")).to_have_text(re.compile(r"^PAUSED until \d\d:\d\d$"))
    await here.locator("#pace").click()
    await here.get_by_role("button", name="Take orders again").click()
    await expect(there.locator("#pace")).to_have_text("Wait +20 min")


async def test_holding_a_dish_takes_it_off_the_menu_and_strikes_nothing(
    screens: Screens, tickets: Tickets, diner: Diner, station: Station
) -> None:
    (order_id,) = await tickets.show(1)
    dish_id = (await tickets.read(order_id))["items"][0]["menuItemId"]
    kitchen = await screens.kitchen(station.id)
    dish = ticket(kitchen, order_id).locator(".dish").first
    await hold(kitchen, dish, kitchen.locator("#panel:not([open])"))

    async def is_sold() -> bool:
        return any(dish["id"] == dish_id and dish["isAvailable"] for dish in await diner.dishes())

    panel = kitchen.locator("#panel")
    assert await is_sold(), "nothing happens before somebody says so"
    await panel.get_by_role("button", name="Sold out").click()
    await expect(panel).to_contain_text("is sold out until the day ends")

    async def is_gone() -> bool:
        return not await is_sold()

    await eventually(is_gone, "guests can order it still", every=0.2)
    await panel.get_by_role("button", name="Back on the menu").click()
    await expect(panel).to_contain_text("is on the menu again")
    await eventually(is_sold, "guests cannot order it", every=0.2)
    await expect(dish).to_have_attribute("aria-pressed", "false")


async def test_the_end_of_a_day_asks_is_written_down_and_tells_nobody(
    screens: Screens, tickets: Tickets, station: Station, database: Any
) -> None:
    ids = await tickets.show(3)
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, ids[2])).to_be_visible()
    await kitchen.get_by_role("button", name="Menu").click()
    await kitchen.get_by_role("button", name="Clear all tickets").click()
    await expect(kitchen.locator("#panel")).to_contain_text("Take 3 tickets off the screens?")
    await expect(ticket(kitchen, ids[0])).to_have_count(1)
    await kitchen.get_by_role("button", name="Clear all tickets").click()
    await expect(kitchen.locator("#undo-text")).to_have_text("Cleared the tickets")
    await expect(kitchen.locator("#empty")).to_be_visible()
    for order_id in ids:
        await is_stored(tickets, order_id, status="PICKED_UP")
        told = [row async for row in database.order_events.find({"orderId": ObjectId(order_id)}).sort("seq", -1)]
        assert told[0]["payload"]["cleared"] is True


async def test_the_server_knows_what_really_stood_in_sight(
    screens: Screens, tickets: Tickets, station: Station, database: Any
) -> None:
    ids = await tickets.show(23, plain=True)
    await database.draws.delete_many({})
    kitchen = await screens.kitchen(station.id)

    async def drawn() -> set[str]:
        return {
            str(draw["order_id"] if "order_id" in draw else draw["orderId"]) async for draw in database.draws.find({})
        }

    async def first_page() -> bool:
        return await drawn() == set(ids[:20])

    await eventually(first_page, "the first page is not known as drawn", every=0.1)
    await kitchen.get_by_role("button", name="Next page").click()

    async def all_pages() -> bool:
        return await drawn() == set(ids)

    await eventually(all_pages, "the second page is not known as drawn", every=0.1)


async def test_everything_can_be_done_by_key(screens: Screens, tickets: Tickets, station: Station) -> None:
    ids = await tickets.show(23, plain=True)
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, ids[0])).to_be_visible()
    press, chosen = kitchen.keyboard.press, kitchen.locator(".ticket.chosen")

    async def chooses(key: str, order_id: str) -> None:
        await press(key)
        await expect(chosen).to_have_attribute("data-order-id", order_id)

    await chooses("3", ids[2])
    width = await chosen.evaluate("(node) => parseFloat(getComputedStyle(node).outlineWidth)")
    assert width >= 6, "seen from two metres"
    await chooses("0", ids[9])
    await chooses("ArrowRight", ids[10])
    await chooses("ArrowLeft", ids[9])
    await chooses("End", ids[22])
    await expect(kitchen.locator("#page")).to_have_text("2/2")
    await chooses("Home", ids[0])
    await press("PageDown")
    await expect(kitchen.locator("#page")).to_have_text("2/2")
    await press("PageUp")
    await expect(kitchen.locator("#page")).to_have_text("1/2")

    await chooses("2", ids[1])
    await press("ArrowDown")
    await press("x")
    await expect(chosen.locator(".dish").first).to_have_attribute("aria-pressed", "true")
    await press("x")
    await expect(chosen.locator(".dish").first).to_have_attribute("aria-pressed", "false")
    await press("a")
    await expect(kitchen.locator("#all-day")).to_be_visible()
    await press("a")
    await expect(kitchen.locator("#all-day")).to_be_hidden()
    panel = kitchen.locator("#panel")
    for key in ("i", "s", "Shift+R"):
        if key == "s":
            await press("ArrowDown")
        await press(key)
        await expect(panel).to_be_visible()
        await press("Escape")
        await expect(panel).to_be_hidden()
    await chooses("2", ids[1])
    await press("ArrowDown")
    await press("Enter")
    await expect(ticket(kitchen, ids[1])).to_have_count(0)
    await expect(chosen).to_have_attribute("data-order-id", ids[2])
    await press("u")
    await expect(ticket(kitchen, ids[1])).to_have_count(1)
    await press("p")
    await expect(ticket(kitchen, ids[2]).locator(".marks")).to_have_text("RUSH")


async def test_the_focus_goes_through_the_page_and_is_seen(
    screens: Screens, tickets: Tickets, staff: Staff, station: Station
) -> None:
    ids = await tickets.show(2)
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, ids[1])).to_be_visible()
    # Any key lets the browser play sounds, and the button that asks for one goes.
    await kitchen.keyboard.press("Shift")
    await expect(kitchen.locator("#sound")).to_be_hidden()
    seen = []
    for _ in range(40):
        await kitchen.keyboard.press("Tab")
        deed, width = await kitchen.evaluate(
            """() => {
                const at = document.activeElement;
                return [at.dataset.deed ?? at.id, parseFloat(getComputedStyle(at).outlineWidth)];
            }"""
        )
        if not deed:
            break
        assert width >= 6, deed
        seen.append(deed)
    assert seen[:2] == ["open", "strike"]
    assert seen[-4:] == ["allDay", "recallList", "pace", "menu"]
    assert {"strike", "bump"} <= set(seen)
