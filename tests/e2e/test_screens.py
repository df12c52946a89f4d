"""The screens in a real browser, on the real stack: what a cook and a diner see, also when the network goes away."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from playwright.async_api import Page, expect

from local.supervisor.options import PROJECT
from shared.domain.announcements import order_group
from tests.e2e.kitchen_tickets import Tickets
from tests.e2e.pictures import take
from tests.e2e.screens import WHERE_TEXTS_STAND, Diner, Screens, Staff, Station, hung, ticket
from tests.patience import eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser

SCREENSHOT = PROJECT / "docs" / "kitchen.png"


async def place_on(start: Page) -> str:
    """Press the start page's button, and return the id of the order that it placed."""
    before = await start.locator("#placed-status").get_attribute("href") if await has(start, "#placed-status") else None
    await start.get_by_role("button", name="Place a demo order").click()
    link = start.locator("#placed-status")
    if before:
        await expect(link).not_to_have_attribute("href", before)
    await expect(link).to_be_visible()
    return (await link.get_attribute("href") or "").rpartition("orderId=")[2]


async def has(page: Page, selector: str) -> bool:
    return await page.locator(selector).count() > 0


async def heard(page: Page, *, tones: int) -> None:
    """Wait until so many tones were played. Asked again and again from here: the page's own policy forbids to evaluate
    what a browser's wait would."""

    async def were_played() -> bool:
        return bool(await page.evaluate("tones") == tones)

    await eventually(were_played, f"{tones} tones were not heard", every=0.05)


async def shown_once(kitchens: list[Page], order_id: str) -> None:
    """Some station makes it, or all show it in the lane of what no station makes; and no display shows it twice."""

    async def is_shown() -> bool:
        return any([await ticket(page, order_id).count() for page in kitchens])

    await eventually(is_shown, "no kitchen display shows the order", every=0.2)
    assert set(await hung(kitchens, order_id)) <= {0, 1}


async def test_an_order_from_the_start_page_reaches_the_kitchen_and_the_diner(screens: Screens, stack: Stack) -> None:
    start, kitchens = await screens.start_page(), await screens.kitchens()
    await expect(start.locator("#health")).to_have_text("All 5 parts are up")

    order_id = await place_on(start)
    await shown_once(kitchens, order_id)
    page = await screens.status(order_id)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Being made")
    row = start.locator(f'#orders tr[data-order-id="{order_id}"]')
    await expect(row).to_contain_text(await page.locator("#code").inner_text())

    run = start.locator(f'#runs li[data-instance-id*="{order_id}"]')
    await run.get_by_role("button").click()
    await expect(run.locator(".history li").first).to_be_visible()

    # The network goes away. Chromium leaves open sockets alone, so the live service ends as well.
    for screen in (*kitchens, page):
        await screen.context.set_offline(True)
    await asyncio.to_thread(stack.stop, "webpubsub")
    missed = await place_on(start)
    for screen in kitchens:
        await expect(screen.locator("#banner")).to_contain_text("Offline for")
        await expect(screen.locator("#banner")).to_contain_text("This picture is from")
    await expect(page.locator("#banner")).to_be_visible()
    assert max(await hung(kitchens, missed)) == 0

    await asyncio.to_thread(stack.start, "webpubsub")
    for screen in (*kitchens, page):
        await screen.context.set_offline(False)
    await shown_once(kitchens, missed)
    for screen in kitchens:
        await expect(screen.locator("#banner")).to_be_hidden()
    await expect(page.locator("#banner")).to_be_hidden()
    after = await place_on(start)
    await shown_once(kitchens, after)
    await shown_once(kitchens, missed)
    await shown_once(kitchens, order_id)


async def test_the_diner_sees_an_order_placed_while_the_phone_was_away(
    screens: Screens, diner: Diner, station: Station
) -> None:
    preview_id = await diner.preview(tag=station.tag, name="Grace")
    page = await screens.status(preview_id)
    await expect(page.locator("#headline")).to_have_text("Not placed yet")

    await page.context.set_offline(True)
    order_id = await diner.place(preview_id)
    await expect(page.locator("#banner")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(page.locator("#for")).to_contain_text("For Grace")
    await expect(page.locator("#steps li.current")).to_contain_text("Accepted")
    assert order_id == preview_id


async def test_a_late_or_double_message_changes_nothing(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    kitchen, group = await screens.kitchen(station.id), f"station.{station.id}"
    order_id = await diner.order(tag=station.tag)
    await expect(ticket(kitchen, order_id)).to_have_count(1)
    page = await screens.status(order_id)
    await expect(page.locator("#headline")).to_have_text("Being made")

    ready = await staff.change(order_id, status="READY_FOR_PICKUP")
    for _ in range(2):
        await staff.announce(group, order_id, "order_ready_for_pickup", ready)
        await staff.announce(f"order.{order_id}", order_id, "order_ready_for_pickup", ready)
    await expect(ticket(kitchen, order_id)).to_have_count(0)
    await expect(page.locator("#headline")).to_have_text("Ready for pickup")

    for event in ("order_accepted", "new_order"):
        await staff.announce(group, order_id, event, ready - 1)
        await staff.announce(f"order.{order_id}", order_id, event, ready - 1)
    # A message that is news comes after the late ones: once it shows, they have been dealt with.
    marker = await diner.order(tag=station.tag)
    await expect(ticket(kitchen, marker)).to_have_count(1)
    await expect(ticket(kitchen, order_id)).to_have_count(0)
    await expect(page.locator("#headline")).to_have_text("Ready for pickup")


async def test_the_kitchen_shows_what_a_cook_must_not_miss(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    kitchen = await screens.kitchen(station.id)
    note = '<img src="x" onerror="document.title=1"> no nuts'
    order_id = await diner.order(note=note, name="<b>Ada</b>", tag=station.tag)
    shown = ticket(kitchen, order_id)
    await expect(shown.locator(".note")).to_have_text(note)
    await expect(shown.locator(".who")).to_contain_text("<b>Ada</b>")
    assert await shown.locator("img, b").count() == 0

    stored = await staff.read(order_id)
    item = {**stored["items"][0], "missing": ["Milk"]}
    seq = await staff.change(order_id, items=[item], unrouted=[item["id"]])
    await staff.announce(f"station.{station.id}", order_id, "order_item_started", seq)
    lane = kitchen.locator("#lane")
    await expect(lane.locator(f'[data-order-id="{order_id}"]')).to_have_count(1)
    await expect(shown.locator(".missing")).to_contain_text("Milk")
    assert await hung([kitchen], order_id) == [0]
    seq = await staff.change(order_id, status="CANCELLED")
    await staff.announce(f"station.{station.id}", order_id, "order_cancelled", seq)
    await expect(shown).to_have_count(0)


@pytest.mark.long
async def test_a_name_read_from_the_right_moves_nothing_and_a_notes_lines_stay_lines(
    screens: Screens, diner: Diner, station: Station
) -> None:
    kitchen = await screens.kitchen(station.id)
    cart = {"name": "נועה 12", "note": "no nuts\nבלי שום \u202e!", "origin": {"id": "f" * 24, "name": "שולחן 99"}}
    order_id = await diner.order(tag=station.tag, **cart)
    who, note = ticket(kitchen, order_id).locator(".who"), ticket(kitchen, order_id).locator(".note")
    await expect(who).to_contain_text("Guest wrote: שולחן 99 · נועה 12 · ")
    texts = await who.evaluate(WHERE_TEXTS_STAND)
    assert [text for text, _, _ in texts[:4]] == ["Guest wrote: ", "שולחן 99", " ·\u00a0", "נועה 12"]
    assert all(right <= left + 1 for (_, _, right), (_, left, _) in pairwise(texts)), "each stands right of the last"

    await ticket(kitchen, order_id).locator(".summary").click()
    await expect(kitchen.locator("#panel")).to_contain_text("Guest wrote: שולחן 99 · נועה 12 · ")

    page = await screens.status(order_id)
    await expect(page.locator("#for")).to_have_text("For נועה 12")
    for shown in (note, page.locator(".extra", has_text="no nuts")):
        assert (await shown.inner_text()).splitlines() == ["no nuts", "בלי שום !"]


async def test_ages_and_the_clock_are_the_servers_on_a_tablet_that_is_25_minutes_ahead(
    screens: Screens, diner: Diner, station: Station
) -> None:
    on_time, ahead = await screens.kitchen(station.id), await screens.kitchen(station.id, clock_ahead_minutes=25)
    assert await ahead.evaluate("Date.now() - performance.timeOrigin") > 24 * 60_000
    order_id = await diner.order(tag=station.tag)
    ages = [ticket(page, order_id).locator(".age") for page in (on_time, ahead)]
    for age in ages:
        await expect(age).to_have_text(re.compile(r"[01] min"))
    # Both clocks pass on to the next minute within the same three seconds, and may be read on either side of it.
    seen = [{await page.locator("#clock").inner_text()} for page in (on_time, ahead)]
    async with asyncio.timeout(60):
        while not seen[0] & seen[1]:
            for page, times in zip((on_time, ahead), seen, strict=True):
                times.add(await page.locator("#clock").inner_text())


@pytest.mark.long
async def test_a_link_to_another_server_shows_nothing_and_asks_it_nothing(
    screens: Screens, stack: Stack, station: Station
) -> None:
    foreign = stack.description["parts"]["saas"]["url"]
    for page, selector, said in (
        (await screens.kitchen(station.id), "#banner", "a server that this screen does not know"),
        (await screens.status("f" * 24), "#headline", "This link is not one of ours"),
    ):
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        await page.goto(page.url.replace(quote_plus(stack.api_url), quote_plus(f"{foreign}/api/v1")))
        await page.reload()
        await expect(page.locator(selector)).to_contain_text(said)
        # The browser itself would not connect either.
        refused = await page.evaluate(
            """(url) => new Promise((resolve) => {
                addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
                fetch(url).catch(() => {});
            })""",
            foreign,
        )
        assert refused == "connect-src"
        assert [url for url in asked if url.startswith(foreign) and url != f"{foreign}/"] == []


async def test_a_diner_cancels_until_the_kitchen_accepts(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag)
    await staff.change(order_id, status="CREATED")
    page = await screens.status(order_id)
    headline, cancel = page.locator("#headline"), page.get_by_role("button", name="Cancel order")
    sure = page.get_by_role("button", name="Yes, cancel it")
    await expect(headline).to_have_text("Order placed")
    await cancel.click()
    await page.get_by_role("button", name="Keep it").click()
    await expect(sure).to_be_hidden()

    await cancel.click()
    await staff.change(order_id, status="ACCEPTED")
    await sure.click()
    await expect(page.locator("#refused")).to_contain_text("The kitchen has this order")
    await expect(headline).to_have_text("Being made")
    await expect(cancel).to_be_hidden()

    await staff.change(order_id, status="CREATED")
    await page.reload()
    await expect(headline).to_have_text("Order placed")
    seq = await staff.change(order_id, waitingAt=datetime.now(UTC))
    await staff.announce(order_group(order_id), order_id, "order_waiting", seq)
    await expect(headline).to_have_text("No answer yet")
    await expect(page.locator("#next")).to_contain_text("You can wait, or cancel the order.")
    await cancel.click()
    await sure.click()
    await expect(headline).to_have_text("Cancelled")
    await expect(page.locator("#steps li.ended time")).to_be_visible()
    await expect(cancel).to_be_hidden()


@pytest.mark.long
async def test_no_dish_of_a_long_order_goes_out_of_sight(screens: Screens, diner: Diner, station: Station) -> None:
    kitchen = await screens.kitchen(station.id)
    await kitchen.set_viewport_size({"width": 1366, "height": 768})
    order_id = await diner.order(tag=station.tag, dishes=8, note="Nut allergy, no garlic, " * 20)
    await expect(ticket(kitchen, order_id)).to_have_count(1)
    rest = kitchen.locator(f'[data-continues="{order_id}"]')
    await expect(rest.first.locator(".part")).to_have_text(re.compile(r"^2/[2-9]$"))
    await expect(rest.first.locator(".allergy")).to_have_text("ALLERGY")
    below = await kitchen.evaluate(
        """(id) => {
            const { bottom, right } = document.getElementById('board').getBoundingClientRect();
            const parts = document.querySelectorAll(`[data-order-id="${id}"], [data-continues="${id}"]`);
            const pieces = [...parts].flatMap((part) => [...part.querySelectorAll('.items > li, .bump')]);
            const isOut = (box) => box.bottom > bottom + 1 || box.right > right + 1;
            return pieces.filter((piece) => isOut(piece.getBoundingClientRect())).map((piece) => piece.textContent);
        }""",
        order_id,
    )
    assert below == [], "it goes on in the next column"


@pytest.mark.long
async def test_a_phone_in_the_kitchen_shows_which_station_it_is(screens: Screens, station: Station) -> None:
    kitchen = await screens.kitchen(station.id)
    await kitchen.set_viewport_size({"width": 360, "height": 740})
    name, title = kitchen.locator("#station"), kitchen.locator("h1")
    shown, room = await name.bounding_box(), await title.bounding_box()
    assert shown is not None and room is not None
    assert shown["x"] + shown["width"] <= room["x"] + room["width"]
    assert room["width"] > 150, "longer names have room, too"
    assert await kitchen.evaluate("document.documentElement.scrollWidth") == 360


async def test_a_new_order_is_heard_once_sound_is_allowed(screens: Screens, diner: Diner, station: Station) -> None:
    kitchen = await screens.kitchen(station.id)
    button = kitchen.get_by_role("button", name="Tap to turn sound on")
    await expect(button).to_be_visible()
    assert await kitchen.evaluate("tones") == 0, "the first picture is no news"

    await button.click()
    await expect(button).to_be_hidden()
    await heard(kitchen, tones=2)
    order_id = await diner.order(tag=station.tag)
    await expect(ticket(kitchen, order_id)).to_have_class(re.compile(r"\bnew\b"))
    await heard(kitchen, tones=4)


async def test_the_rule_for_messages(screens: Screens) -> None:
    page = await screens.start_page()
    answers = await page.evaluate(
        """async () => {
            const { OrderSequence } = await import('/live/sequence.js');
            const known = new OrderSequence();
            const news = (seq, event) => known.accept({ orderId: 'a', seq, event });
            return [
                news(2, 'order_accepted'), news(2, 'new_order'), news(2, 'new_order'), news(1, 'order_received'),
                known.raise('a', 1), known.of('a'), known.raise('a', 4), news(3, 'order_item_started'),
                news(4, 'order_ready_for_pickup'), news(4, 'order_ready_for_pickup'), known.of('a'), known.of('b'),
            ];
        }"""
    )
    assert answers == [True, True, False, False, False, 2, True, False, True, False, 4, 0]


async def test_a_screen_that_may_not_look_says_so(screens: Screens, station: Station) -> None:
    kitchen = await screens.kitchen(station.id)
    await kitchen.goto(kitchen.url.partition("#")[0] + "#token=wrong")
    await kitchen.reload()
    await expect(kitchen.locator("#banner")).to_contain_text("may not show this station")
    page = await screens.status("f" * 24)
    await expect(page.locator("#headline")).to_have_text("We cannot find this order")


@pytest.mark.long
async def test_a_picture_for_the_readme(
    screens: Screens, diner: Diner, station: Station, tickets: Tickets, tmp_path: Path
) -> None:
    await tickets.show(0)
    kitchen = await screens.kitchen(station.id)
    for number, name in enumerate(("Grace", "Linus", "Katherine")):
        await diner.order(tag=station.tag, first=4 * number, dishes=1 + number, name=name)
    order_id = await diner.order(tag=station.tag, first=2, dishes=2, name="Margaret", note="No sugar, please")
    await expect(ticket(kitchen, order_id)).to_have_count(1)
    picture = SCREENSHOT if os.environ.get("ORDERBUDDY_SCREENSHOT") == "1" else tmp_path / SCREENSHOT.name
    await kitchen.get_by_role("button", name="Tap to turn sound on").click()
    await kitchen.mouse.move(0, 0)
    await take(kitchen, picture)
