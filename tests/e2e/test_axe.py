"""No page keeps people out: axe-core finds nothing wrong in any state of any page."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import expect

from tests import npm
from tests.e2e.accessibility import SOURCES, Axe
from tests.e2e.kitchen_tickets import Tickets
from tests.e2e.network.flaky import FlakyNetwork
from tests.e2e.order_pages import APPROVED, DECLINED, choose, enter_card, to_checkout
from tests.e2e.pairing import kitchen_address
from tests.e2e.screens import PHONE, Diner, Screens, Staff, Station, ticket
from tests.e2e.status_states import ORDERS, SAID
from tests.e2e.test_board import OWNER, code_for, deed, on, paid_order
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

UNFOLD = "document.querySelectorAll('#dialog-body details').forEach((folded) => { folded.open = true; })"


@pytest.fixture(scope="module")
def axe_script(request: pytest.FixtureRequest) -> str:
    folder = npm.installed(SOURCES, request.config)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def axe(axe_script: str) -> Axe:
    return Axe(axe_script)


@pytest.fixture
def between(network: FlakyNetwork) -> FlakyNetwork:
    return network


async def test_the_board(screens: Screens, stack: Stack, network: FlakyNetwork, axe: Axe) -> None:
    board = await screens.board()
    await expect(board.locator("#ask")).to_be_visible()
    await axe.look(board, "signed out")
    await board.fill("#contact", OWNER)
    await board.click("#ask button[type=submit]")
    await expect(board.locator("#enter")).to_be_visible()
    await board.fill("#code", "12345")
    await board.click("#enter button[type=submit]")
    await expect(board.locator("#sign-in-error")).to_be_visible()
    await axe.look(board, "a wrong code")
    await board.fill("#code", await eventually(lambda: code_for(stack, OWNER), "no code came"))
    await board.click("#enter button[type=submit]")
    await expect(board.locator("#places button").first).to_be_visible()
    await axe.look(board, "where do you work")

    await board.locator("#places button", has_text="South Austin").click()
    await expect(board.locator("#line")).to_have_text("Live")
    order_id = await paid_order(stack)
    await expect(on(board, order_id, "making")).to_be_visible()
    await axe.look(board, "an order")
    for name in ("refund", "cancel"):
        await deed(board, order_id, name).click()
        await axe.look(board, name)
        await board.click("#dialog-cancel")
    for name in ("pace", "sold-out", "settings", "attention"):
        await board.click(f"#{name}")
        await expect(board.locator("#dialog")).to_be_visible()
        await expect(board.locator("#dialog-body")).not_to_contain_text("Reading")
        await board.evaluate(UNFOLD)
        await axe.look(board, name)
        await board.click("#dialog-cancel")
    await board.click("#pace")
    await board.get_by_role("button", name="15 minutes", exact=True).click()
    await expect(board.locator("#paused")).to_be_visible()
    await axe.look(board, "paused")
    await board.click("#pace")
    await board.get_by_role("button", name="Take orders again").click()
    await expect(board.locator("#paused")).to_be_hidden()

    await deed(board, order_id, "ready").click()
    await deed(board, order_id, "done").click()
    await board.locator("#over-box summary").click()
    await expect(on(board, order_id, "over")).to_be_visible()
    await axe.look(board, "an order that is done")
    await board.click("#today-button")
    await expect(board.locator("#today [data-figure]").first).to_be_visible()
    await axe.look(board, "today")
    await board.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await axe.look(board, "today, on a phone")
    await board.click("#today-button")
    network.cut()
    await expect(board.locator("#banner")).to_contain_text("Offline for")
    await axe.look(board, "offline, on a phone")
    assert not axe.found, "\n".join(axe.found)


async def test_the_start_page(screens: Screens, axe: Axe) -> None:
    start = await screens.start_page()
    await expect(start.locator("#health")).to_have_text("All 5 parts are up")
    await axe.look(start, "as it opens", dark=False)
    await start.get_by_role("button", name="Place a demo order").click()
    await expect(start.locator("#placed-status")).to_be_visible()
    await expect(start.locator("#orders tr").first).to_be_visible()
    await axe.look(start, "an order was placed", dark=False)
    assert not axe.found, "\n".join(axe.found)


CONSOLE = ("requests", "texts", "mails", "pushes", "faults", "clock", "emulation")


async def test_the_pages_of_the_console(screens: Screens, stack: Stack, axe: Axe) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        await http.post(f"{stack.console_url}/api/demo-order", json={"location": "open"})
    for name in CONSOLE:
        page = await screens.opened(f"{stack.console_url}/start/{name}.html")
        await expect(page.locator("#pages a").first).to_be_visible()
        await axe.look(page, name)
    page = await screens.opened(f"{stack.console_url}/start/mails.html")
    await page.locator("#what").select_option("templates")
    await page.locator("#mails button", has_text="summary, es").click()
    await expect(page.frame_locator("#page").get_by_role("heading")).to_be_visible()
    await axe.look(page, "a template", dark=False)
    assert not axe.found, "\n".join(axe.found)


async def test_the_page_of_the_timeline(screens: Screens, stack: Stack, axe: Axe) -> None:
    page = await screens.opened(f"{stack.console_url}/start/timeline.html")
    await axe.look(page, "as it opens")
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        placed = (await http.post(f"{stack.console_url}/api/demo-order", json={"location": "open"})).json()
    await page.goto(f"{page.url}?order={placed['orderId']}")
    await page.locator('#rows tr[data-kind="request"] button').first.click()
    await expect(page.locator("#detail")).to_be_visible()
    await expect(page.locator("#workflow")).to_be_visible()
    await axe.look(page, "a body opened")
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await axe.look(page, "a body opened, on a phone")
    assert not axe.found, "\n".join(axe.found)


async def test_the_diners_page(
    screens: Screens, network: FlakyNetwork, diner: Diner, staff: Staff, station: Station, axe: Axe
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=2, note="No nuts, please")
    page = await screens.status(order_id)
    for state, fields in ORDERS.items():
        await staff.change(order_id, **{"waitingAt": None, "refundedCents": 0, **fields})
        await page.reload()
        await expect(page.locator("#headline")).to_have_text(SAID["en"][state][0])
        await axe.look(page, state)
    await staff.change(order_id, status="CREATED", refundedCents=0)
    await page.reload()
    await page.click("#cancel")
    await axe.look(page, "asked whether to cancel")
    network.cut()
    await expect(page.locator("#banner")).to_be_visible()
    await axe.look(page, "offline")
    network.heal()
    for state, page in (
        ("not placed yet", await screens.status(await diner.preview(tag=station.tag))),
        ("unknown", await screens.status("f" * 24)),
    ):
        await expect(page.locator("#headline")).not_to_have_text("Looking for your order")
        await axe.look(page, state)
    assert not axe.found, "\n".join(axe.found)


async def test_the_pages_of_ordering(screens: Screens, network: FlakyNetwork, axe: Axe) -> None:
    page = await screens.scanned("payment")
    await expect(page.locator("#menu")).not_to_have_attribute("aria-busy", "true")
    await axe.look(page, "the menu")
    await page.locator(".dish").first.click()
    await axe.look(page, "a dish")
    await page.keyboard.press("Escape")
    await choose(page, "Street corn")
    await page.locator("#open-cart").click()
    await axe.look(page, "the cart")
    await page.keyboard.press("Escape")
    await to_checkout(page)
    await expect(page.locator("#card-number iframe")).to_be_visible()
    await axe.look(page, "the card")
    await enter_card(page, DECLINED)
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_be_visible()
    await axe.look(page, "the card was declined")
    await enter_card(page, APPROVED)
    network.cut()
    await page.locator("#go").click()
    await expect(page.locator("#trouble")).to_contain_text("No connection")
    await axe.look(page, "without a network")
    assert not axe.found, "\n".join(axe.found)


async def test_the_kitchen(
    screens: Screens, stack: Stack, network: FlakyNetwork, station: Station, tickets: Tickets, axe: Axe
) -> None:
    pairing = await screens.opened(kitchen_address(stack))
    await expect(pairing.locator("form")).to_be_visible()
    await axe.look(pairing, "the form of pairing")
    await tickets.show(0)
    kitchen = await screens.kitchen(station.id)
    await expect(kitchen.locator("#empty")).to_be_visible()
    await axe.look(kitchen, "no tickets")
    for count in (1, 20):
        ids = await tickets.show(count)
        await tickets.garnish(ids)
        await kitchen.reload()
        await expect(kitchen.locator("#board .ticket[data-order-id]")).to_have_count(count)
        await axe.look(kitchen, f"{count} tickets")
    await kitchen.click('[data-deed="allDay"]')
    await axe.look(kitchen, "all day")
    for panel in ("recallList", "pace", "menu"):
        await kitchen.click(f'[data-deed="{panel}"]')
        await expect(kitchen.locator("#panel-body > *").first).to_be_visible()
        await axe.look(kitchen, panel)
        await kitchen.click('[data-deed="closePanel"]')
    await ticket(kitchen, ids[0]).locator('[data-deed="open"]').first.click()
    await axe.look(kitchen, "an order")
    await kitchen.click('[data-deed="closePanel"]')
    await ticket(kitchen, ids[0]).locator('[data-deed="bump"]').dblclick()
    await expect(kitchen.locator("#undo-bar")).to_be_visible()
    await axe.look(kitchen, "a bump that can be undone")
    network.cut()
    await expect(kitchen.locator("#banner")).to_be_visible()
    await axe.look(kitchen, "offline")
    network.heal()
    await axe.look(await screens.kitchen("expo"), "expo")
    keys = await screens.opened(f"{stack.console_url}/kitchen/keys.html")
    await expect(keys.get_by_role("heading", level=1)).to_be_visible()
    await axe.look(keys, "the keys")
    assert not axe.found, "\n".join(axe.found)


async def test_what_is_wrong_is_found(screens: Screens, axe: Axe) -> None:
    start = await screens.start_page()
    await start.evaluate(
        """() => {
            const faint = document.createElement('p');
            faint.textContent = 'Hardly anybody can read this';
            faint.style.color = 'silver';
            document.querySelector('main').append(document.createElement('button'), faint);
        }"""
    )
    await axe.look(start, "spoilt", dark=False)
    assert {violation.partition(" (")[0] for violation in axe.found} == {
        "spoilt: button-name",
        "spoilt: color-contrast",
    }
