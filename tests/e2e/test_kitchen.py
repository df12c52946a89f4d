"""How the kitchen display looks, on the real stack: where tickets stand, and what a cook reads on them."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request, expect

from local.supervisor.options import PROJECT
from tests.e2e.kitchen_tickets import Tickets, low_contrasts, standing
from tests.e2e.pictures import take
from tests.e2e.screens import PHONE, TABLET, WALL, Diner, Screens, Staff, Station, ticket
from tests.patience import eventually

pytestmark = [pytest.mark.long, pytest.mark.browser]

PICTURES = PROJECT / "docs" / "kitchen"


async def redrawn(kitchen: Page, *ids: str) -> list[dict[str, Any]]:
    """Load the page anew, and return where its tickets stand once these are there."""
    await kitchen.reload()
    for order_id in ids:
        await expect(ticket(kitchen, order_id)).to_have_count(1)
    return await standing(kitchen)


def columns(stand: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The tickets by column, from the left, each from the top."""
    lefts = sorted({round(one["left"]) for one in stand})
    return [
        sorted((one for one in stand if round(one["left"]) == left), key=lambda one: float(one["top"]))
        for left in lefts
    ]


async def test_one_to_twenty_tickets_are_as_large_as_can_be_and_the_next_ones_are_counted(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    kitchen = await screens.kitchen(station.id)
    for count in (1, 4, 8, 20, 23):
        ids = await tickets.show(count, plain=True)
        stand = await redrawn(kitchen, *ids)
        assert [one["id"] for one in stand] == ids[:20], "the oldest first, and twenty at most"
        assert [one["id"] for column in columns(stand) for one in column] == ids[:20], "down, then to the right"
        assert [one for one in stand if one["scrolls"]] == []
        assert await kitchen.evaluate("document.documentElement.scrollWidth") == WALL["width"]
        assert all(one["right"] <= WALL["width"] and one["bottom"] <= WALL["height"] - 70 for one in stand)
        assert all(one["right"] - one["left"] >= 280 for one in stand)
        if count <= 4:
            assert all(one["size"] >= 28 for one in stand)
            assert len({round(one["top"]) for one in stand}) == 1, "one row"
        elif count <= 8:
            assert [len(column) for column in columns(stand)] == [2, 2, 2, 2]
        more = kitchen.locator("#more")
        if count <= 20:
            await expect(more).to_be_hidden()
    await expect(more).to_have_text("+3 waiting, oldest 3 min")
    await kitchen.get_by_role("button", name="Next page").click()
    assert [one["id"] for one in await standing(kitchen)] == ids[20:]
    await expect(more).to_have_text("+20 waiting, oldest 23 min")
    await more.click()
    assert [one["id"] for one in await standing(kitchen)] == ids[:20]


async def test_on_a_phone_the_page_scrolls_down_and_counts_what_is_below(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    ids = await tickets.show(8)
    kitchen = await screens.kitchen(station.id, size=PHONE)
    await expect(ticket(kitchen, ids[-1])).to_have_count(1)
    stand = await standing(kitchen)
    assert [one["id"] for one in sorted(stand, key=lambda one: float(one["top"]))] == ids
    assert await kitchen.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    more = kitchen.locator("#more")
    await expect(more).to_contain_text("waiting, oldest")
    first = await more.inner_text()
    await ticket(kitchen, ids[-1]).locator(".bump").scroll_into_view_if_needed()
    await expect(more).not_to_have_text(first)


async def test_age_has_a_colour_a_shape_and_a_word_and_every_text_enough_contrast(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    # At a table an order may take 10 and 15 minutes, without one 5 and 8.
    ids = await tickets.show(4, minutes=[61, 8, 10, 0])
    await tickets.change(ids[1], origin={"id": "", "name": ""})
    await tickets.change_item(ids[0], notes="a note", missing=["Milk"], startedAt=datetime.now(UTC))
    await tickets.change_item(ids[1], completedAt=datetime.now(UTC))
    for scheme in ("light", "dark"):
        kitchen = await screens.kitchen(station.id, color_scheme=scheme)
        seen = []
        for order_id in ids:
            shown = ticket(kitchen, order_id)
            await expect(shown.locator(".shape svg")).to_have_count(1)
            colour = await shown.locator("header").evaluate("(node) => getComputedStyle(node).backgroundColor")
            shape = await shown.locator(".shape path").get_attribute("d")
            seen.append(
                (colour, shape, await shown.locator(".step").inner_text(), await shown.locator(".minutes").inner_text())
            )
        assert [(word, age) for _, _, word, age in seen] == [
            ("LATE", "1 h 1 min"),
            ("LATE", "8 min"),
            ("hurry", "10 min"),
            ("on time", "0 min"),
        ]
        for part in (0, 1, 2):
            assert len({one[part] for one in seen}) == 3, "three steps, by each of colour, shape and word"
        assert await low_contrasts(kitchen) == []
        assert await kitchen.locator("html").get_attribute("data-look") == {"light": "bright", "dark": "dark"}[scheme]


async def test_a_bump_moves_only_the_tickets_after_it_and_quickly(
    screens: Screens, tickets: Tickets, staff: Staff, station: Station
) -> None:
    ids = await tickets.show(8)
    for motion in ("no-preference", "reduce"):
        kitchen = await screens.kitchen(station.id, reduced_motion=motion)
        await expect(ticket(kitchen, ids[7])).to_have_count(1)
        before = {one["id"]: (one["left"], one["top"]) for one in await standing(kitchen)}
        slide = await ticket(kitchen, ids[7]).evaluate("(node) => getComputedStyle(node).transitionDuration")
        assert slide == {"no-preference": "0.18s", "reduce": "0s"}[motion]
        seq = await staff.change(ids[4], status="PICKED_UP")
        await staff.announce(f"station.{station.id}", ids[4], "order_completed", seq)
        await expect(ticket(kitchen, ids[4])).to_have_count(0)

        async def has_closed(kitchen: Page = kitchen, before: Any = before) -> bool:
            now = {one["id"]: (one["left"], one["top"]) for one in await standing(kitchen)}
            return bool(now[ids[5]] == before[ids[4]])

        await eventually(has_closed, "the gap did not close")
        now = {one["id"]: (one["left"], one["top"]) for one in await standing(kitchen)}
        assert [now[order_id] for order_id in ids[:4]] == [before[order_id] for order_id in ids[:4]]
        await staff.change(ids[4], status="ACCEPTED")


async def test_a_line_says_how_many_what_of_it_and_what_without(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    (order_id,) = await tickets.show(1)
    item = (await tickets.read(order_id))["items"][0]
    option = {"id": "o1", "priceCents": 0}
    plain = {**item, "notes": "", "variants": [], "modifiers": [], "name": "Flat white", "staffName": "Flat white"}
    groups = [
        {"id": "m1", "name": "Milk", "options": [{**option, "name": "Oat"}]},
        {"id": "m2", "name": "Extras", "options": [{**option, "name": "No foam"}, {**option, "name": "Normal cup"}]},
        {"id": "m3", "name": "Quitar", "options": [{**option, "name": "Cebolla"}]},
    ]
    units = [{**plain, "id": f"twice{number}", "modifiers": groups, "notes": "extra hot"} for number in (1, 2)]
    await tickets.change(order_id, items=[*units, {**plain, "id": "once"}])
    kitchen = await screens.kitchen(station.id)
    lines = ticket(kitchen, order_id).locator(".line")
    await expect(lines).to_have_count(2)
    two, one = lines.nth(0), lines.nth(1)
    await expect(two.locator(".name")).to_have_text(re.compile(r"^2×\s*Flat white"))
    await expect(two.locator(".choice")).to_have_text(["Milk: Oat", "NO foam", "Extras: Normal cup", "NO Cebolla"])
    await expect(two.locator(".removal strong")).to_have_text(["NO", "NO"])
    sizes = [
        await shown.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)")
        for shown in (two.locator(".many"), one.locator(".one"), two.locator(".choice").first)
    ]
    assert sizes[0] > sizes[1] > sizes[2], "how many is larger when there are more; choices are smaller than the dish"
    assert await two.locator(".name").evaluate("(node) => getComputedStyle(node).fontWeight") == "700"
    assert await two.locator(".note").evaluate("(node) => getComputedStyle(node, '::before').content") == "open-quote"
    indents = [
        (await shown.bounding_box() or {})["x"] for shown in (two.locator(".name"), two.locator(".choice").first)
    ]
    assert indents[0] < indents[1]


async def test_targets_are_large_and_lie_apart(screens: Screens, tickets: Tickets, station: Station) -> None:
    ids = await tickets.show(9)
    for size in (WALL, TABLET, PHONE):
        kitchen = await screens.kitchen(station.id, size=size)
        await expect(ticket(kitchen, ids[0])).to_be_visible()
        found = await kitchen.locator("button:visible").evaluate_all(
            """(nodes) => nodes.map((node) => {
                const { width, height } = node.getBoundingClientRect();
                return { name: node.textContent, width, height, loses: node.matches('.bump, .danger, #undo') };
            })"""
        )
        assert [one for one in found if min(one["width"], one["height"]) < (64 if one["loses"] else 48)] == []
    # The foot is one target, as wide as the ticket.
    wide = await ticket(kitchen, ids[0]).evaluate(
        "(node) => node.clientWidth - node.querySelector('.bump').clientWidth"
    )
    assert wide == 0


async def test_a_new_order_flashes_until_somebody_touches_it(
    screens: Screens, tickets: Tickets, diner: Diner, station: Station
) -> None:
    (before,) = await tickets.show(1)
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, before)).to_have_count(1)
    is_new = re.compile(r"\bnew\b")
    order_id = await diner.order(tag=station.tag)
    shown = ticket(kitchen, order_id)
    await expect(shown).to_have_class(is_new)
    await expect(shown.locator(".fresh-mark")).to_be_visible()
    await expect(ticket(kitchen, before)).not_to_have_class(is_new)
    await shown.locator(".summary").click(position={"x": 5, "y": 5})
    await expect(shown).not_to_have_class(is_new)


async def test_all_day_counts_what_is_to_be_made_and_lights_its_tickets(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    ids = await tickets.show(3)
    item = (await tickets.read(ids[0]))["items"][0] | {"variants": [], "modifiers": [], "completedAt": None}
    latte = {**item, "name": "Latte", "staffName": "Latte"}
    oat = [{"id": "m", "name": "Milk", "options": [{"id": "o", "name": "Oat", "priceCents": 0}]}]
    done = {"completedAt": datetime.now(UTC)}
    await tickets.change(ids[0], items=[{**latte, "id": "a"}, {**latte, "id": "b"}, {**latte, "id": "c", **done}])
    await tickets.change(ids[1], items=[{**latte, "id": "d", "modifiers": oat}])
    await tickets.change(ids[2], items=[{**latte, "id": "e"}])
    kitchen = await screens.kitchen(station.id)
    await expect(ticket(kitchen, ids[2])).to_have_count(1)
    button = kitchen.get_by_role("button", name="All day")
    await button.click()
    totals = kitchen.locator("#totals button")
    await expect(totals).to_have_text([re.compile(r"^3\s*Latte$"), re.compile(r"^1\s*Latte\s*Oat$")])
    await totals.first.click()
    is_lit = re.compile(r"\blit\b")
    for order_id, lit in zip(ids, (True, False, True), strict=True):
        shown = expect(ticket(kitchen, order_id))
        await (shown.to_have_class(is_lit) if lit else shown.not_to_have_class(is_lit))
    await button.click()
    await expect(kitchen.locator("#all-day")).to_be_hidden()
    await expect(kitchen.locator(".ticket.lit")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "word", "bump", "late"),
    [("en", "All day", "Bump", "LATE"), ("es", "Totales", "Listo", "TARDE"), ("pt", "Totais", "Pronto", "ATRASADO")],
)
async def test_the_screen_speaks_the_language_that_was_asked_for(
    screens: Screens, tickets: Tickets, station: Station, language: str, word: str, bump: str, late: str
) -> None:
    (order_id,) = await tickets.show(1, minutes=[30])
    kitchen = await screens.kitchen(station.id, language=language)
    await expect(kitchen.locator('[data-deed="allDay"]')).to_have_text(word)
    await expect(ticket(kitchen, order_id).locator(".deed")).to_have_text(bump)
    await expect(ticket(kitchen, order_id).locator(".step")).to_have_text(late)
    assert await kitchen.locator("html").get_attribute("lang") == language


async def test_bright_and_dark_are_chosen_on_the_device_and_kept(screens: Screens, station: Station) -> None:
    kitchen = await screens.kitchen(station.id)
    html = kitchen.locator("html")
    await expect(html).to_have_attribute("data-look", "bright")
    await kitchen.get_by_role("button", name="Menu").click()
    await kitchen.get_by_role("button", name="Dark").click()
    await expect(html).to_have_attribute("data-look", "dark")
    await kitchen.reload()
    await expect(html).to_have_attribute("data-look", "dark")


LOOKS = {
    1: [("wall", "light")],
    4: [("wall", "light"), ("tablet", "light"), ("phone", "light")],
    8: [("wall", "dark"), ("tablet", "dark"), ("phone", "dark")],
    20: [("wall", "light")],
    23: [("wall", "dark"), ("tablet", "light")],
}
SIZES = {"wall": WALL, "tablet": TABLET, "phone": PHONE}


async def test_pictures_for_the_docs(screens: Screens, tickets: Tickets, station: Station, tmp_path: Path) -> None:
    """With ORDERBUDDY_SCREENSHOT=1 they are those of docs/kitchen.md."""
    folder = PICTURES if os.environ.get("ORDERBUDDY_SCREENSHOT") == "1" else tmp_path
    folder.mkdir(exist_ok=True)
    for count, looks in LOOKS.items():
        ids = await tickets.show(count, minutes=[(count - number) * 11 / max(count, 4) for number in range(count)])
        await tickets.garnish(ids)
        for size, scheme in looks:
            kitchen = await screens.kitchen(station.id, size=SIZES[size], color_scheme=scheme)
            await expect(ticket(kitchen, ids[-1])).to_have_count(1)
            await kitchen.locator("#sound").click()
            await kitchen.mouse.move(0, 0)
            await take(kitchen, folder / f"{size}-{count}.png")
            await kitchen.context.close()


async def test_a_ticket_below_the_edge_of_the_lane_is_not_told_as_drawn(
    screens: Screens, tickets: Tickets, station: Station
) -> None:
    ids = await tickets.show(8)
    for order_id in ids:
        items = [{**item, "stationTags": ["nowhere"]} for item in (await tickets.read(order_id))["items"]]
        await tickets.change(order_id, items=items, routing=[], unrouted=[item["id"] for item in items])
    kitchen = await screens.kitchen(station.id)
    shown = kitchen.locator("#lane [data-order-id]")
    await expect(shown).to_have_count(8)
    top = await shown.nth(3).evaluate("(node) => node.getBoundingClientRect().top")
    address = kitchen.url
    await kitchen.goto("about:blank")
    # The fourth ticket begins behind the lower bar.
    await kitchen.set_viewport_size({"width": 1920, "height": round(top) + 55})

    def tells(request: Request) -> bool:
        return request.url.endswith("/seen") and bool(request.post_data_json["drawn"])

    async with kitchen.expect_request(tells) as told:
        await kitchen.goto(address)
    assert [one["orderId"] for one in (await told.value).post_data_json["drawn"]] == ids[:3]
