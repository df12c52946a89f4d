"""The diner's status page in a real browser, on the real stack: every state in every language, old and small phones,
the night, and the network that goes away."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient
from bson import ObjectId
from playwright.async_api import Page, Route, expect

from local.supervisor.options import PROJECT
from shared.domain import decline_texts
from shared.domain.announcements import order_group
from shared.errors import CANNOT_CANCEL, ORDER_NOT_PLACED_YET, PAYMENT_RETURNED
from shared.services.ordering.giving_up import NOTHING_CHARGED
from tests.e2e.screens import Diner, Screens, Staff, Station, first_station
from tests.e2e.status_states import CHECKOUTS, ORDERS, SAID
from tests.e2e.test_board import paid_order
from tests.e2e.test_screens import WHERE_TEXTS_STAND
from tests.npm import installed
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "es", "pt")
CLASSIC = ("words.js", "speech.js", "nodes.js", "bill.js", "draw.js", "status.js")
"""What any phone loads; what else there is are modules."""

PICTURES = {"ready": "status-ready.png", "making": "status-making.png", "night": "status-night.png"}

AS_IN_2014 = """
    for (const name of ['fetch', 'Promise', 'Map', 'Set', 'WeakMap', 'Symbol', 'Proxy', 'Reflect', 'URL',
                        'URLSearchParams', 'AbortController', 'AbortSignal']) delete window[name];
    for (const name of ['append', 'prepend', 'replaceChildren', 'replaceWith', 'remove', 'closest', 'matches', 'before',
                        'after', 'toggleAttribute']) delete Element.prototype[name];
    for (const name of ['includes', 'find', 'findIndex', 'fill', 'flat', 'flatMap', 'at', 'entries', 'keys', 'values'])
        delete Array.prototype[name];
    for (const name of ['includes', 'startsWith', 'endsWith', 'repeat', 'padStart', 'padEnd', 'replaceAll', 'at',
                        'matchAll']) delete String.prototype[name];
    for (const name of ['assign', 'entries', 'values', 'fromEntries', 'hasOwn']) delete Object[name];
    for (const name of ['from', 'of']) delete Array[name];
    delete NodeList.prototype.forEach;
    delete Navigator.prototype.languages;
"""
"""Takes away what came after ECMAScript 5. What the browser itself needs of it, it keeps."""

OVERFLOWING = """() => [...document.querySelectorAll('body *')]
    .filter((node) => node.getClientRects().length && node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.id || node.className || node.tagName)"""

DIM = """() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const [red, green, blue] = parts(colour).slice(0, 3).map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (node) => {
        const { backgroundColor } = getComputedStyle(node);
        return (parts(backgroundColor)[3] ?? 1) > 0 ? backgroundColor : ground(node.parentElement);
    };
    const seen = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.getClientRects().length) continue;
        const [dark, bright] = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => a - b);
        const contrast = (bright + 0.05) / (dark + 0.05);
        seen.push([walker.currentNode.data, contrast]);
    }
    return { shown: seen.length, dim: seen.filter(([, contrast]) => contrast < 4.5) };
}"""
"""The texts whose contrast with their ground is below 4.5 to 1 (WCAG 1.4.3)."""


@pytest.fixture
async def diner(stack: Stack) -> AsyncIterator[Diner]:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield Diner(http, stack)


@pytest.fixture
async def staff(stack: Stack) -> AsyncIterator[Staff]:
    settings = stack.settings()
    live = WebPubSubServiceClient.from_connection_string(
        settings["WEB_PUBSUB_CONNECTION_STRING"], hub=settings["WEB_PUBSUB_HUB"]
    )
    async with live, pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        yield Staff(client[stack.db_name].orders, live)


@pytest.fixture
async def station(stack: Stack) -> Station:
    return await first_station(stack)


@pytest.fixture
async def kitchen(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the restaurant, who calls the routes."""
    async with httpx.AsyncClient(
        base_url=f"{stack.api_url}/",
        headers={"authorization": f"Bearer {stack.token()}"},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ) as http:
        yield http


async def without_modules(page: Page) -> None:
    """Load the page anew as where modules do not run."""
    await page.route("**/status/live.js", lambda route: route.abort())
    await page.reload()


async def in_language(page: Page, tag: str) -> None:
    """Load the page anew as its link asks for a language."""
    await page.goto(f"{re.sub('&lang=..', '', page.url)}&lang={tag}")


def shape(said: Any) -> Any:
    """Which keys there are and how long each list is, and of each text, which `{names}` it fills in."""
    if isinstance(said, dict):
        return {key: shape(part) for key, part in said.items()}
    return len(said) if isinstance(said, list) else sorted(re.findall(r"{\w+}", said))


async def shows(page: Page, said: tuple[str, str, str]) -> None:
    """The page says these: headline, advice, how to go on."""
    for part, text in zip(("headline", "advice", "next"), said, strict=True):
        await expect(page.locator(f"#{part}")).to_have_text(text)


# States and languages


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_state_of_an_order_in_each_language(
    screens: Screens, diner: Diner, staff: Staff, station: Station, language: str
) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    for state, fields in ORDERS.items():
        await staff.change(order_id, **{"waitingAt": None, "refundedCents": 0, **fields})
        await in_language(page, language)
        await shows(page, SAID[language][state])
        await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_state_of_a_cart_that_is_no_order_in_each_language(
    screens: Screens, stack: Stack, diner: Diner, station: Station, language: str
) -> None:
    preview_id = await diner.preview(tag=station.tag)
    page = await screens.status(preview_id)
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        checkouts = client[stack.db_name].checkouts
        # Nobody wakes it, so it stays as each state's fields say.
        found = await checkouts.find_one({"_id": ObjectId(preview_id)})
        assert found is not None
        for state, fields in CHECKOUTS.items():
            asleep = {"state": "open", "claim": None, "refusal": None, "nextWakeAt": None, **fields}
            await checkouts.update_one({"_id": found["_id"]}, {"$set": asleep, "$inc": {"version": 1}})
            await in_language(page, language)
            await shows(page, SAID[language][state])
            await expect(page.locator("#ticket")).to_be_hidden()
        await checkouts.delete_one({"_id": found["_id"]})
        await client[stack.db_name].orders_preview.delete_one({"_id": found["_id"]})
    await in_language(page, language)
    await shows(page, SAID[language]["NOT_FOUND"])


async def test_what_the_server_says_is_said_in_each_language(screens: Screens) -> None:
    page = await screens.status("f" * 24)
    words = await page.evaluate("orderPage.words")
    assert list(words) == list(LANGUAGES)
    for table in words.values():
        assert shape(table) == shape(words["en"])
    server = await page.evaluate("orderPage.serverWords")
    assert set(server) == {
        *decline_texts.SENTENCES.values(),
        decline_texts.NOT_SENT,
        decline_texts.ENTRY_INVALID,
        decline_texts.LOST,
        PAYMENT_RETURNED.message,
        NOTHING_CHARGED,
        CANNOT_CANCEL.message,
        ORDER_NOT_PLACED_YET.message,
    }
    assert all(set(said) == {"es", "pt"} for said in server.values())


@pytest.mark.parametrize("browser_language", ["es-MX", "pt-PT", "de-DE"])
async def test_the_page_speaks_as_all_pages_do(screens: Screens, browser_language: str) -> None:
    page = await screens.status("f" * 24)
    await page.context.add_init_script(
        f"Object.defineProperty(Navigator.prototype, 'languages', {{ get: () => ['{browser_language}', 'en'] }})"
    )
    for asked in ("", "&lang=pt", "&lang=xx"):
        for chosen in ("", "es", "xx"):
            await page.goto(f"{re.sub('&lang=..', '', page.url)}{asked}")
            await page.evaluate("(tag) => localStorage.setItem('ob.lang', tag)", chosen)
            await page.reload()
            mine, theirs = await page.evaluate(
                "async () => [orderPage.language(), (await import('/live/language.js')).language()]"
            )
            assert mine == theirs


async def test_a_diner_chooses_a_language_and_the_page_keeps_it(
    screens: Screens, diner: Diner, station: Station
) -> None:
    page = await screens.status(await diner.order(tag=station.tag))
    total = page.locator("#amounts .total dd")
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(total).to_have_text(re.compile(r"\$\d+\.\d\d"))
    await expect(page.locator("#steps time").first).to_have_text(re.compile(r"\d{1,2}:\d\d\s[AP]M"))

    portuguese = page.get_by_role("button", name="Português")
    await portuguese.click()
    await expect(page.locator("#headline")).to_have_text("Em preparo")
    await expect(portuguese).to_have_attribute("aria-pressed", "true")
    await expect(portuguese).to_be_focused()
    await expect(total).to_have_text(re.compile(r"US\$\s\d+,\d\d"))
    await expect(page.locator("#steps time").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(page.locator("html")).to_have_attribute("lang", "pt")
    await page.reload()
    await expect(page.locator("#steps li.current")).to_contain_text("Aceito")


async def test_times_are_the_restaurants(screens: Screens, stack: Stack, diner: Diner, station: Station) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    zone = "Pacific/Kiritimati"
    place = stack.demo["open"]
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        locations = client[stack.db_name].locations
        before = await locations.find_one_and_update(
            {"_id": ObjectId(place["locationId"])}, {"$set": {"timezone": zone}}
        )
        try:

            async def is_told() -> bool:
                await page.reload()
                await expect(page.locator("#steps time").first).to_be_visible()
                return bool(
                    await page.evaluate(
                        """(zone) => [...document.querySelectorAll('#steps time')].every((node) =>
                            node.textContent === orderPage.clock(node.dateTime, zone)
                            && node.textContent !== orderPage.clock(node.dateTime))""",
                        zone,
                    )
                )

            await eventually(is_told, "the times are not those of the location's zone", every=0.3)
        finally:
            assert before is not None
            await locations.update_one({"_id": before["_id"]}, {"$set": {"timezone": before["timezone"]}})


# What the restaurant does, followed live


async def test_the_diner_follows_dish_by_dish_through_a_recall_to_the_end(
    screens: Screens, stack: Stack, diner: Diner, station: Station, kitchen: httpx.AsyncClient, staff: Staff
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=3)
    items = [one["id"] for one in (await staff.read(order_id))["items"]]
    page = await screens.status(order_id)
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(page.locator("#progress")).to_be_hidden()
    spoken = await page.evaluate_handle(
        """() => {
            const heard = [];
            const region = document.querySelector('[aria-live]');
            const all = { subtree: true, childList: true, characterData: true };
            new MutationObserver((changes) => heard.push(...changes)).observe(region, all);
            return heard;
        }"""
    )

    async def item(item_id: str, status: str) -> None:
        body = {"orderId": order_id, "itemId": item_id, "orderItemStatus": status}
        assert (await kitchen.post("stations/order-item", json=body)).is_success

    async def goes(path: str, body: dict[str, Any]) -> None:
        answer = await kitchen.post(path, json=body)
        assert answer.is_success, answer.text

    await item(items[0], "STARTED")
    await expect(page.locator("#items .mark")).to_have_text(["Being made"])
    await item(items[0], "COMPLETED")
    await expect(page.locator("#progress")).to_have_text("1 of 3 ready")
    await expect(page.locator("#items .mark")).to_have_text(["Ready"])
    await item(items[1], "COMPLETED")
    await expect(page.locator("#progress")).to_have_text("2 of 3 ready")
    assert await page.locator("#bar").evaluate("(bar) => [bar.value, bar.max]") == [2, 3]
    assert await spoken.evaluate("(heard) => heard.length") == 0, "a screen reader hears of steps, not of each dish"

    await goes("restaurant/order-status", {"orderId": order_id, "orderStatus": "READY_FOR_PICKUP"})
    await shows(page, SAID["en"]["READY_FOR_PICKUP"])
    await expect(page.locator("#progress")).to_be_hidden()
    place = stack.demo["open"]
    await goes(f"restaurant/{place['restaurantId']}/{place['locationId']}/orders/{order_id}/recall", {})
    await shows(page, SAID["en"]["RECALLED"])
    await expect(page.locator("#steps li.current")).to_contain_text("Accepted")
    await page.reload()
    await shows(page, SAID["en"]["RECALLED"])
    for status in ("READY_FOR_PICKUP", "PICKED_UP"):
        await goes("restaurant/order-status", {"orderId": order_id, "orderStatus": status})
        await shows(page, SAID["en"][status])
    await expect(page.locator("#steps li.done")).to_have_count(4)


async def test_a_dish_that_is_given_back_is_marked_and_the_sum_is_told(
    screens: Screens, stack: Stack, kitchen: httpx.AsyncClient, staff: Staff
) -> None:
    order_id, place = await paid_order(stack), stack.demo["payment"]
    page = await screens.status(order_id, "payment")
    await expect(page.locator("#headline")).to_have_text("Being made")
    order = await staff.read(order_id)
    here = f"restaurant/{place['restaurantId']}/{place['locationId']}/orders/{order_id}"
    body = {"lines": [{"itemId": order["items"][0]["id"]}], "reason": "Cold"}
    back = await kitchen.post(f"{here}/refunds", json=body, headers={"idempotency-key": secrets.token_hex(8)})
    cents = back.raise_for_status().json()["data"]["amountCents"]
    dish = page.locator("#items li", has_text=order["items"][0]["name"])
    await expect(dish.locator(".mark.back")).to_contain_text("efunded")
    await expect(page.locator("#amounts .back dd")).to_have_text(f"-${cents / 100:.2f}")
    await expect(page.locator("#back")).to_contain_text(f"${cents / 100:.2f} is given back to you")

    # The total is what the diner paid, the tip in it; the parts come to it.
    sums = await page.locator("#amounts div:not(.back)").all_inner_texts()
    parts = [round(100 * float(re.sub(r"[^\d.-]", "", text.splitlines()[-1]))) for text in sums]
    assert parts[-1] == order["totalPriceCents"] + order["tipCents"] == sum(parts[:-1])

    why = {"reason": "The oven is broken."}
    ended = await kitchen.post(f"{here}/cancel", json=why, headers={"idempotency-key": secrets.token_hex(8)})
    assert ended.is_success, ended.text
    await expect(page.locator("#headline")).to_have_text("Cancelled")
    total = (order["totalPriceCents"] + order["tipCents"]) / 100
    await expect(page.locator("#next")).to_have_text(
        f"${total:.2f} is given back to you. On a card, this can take some days."
    )
    await expect(page.locator("#back")).to_be_hidden()


async def test_a_reason_and_an_estimate_are_shown(
    screens: Screens, stack: Stack, diner: Diner, station: Station, kitchen: httpx.AsyncClient, staff: Staff
) -> None:
    made = [await diner.order(tag=station.tag) for _ in range(6)]
    for order_id in made:
        began = datetime.now(UTC) - timedelta(minutes=20)
        order = await staff.read(order_id)
        items = [{**one, "completedAt": began + timedelta(minutes=8)} for one in order["items"]]
        meta = {**order["meta"], "acceptedAt": began}
        await staff.change(order_id, status="READY_FOR_PICKUP", items=items, meta=meta, startedAt=began, readyAt=began)
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)

    async def is_estimated() -> bool:
        await page.reload()
        await expect(page.locator("#headline")).to_have_text("Being made")
        return await page.locator("#estimate").is_visible()

    await eventually(is_estimated, "no estimate is shown", every=0.5)
    await expect(page.locator("#estimate")).to_have_text(re.compile(r"^Ready at about \d{1,2}:\d\d\s[AP]M$"))
    await staff.change(order_id, status="CREATED")
    rejected = {"orderId": order_id, "orderStatus": "REJECTED", "reason": "אין עוד לחם 2"}
    assert (await kitchen.post("restaurant/order-status", json=rejected)).is_success
    await expect(page.locator("#headline")).to_have_text("Not accepted")
    await expect(page.locator("#advice")).to_have_text("The restaurant says: אין עוד לחם 2")
    await expect(page.locator("#estimate")).to_be_hidden()


# Cancelling


@pytest.mark.parametrize("modules", [True, False])
async def test_a_diner_who_gets_no_answer_cancels_unless_the_kitchen_was_first(
    screens: Screens, diner: Diner, staff: Staff, station: Station, modules: bool
) -> None:
    order_id = await diner.order(tag=station.tag)
    await staff.change(order_id, status="CREATED", waitingAt=datetime.now(UTC))
    page = await screens.status(order_id)
    if not modules:
        await without_modules(page)
    await in_language(page, "es")
    await shows(page, SAID["es"]["UNANSWERED"])
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await expect(page.locator("#sure")).to_be_focused()
    await staff.change(order_id, status="ACCEPTED")
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await expect(page.locator("#refused")).to_have_text("La cocina ya tiene este pedido. Consulte al personal.")
    await shows(page, SAID["es"]["ACCEPTED"])
    await expect(page.locator("#headline")).to_be_focused()

    await staff.change(order_id, status="CREATED")
    await page.reload()
    await page.route("**/cancel", lambda route: route.abort(), times=1)
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await expect(page.locator("#refused")).to_have_text("No funcionó. Inténtelo de nuevo.")
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await shows(page, SAID["es"]["CANCELLED"])
    await expect(page.locator("#steps li.ended")).to_contain_text("Cancelado")
    await expect(page.locator("#cancelling")).to_be_hidden()


# Old phones, small ones, the night, the network


async def test_without_modules_the_page_shows_the_order_and_follows_it(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=2)
    page = await screens.status(order_id)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    await without_modules(page)
    await shows(page, SAID["en"]["ACCEPTED"])
    order = await staff.read(order_id)
    await expect(page.locator("#code")).to_have_text(order["orderCode"])
    await expect(page.locator("#steps li span")).to_have_text(["Placed", "Accepted", "Ready for pickup", "Picked up"])
    await expect(page.locator("#items li")).to_have_count(len({one["name"] for one in order["items"]}))
    await expect(page.locator("#amounts .total dd")).to_have_text(f"${order['totalPriceCents'] / 100:.2f}")
    await expect(page.locator("#restaurant")).to_contain_text("Capitol Hill")
    await staff.change(order_id, status="READY_FOR_PICKUP")
    await shows(page, SAID["en"]["READY_FOR_PICKUP"])
    assert sockets == []

    await page.context.set_offline(True)
    await expect(page.locator("#banner")).to_have_text("No connection. Trying again.")
    await expect(page.locator("#updated")).to_contain_text("Last heard at")
    await staff.change(order_id, status="PICKED_UP")
    await page.context.set_offline(False)
    await shows(page, SAID["en"]["PICKED_UP"])
    await expect(page.locator("#banner")).to_be_hidden()


async def test_a_phone_of_ten_years_ago_shows_the_order(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    await page.context.add_init_script(AS_IN_2014)
    await without_modules(page)
    await shows(page, SAID["en"]["ACCEPTED"])
    await expect(page.locator("#amounts .total dd")).to_contain_text("$")
    await staff.change(order_id, status="CREATED", waitingAt=datetime.now(UTC))
    await shows(page, SAID["en"]["UNANSWERED"])
    await page.get_by_role("button", name="Español").click()
    await page.get_by_role("button", name="Cancelar el pedido").click()
    await page.get_by_role("button", name="Sí, cancelarlo").click()
    await shows(page, SAID["es"]["CANCELLED"])


def test_what_any_phone_loads_is_old_javascript(request: pytest.FixtureRequest) -> None:
    acorn = installed(Path(__file__).parent / "acorn", request.config) / "node_modules" / ".bin" / "acorn"

    def parses(name: str) -> bool:
        asked = [acorn, "--ecma5", "--silent", folder / name]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    folder = PROJECT / "clients" / "status"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<script defer src="([^"]+)"', page) == list(CLASSIC)
    assert re.findall(r'<script type="module" src="([^"]+)"', page) == ["live.js"]
    assert [name for name in CLASSIC if not parses(name)] == []
    assert not parses("live.js"), "a module is none"


async def test_a_name_read_from_the_right_moves_nothing(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag, name="נועה 12")
    stored = await staff.read(order_id)
    item = {**stored["items"][0], "name": "פיתה 3"}
    origin = {**stored["origin"], "name": "שולחן 7 (ימין)"}
    await staff.change(order_id, origin=origin, items=[item, {**item, "id": "a" * 24}])
    page = await screens.status(order_id)
    await expect(page.locator("#for")).to_have_text("For נועה 12 · שולחן 7 (ימין)")
    for node, wanted in (
        (page.locator("#for"), ["For ", "נועה 12", " · ", "שולחן 7 (ימין)"]),
        (page.locator("#items .row").first, ["2 × ", "פיתה 3"]),
    ):
        texts = (await node.evaluate(WHERE_TEXTS_STAND))[: len(wanted)]
        assert [text for text, _, _ in texts] == wanted
        assert all(right <= left + 1 for (_, _, right), (_, left, _) in pairwise(texts)), "each right of the last"


@pytest.mark.parametrize(("width", "zoom"), [(320, 100), (390, 200), (320, 200)])
async def test_nothing_goes_out_of_a_small_phone_or_of_large_text(
    screens: Screens, diner: Diner, staff: Staff, station: Station, width: int, zoom: int
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=3, name="Maximiliane-Wilhelmine " * 3, note="W" * 90)
    await staff.change(order_id, status="CREATED", waitingAt=datetime.now(UTC), orderCode="WMWM", refundedCents=123456)
    page = await screens.status(order_id)
    await page.set_viewport_size({"width": width, "height": 640})
    for language in LANGUAGES:
        await in_language(page, language)
        await page.evaluate("(zoom) => { document.documentElement.style.fontSize = `${zoom}%`; }", zoom)
        await shows(page, SAID[language]["UNANSWERED"])
        await page.locator("#cancel").click()
        assert await page.evaluate(OVERFLOWING) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        for button in await page.locator("button:visible").all():
            box = await button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_by_day_and_by_night(
    screens: Screens, diner: Diner, staff: Staff, station: Station, scheme: Any
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=2)
    stored = await staff.read(order_id)
    ready, back = stored["items"][0], {"_id": "r", "amountCents": 500, "units": [stored["items"][1]["id"]]}
    items = [{**ready, "completedAt": datetime.now(UTC)}, *stored["items"][1:]]
    page = await screens.status(order_id)
    await page.emulate_media(color_scheme=scheme)
    for fields in (
        {"status": "CREATED"},
        {"status": "ACCEPTED", "items": items, "refunds": [back], "refundedCents": 500},
        {"status": "READY_FOR_PICKUP"},
        {"status": "CANCELLED"},
    ):
        await staff.change(order_id, **fields)
        await page.reload()
        await expect(page.locator("#steps li.current, #steps li.ended")).to_have_count(1)
        if fields["status"] == "CREATED":
            await page.locator("#cancel").click()
        seen = await page.evaluate(DIM)
        assert seen["shown"] > 15
        assert seen["dim"] == []
    night = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (night == "rgb(21, 25, 26)") is (scheme == "dark")


async def test_who_asks_for_stillness_sees_nothing_move(screens: Screens, diner: Diner, station: Station) -> None:
    page = await screens.status(await diner.order(tag=station.tag))
    for motion, moves in (("no-preference", 1), ("reduce", 0)):
        await page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        await page.reload()
        await expect(page.locator("#steps li.current")).to_be_visible()
        assert len(await page.evaluate("document.getAnimations().map((one) => one.playState)")) == moves


async def test_a_screen_reader_hears_politely_of_what_matters(screens: Screens, diner: Diner, station: Station) -> None:
    page = await screens.status(await diner.order(tag=station.tag))
    await expect(page.locator("[aria-live=polite] h1")).to_have_text("Being made")
    await expect(page.locator("#banner")).to_have_attribute("role", "status")
    await expect(page.locator("#refused")).to_have_attribute("role", "alert")
    await expect(page.get_by_role("list", name="How far your order is")).to_be_visible()
    await expect(page.locator("#steps [aria-current=step]")).to_contain_text("Accepted")
    await expect(page.get_by_role("navigation", name="Language").get_by_role("button")).to_have_count(3)


async def test_a_diner_whose_network_goes_away_sees_what_happened_meanwhile(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    await expect(page.locator("#headline")).to_have_text("Being made")
    cut: list[Route] = []

    async def cut_off(route: Route) -> None:
        cut.append(route)
        await route.abort()

    await page.context.route("**/api/v1/**", cut_off)
    await staff.announce(order_group(order_id), order_id, "order_refunded", 90)
    await expect(page.locator("#banner")).to_have_text("No connection. Trying again.")
    await staff.change(order_id, status="READY_FOR_PICKUP")
    await page.context.unroute("**/api/v1/**", cut_off)
    await shows(page, SAID["en"]["READY_FOR_PICKUP"])
    await expect(page.locator("#banner")).to_be_hidden()
    assert cut


async def test_the_page_is_small(screens: Screens, diner: Diner, station: Station) -> None:
    page = await screens.status(await diner.order(tag=station.tag))
    await expect(page.locator("#headline")).to_have_text("Being made")
    sizes = await page.evaluate(
        """() => Object.fromEntries(performance.getEntriesByType('resource')
            .filter(({ name }) => /[.](js|css)$/.test(name))
            .map(({ name, decodedBodySize }) => [new URL(name).pathname, decodedBodySize]))"""
    )
    first = sum(
        size for path, size in sizes.items() if path.endswith(".css") or path.removeprefix("/status/") in CLASSIC
    )
    print(f"bytes for the first paint: {first}; with the modules: {sum(sizes.values())}")
    assert 0 < first < 60_000


async def test_pictures_for_the_docs(
    screens: Screens, diner: Diner, staff: Staff, station: Station, tmp_path: Path
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=3, name="Margaret", note="No sugar, please")
    stored = await staff.read(order_id)
    now = datetime.now(UTC)
    items = [
        {**one, "startedAt": now, "completedAt": now if at == 0 else None} for at, one in enumerate(stored["items"])
    ]
    page = await screens.status(order_id)
    folder = PROJECT / "docs" if os.environ.get("ORDERBUDDY_SCREENSHOT") == "1" else tmp_path
    await page.emulate_media(reduced_motion="reduce")
    await page.set_viewport_size({"width": 390, "height": 780})
    for name, scheme, fields, language in (
        ("making", "light", {"items": items}, "en"),
        ("ready", "light", {"status": "READY_FOR_PICKUP"}, "es"),
        ("night", "dark", {"status": "CREATED", "waitingAt": now}, "pt"),
    ):
        await staff.change(order_id, **fields)
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await in_language(page, language)
        await expect(page.locator("#ticket")).to_be_visible()
        await expect(page.locator("#restaurant")).to_contain_text("Capitol Hill")
        picture = folder / PICTURES[name]
        await page.screenshot(path=picture, animations="disabled", full_page=True)
        assert 5_000 < picture.stat().st_size < 100_000
