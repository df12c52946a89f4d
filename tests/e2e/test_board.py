"""A day on the staff's board: sign in by the code of the console, and work orders; the diner's page follows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx
import pymongo
import pytest
from playwright.async_api import Locator, Page, Route, expect

from local.console import demo_order
from tests.e2e.diners import cart_of
from tests.e2e.listeners import Listener
from tests.e2e.screens import PHONE, Screens
from tests.e2e.truth import Truth
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser

OWNER, MANAGER, KITCHEN = "owner@demo.example", "manager@demo.example", "kitchen@demo.example"


async def code_for(stack: Stack, address: str) -> str:
    """The newest code that was sent to an address, as the console shows it."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        people = (await http.get(f"{stack.console_url}/api/people")).raise_for_status().json()
    return next((str(one["code"]) for one in people if one["address"] == address and one.get("code")), "")


async def sign_in(stack: Stack, page: Page, address: str) -> None:
    await page.fill("#contact", address)
    await page.click("#ask button[type=submit]")
    await expect(page.locator("#enter")).to_be_visible()
    code = await eventually(lambda: code_for(stack, address), "no code came")
    await page.fill("#code", code)
    await page.click("#enter button[type=submit]")


async def at_the_place(stack: Stack, page: Page, address: str, name: str) -> None:
    """Sign in, and go to a location."""
    await sign_in(stack, page, address)
    await page.locator("#places button", has_text=name).click()
    await expect(page.locator("#line")).to_have_text("Live")


def on(page: Page, order_id: str, lane: str) -> Locator:
    """An order's card in a lane of the board."""
    return page.locator(f'#{lane} .ticket[data-order-id="{order_id}"]')


def deed(page: Page, order_id: str, name: str) -> Locator:
    return page.locator(f'.ticket[data-order-id="{order_id}"] [data-act="{name}"]')


async def paid_order(stack: Stack) -> str:
    """A diner pays for a basket at the location that takes payment; the order's id."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        asked = {"location": "payment", "card": "approved"}
        placed = (await http.post(f"{stack.console_url}/api/demo-order", json=asked)).raise_for_status().json()
    return str(placed["orderId"])


async def counter_order(stack: Stack) -> str:
    """Staff type in a basket that is to be paid at the counter; the order's id."""
    place = stack.demo["payment"]
    here = {"restaurantId": place["restaurantId"], "locationId": place["locationId"]}
    async with httpx.AsyncClient(
        timeout=PATIENCE_SECONDS, trust_env=False, headers={"authorization": f"Bearer {stack.token()}"}
    ) as http:
        menus = f"{stack.api_url}/restaurant/restaurants/{here['restaurantId']}/locations/{here['locationId']}/menus"
        menu = (await http.get(f"{menus}/{place['menuId']}")).raise_for_status().json()["data"]
        cart = {
            **here,
            "locationSlug": place["locationSlug"],
            "origin": {"id": "", "name": "pos"},
            "customer": {"name": "Kim", "phone": ""},
            "items": demo_order.basket(menu),
            "getSms": False,
        }
        placed = await http.post(f"{stack.api_url}/menu-app/restaurant/order", json=cart)
    assert placed.status_code == 201, placed.text
    return str(placed.json())


async def unpaid_order(stack: Stack, name: str = "Ann", note: str = "") -> str:
    """A guest orders at the location that takes no payment; the order's id."""
    place = stack.demo["open"]
    async with httpx.AsyncClient(base_url=f"{stack.api_url}/", timeout=PATIENCE_SECONDS, trust_env=False) as http:
        menus = f"order-app/restaurants/{place['restaurantId']}/locations/{place['locationId']}/menus"
        menu = (await http.get(f"{menus}/{place['menuId']}")).raise_for_status().json()["data"]
        lines = [{**line, "notes": note} for line in demo_order.basket(menu)]
        priced = await http.post("order-app/cart/preview-order", json=cart_of(place, lines, name=name))
        claim = {"previewOrderId": priced.raise_for_status().json()["data"]["previewOrderId"]}
        placed = await http.post("payments/place-order-without-payment", json=claim)
    return str(placed.raise_for_status().json()["orderId"])


@pytest.fixture
def accepted_by_hand(stack: Stack) -> Iterator[None]:
    """The locations accept no order by themselves."""
    with pymongo.MongoClient[dict[str, object]](stack.mongo_uri) as client:
        locations = client[stack.db_name]["locations"]
        locations.update_many({}, {"$set": {"autoAcceptOrder": False}})
        yield
        locations.update_many({}, {"$set": {"autoAcceptOrder": True}})


@pytest.mark.usefixtures("accepted_by_hand")
async def test_a_day_on_the_board(screens: Screens, stack: Stack, truth: Truth) -> None:
    board = await screens.board()
    await at_the_place(stack, board, OWNER, "South Austin")
    order_id = await paid_order(stack)
    await expect(on(board, order_id, "new")).to_be_visible()
    diner = await screens.status(order_id, "payment")
    await expect(diner.locator("#headline")).to_have_text("Order placed")

    await deed(board, order_id, "accept").click()
    await expect(on(board, order_id, "making")).to_be_visible()
    await expect(diner.locator("#headline")).to_have_text("Being made")

    # A second board, on a phone, of somebody who may less: it follows, and has no button for money.
    phone = await screens.board(PHONE)
    await at_the_place(stack, phone, KITCHEN, "South Austin")
    await expect(on(phone, order_id, "making")).to_be_visible()
    assert await deed(phone, order_id, "refund").count() == 0

    await deed(phone, order_id, "ready").click()
    await expect(on(board, order_id, "ready")).to_be_visible()
    await deed(board, order_id, "done").click()
    await expect(diner.locator("#headline")).to_have_text("Picked up")

    await board.locator("#over-box summary").click()
    await deed(board, order_id, "refund").click()
    await board.locator("#dialog-body input[type=checkbox]").first.check()
    await board.fill("#dialog-body input[name=reason]", "Cold")
    await board.click("#dialog-do")
    await expect(board.locator("#dialog")).not_to_be_visible()
    await expect(on(board, order_id, "over")).to_contain_text("given back")
    await expect(diner.locator("#amounts")).to_contain_text("Refunded")


@pytest.mark.usefixtures("accepted_by_hand")
async def test_what_a_manager_does_beside_the_orders(screens: Screens, stack: Stack, truth: Truth) -> None:
    board = await screens.board()
    await at_the_place(stack, board, MANAGER, "South Austin")
    order_id = await paid_order(stack)
    await deed(board, order_id, "reject").click()
    await board.fill("#dialog-body input[name=reason]", "Closing early")
    await board.click("#dialog-do")
    await board.locator("#over-box summary").click()
    await expect(on(board, order_id, "over")).to_contain_text("Rejected")
    diner = await screens.status(order_id, "payment")
    await expect(diner.locator("#headline")).to_have_text("Not accepted")

    at_counter = await counter_order(stack)
    await expect(on(board, at_counter, "new")).to_contain_text("Not paid yet")
    await deed(board, at_counter, "pay").click()
    await board.click("#dialog-do")
    await expect(on(board, at_counter, "new")).to_contain_text("Paid in cash")

    await board.click("#pace")
    await board.get_by_role("button", name="15 minutes", exact=True).click()
    await expect(board.locator("#paused")).to_contain_text("No orders until")
    await board.click("#pace")
    await board.get_by_role("button", name="Take orders again").click()
    await expect(board.locator("#paused")).not_to_be_visible()

    await board.click("#sold-out")
    dish = board.locator("#dialog-body .check").first
    await dish.locator("input").check()
    await expect(dish.locator("input")).to_be_enabled()
    await dish.locator("input").uncheck()
    await expect(dish.locator("input")).to_be_enabled()
    await board.click("#dialog-cancel")


async def test_what_a_guest_has_not_paid_is_paid_at_the_board_before_it_is_given_back(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    board = await screens.board()
    await at_the_place(stack, board, MANAGER, "Capitol Hill")
    order_id = await unpaid_order(stack)
    await expect(on(board, order_id, "making")).to_contain_text("Not paid yet")
    await expect(deed(board, order_id, "refund")).to_have_count(0)
    await deed(board, order_id, "cancel").click()
    await expect(board.locator("#dialog-body")).to_contain_text("Nothing was paid.")
    await board.click("#dialog-cancel")
    await deed(board, order_id, "pay").click()
    await board.click("#dialog-do")
    await expect(on(board, order_id, "making")).to_contain_text("Paid in cash")

    # Who ticks nothing is asked to, and nothing is sent.
    await deed(board, order_id, "refund").click()
    await board.fill("#dialog-body input[name=reason]", "Cold")
    await board.click("#dialog-do")
    choice = board.locator("#refund-all")
    assert await choice.evaluate("(box) => box.validationMessage") == "Choose a dish, or all that is left."
    await choice.check()
    await board.click("#dialog-do")
    await expect(on(board, order_id, "making")).to_contain_text("given back")
    await expect(deed(board, order_id, "refund")).to_have_count(0)


@pytest.mark.long
async def test_who_chooses_otherwise_after_an_answer_was_lost_is_told_to_look_first(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    board = await screens.board()
    await at_the_place(stack, board, MANAGER, "South Austin")
    order_id = await paid_order(stack)
    await deed(board, order_id, "refund").click()
    await board.locator("#dialog-body fieldset input").first.check()
    await board.fill("#dialog-body input[name=reason]", "Cold")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await board.route("**/refunds", lose, times=1)
    await board.click("#dialog-do")
    await expect(board.locator("#dialog-error")).to_contain_text("did not answer")
    await expect(on(board, order_id, "making")).to_contain_text("given back")
    await board.locator("#refund-all").check()
    await board.click("#dialog-do")
    await expect(board.locator("#dialog-error")).to_contain_text("look at the order first")


@pytest.mark.long
async def test_a_guests_word_without_an_end_pushes_nothing_off_a_screen(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    phone = await screens.board(PHONE)
    await at_the_place(stack, phone, MANAGER, "Capitol Hill")
    order_id = await unpaid_order(stack, name="A" * 200, note="W" * 500)
    await expect(on(phone, order_id, "making")).to_be_visible()
    kitchens, diner = await screens.kitchens(), await screens.status(order_id)
    await expect(diner.locator("#headline")).to_have_text("Being made")
    for page in (phone, *kitchens, diner):
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await deed(phone, order_id, "cancel").click()
    assert await phone.locator("#dialog").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0


async def test_who_is_invited_opens_the_link_signs_in_and_is_one_of_them(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    place = stack.demo["open"]
    address = f"new-{secrets.token_hex(4)}@example.com"
    invited = {"address": address, "role": "kitchen", "locationIds": [place["locationId"]]}
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        made = await http.post(
            f"{stack.api_url}/restaurant/{place['restaurantId']}/people/invitations",
            json=invited,
            headers={"authorization": f"Bearer {stack.token()}"},
        )
    link = made.raise_for_status().json()["data"]["link"]
    board = await screens.opened(link)
    await expect(board.locator("#sign-in")).to_be_visible()
    await sign_in(stack, board, address)
    await expect(board.locator("#location")).to_have_text("Capitol Hill")
    await expect(board.locator("#line")).to_have_text("Live")


@pytest.mark.long
async def test_a_wrong_code_says_so_and_signing_out_ends_it(screens: Screens, stack: Stack, truth: Truth) -> None:
    board = await screens.board()
    await board.fill("#contact", "0815")
    await board.click("#ask button[type=submit]")
    await expect(board.locator("#sign-in-error")).to_contain_text("no mobile number with its country")
    await board.fill("#contact", MANAGER)
    await board.click("#ask button[type=submit]")
    await board.fill("#code", "000000")
    await board.click("#enter button[type=submit]")
    await expect(board.locator("#sign-in-error")).to_contain_text("That is not the code")
    await board.click("#other")
    await at_the_place(stack, board, MANAGER, "Capitol Hill")
    await board.reload()
    await expect(board.locator("#line")).to_have_text("Live")
    await board.click("#leave")
    await expect(board.locator("#sign-in")).to_be_visible()
    await board.reload()
    await expect(board.locator("#sign-in")).to_be_visible()


@pytest.mark.long
@pytest.mark.usefixtures("accepted_by_hand")
async def test_two_boards_and_a_paired_screen_follow_each_other_until_the_screen_is_revoked(
    screens: Screens, stack: Stack, truth: Truth
) -> None:
    place = stack.demo["payment"]
    here = {"restaurantId": place["restaurantId"], "locationId": place["locationId"]}
    first, second = await screens.board(), await screens.board(PHONE)
    await at_the_place(stack, first, OWNER, "South Austin")
    await at_the_place(stack, second, MANAGER, "South Austin")
    boards = first, second

    async def lies(order_id: str, lane: str, seq: int) -> None:
        """Each board shows the order in this lane, and the screen heard of it."""
        for board in boards:
            await expect(on(board, order_id, lane)).to_be_visible()
        await screen.hears({order_id}, seq)

    async with httpx.AsyncClient(base_url=f"{stack.api_url}/", timeout=PATIENCE_SECONDS, trust_env=False) as http:
        owner = {"authorization": f"Bearer {stack.token()}"}
        wanted = {**here, "name": "Pass", "role": "expo", "stationIds": []}
        pairing = (await http.post("devices", json=wanted, headers=owner)).raise_for_status().json()["data"]
        claimed = await http.post("devices/claim", json={"code": pairing["code"], "model": "wall", "appVersion": "1"})
        token = claimed.raise_for_status().json()["data"]["token"]
        device = {"authorization": f"Device {token}"}
        today = f"restaurant/orders/today/{here['restaurantId']}/{here['locationId']}"

        async with Listener(stack.api_url, {"kind": "location", **here}, token, scheme="Device") as screen:
            order_id = await paid_order(stack)
            await lies(order_id, "new", 1)
            await deed(first, order_id, "accept").click()
            await lies(order_id, "making", 2)
            ready = {"orderId": order_id, "orderStatus": "READY_FOR_PICKUP"}
            assert (await http.post("restaurant/order-status", json=ready, headers=device)).json() is True
            await lies(order_id, "ready", 3)
            await deed(second, order_id, "recall").click()
            await lies(order_id, "making", 4)
            [shown] = [one for one in (await http.get(today, headers=device)).json() if one["_id"] == order_id]
            assert (shown["status"], shown["seq"]) == ("ACCEPTED", 4)

            revoked = f"devices/{here['restaurantId']}/{here['locationId']}/{pairing['deviceId']}"
            assert (await http.delete(revoked, headers=owner)).status_code == 200
            await screen.is_cut_off()
            assert (await http.get(today, headers=device)).status_code == 401
            following = await paid_order(stack)
            for board in boards:
                await expect(on(board, following, "new")).to_be_visible()
            await deed(second, order_id, "ready").click()
            await expect(on(first, order_id, "ready")).to_be_visible()
            assert following not in {message["orderId"] for message in screen.came}
            assert max(message["seq"] for message in screen.came) == 4
