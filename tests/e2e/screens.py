"""A browser on the screens, and orders for it to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient
from bson import ObjectId
from playwright.async_api import Browser, Locator, Page, ProxySettings

from local.console import demo_order
from tests.e2e.diners import cart_of
from tests.e2e.network.flaky import FlakyNetwork
from tests.patience import PATIENCE_MS, PATIENCE_SECONDS
from tests.stack import Stack

WALL = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}
DESK = {"width": 1280, "height": 900}

COUNT_TONES = """
    window.tones = 0;
    window.OscillatorNode = class extends OscillatorNode {
        start(...at) { window.tones += 1; super.start(...at); }
    };
"""

WHERE_TEXTS_STAND = """(node) => {
    node.style.whiteSpace = 'nowrap';
    const range = document.createRange();
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        range.selectNodeContents(walker.currentNode);
        const { left, right } = range.getBoundingClientRect();
        found.push([walker.currentNode.data, left, right]);
    }
    return found;
}"""
"""Each text of an element, in the order in which it stands there, with where it begins and ends on the screen."""

SET_CLOCK = """
    const ahead = %d;
    window.Date = class extends Date {
        constructor(...given) { super(...(given.length ? given : [window.Date.now()])); }
        static now() { return super.now() + ahead; }
    };
"""


class Screens:
    """Pages of one stack, each in a browser context of its own; whatever goes wrong in a script is kept in `errors`.

    `network`: the proxy through which they reach the stack, None for none. `script`: what runs before a page's own.
    """

    def __init__(
        self, browser: Browser, stack: Stack, network: FlakyNetwork | None = None, *, script: str = ""
    ) -> None:
        self.errors: list[str] = []
        self._browser = browser
        self._stack = stack
        self._script = script
        self._proxy: ProxySettings | None = {"server": network.url} if network else None

    async def start_page(self) -> Page:
        """The console's start page."""
        return await self._open(f"{self._stack.console_url}/", DESK)

    async def kitchens(self) -> list[Page]:
        """The kitchen display of every station of the open location, live."""
        return [await self.kitchen(station) for station in self._stack.demo["open"]["stationIds"]]

    async def kitchen(
        self,
        station_id: str,
        *,
        clock_ahead_minutes: int = 0,
        size: dict[str, int] = WALL,
        language: str | None = None,
        **device: Any,
    ) -> Page:
        """One station's display (`expo`: the location's), live, on a tablet whose clock is so much ahead.

        `language`: what the address asks for. `device`: further options of the browser's context.
        """
        place = self._stack.demo["open"]
        query = {
            "api": self._stack.api_url,
            "restaurantId": place["restaurantId"],
            "locationId": place["locationId"],
            "stationId": station_id,
            **({} if language is None else {"lang": language}),
        }
        page = await self._open(
            f"{self._stack.console_url}/kitchen/?{urlencode(query)}#token={self._stack.token()}",
            size,
            SET_CLOCK % (clock_ahead_minutes * 60_000),
            **device,
        )
        await page.locator("#dot.good").wait_for(timeout=PATIENCE_MS)
        return page

    async def scanned(
        self, place: str = "open", *, size: dict[str, int] = PHONE, dark: bool = False, **query: str
    ) -> Page:
        """The page that the code at a table of one of the demo's locations leads a diner to, with its menu on it."""
        code = self._stack.demo[place]["qrCodeId"]
        page = await self._open(f"http://127.0.0.1:{self._stack.base}/q/{code}", size)
        await page.emulate_media(color_scheme="dark" if dark else "light")
        if query:
            await page.goto(f"{page.url}&{urlencode(query)}")
        await page.locator(".dish").first.wait_for()
        return page

    async def opened(self, url: str) -> Page:
        """The page of a link that somebody was sent."""
        return await self._open(url, DESK)

    async def board(self, size: dict[str, int] = DESK) -> Page:
        """The staff's board, with nobody signed in."""
        return await self._open(f"{self._stack.console_url}/board/?{urlencode({'api': self._stack.api_url})}", size)

    async def status(self, order_id: str, place: str = "open") -> Page:
        """The diner's page of an order at one of the demo's locations."""
        query = {
            "api": self._stack.api_url,
            "restaurantId": self._stack.demo[place]["restaurantId"],
            "orderId": order_id,
        }
        return await self._open(f"{self._stack.console_url}/status/?{urlencode(query)}", PHONE)

    async def close(self) -> None:
        """Close every page."""
        for context in self._browser.contexts:
            await context.close()

    async def _open(self, url: str, size: dict[str, int], *scripts: str, **device: Any) -> Page:
        context = await self._browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, proxy=self._proxy, **device
        )
        context.set_default_timeout(PATIENCE_MS)
        for script in (COUNT_TONES, self._script, *scripts):
            await context.add_init_script(script)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        await page.goto(url, timeout=PATIENCE_MS)
        return page


def ticket(page: Page, order_id: str) -> Locator:
    """An order's tickets on a kitchen display, wherever they hang."""
    return page.locator(f'.ticket[data-order-id="{order_id}"]')


async def hung(pages: Sequence[Page], order_id: str) -> list[int]:
    """How many tickets of an order hang in the main part of each display."""
    return [await page.locator(f'#board .ticket[data-order-id="{order_id}"]').count() for page in pages]


@dataclass(frozen=True)
class Station:
    """A station of the open location, and one tag that it makes."""

    id: str
    tag: str


async def first_station(stack: Stack) -> Station:
    """The first station of the open location, as the API tells its display."""
    return await station_at(stack, 0)


async def station_at(stack: Stack, number: int) -> Station:
    """A station of the open location by its number from 0, as the API tells its display."""
    place = stack.demo["open"]
    station_id = place["stationIds"][number]
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        answer = await http.get(
            f"{stack.api_url}/stations/{place['restaurantId']}/{place['locationId']}/{station_id}/orders",
            headers={"authorization": f"Bearer {stack.token()}"},
        )
    answer.raise_for_status()
    return Station(id=station_id, tag=answer.json()["data"]["stationTags"][0])


class Diner:
    """Somebody with a phone at a table of the open location."""

    def __init__(self, http: httpx.AsyncClient, stack: Stack) -> None:
        self._http = http
        self._api = stack.api_url
        self._place: dict[str, Any] = stack.demo["open"]

    async def preview(
        self,
        *,
        tag: str,
        first: int = 0,
        dishes: int = 1,
        note: str = "",
        name: str = "Ada",
        origin: dict[str, str] | None = None,
    ) -> str:
        """Price a cart of some dishes that a station with `tag` makes, and return the preview's id.

        It holds `dishes` dishes of the menu from the one at `first`; the note stands on the last. The diner sits at the
        location's first table, unless there is another `origin`.
        """
        dishes_here = await self.dishes()
        made_here = [dish for dish in dishes_here if dish.get("isAvailable") and tag in (dish.get("stationTags") or [])]
        lines = [demo_order.basket({"items": [dish]})[0] for dish in made_here[first : first + dishes]]
        lines[-1]["notes"] = note
        body = cart_of(self._place, lines, name=name) | ({} if origin is None else {"origin": origin})
        return str((await self._post("order-app/cart/preview-order", body))["data"]["previewOrderId"])

    async def dishes(self) -> list[dict[str, Any]]:
        """All dishes of the location's menu, as its diners read them."""
        place = self._place
        menu = await self._get(
            f"order-app/restaurants/{place['restaurantId']}/locations/{place['locationId']}/menus/{place['menuId']}"
        )
        found: list[dict[str, Any]] = menu["items"]
        return found

    async def place(self, preview_id: str) -> str:
        """Place a preview, and return the order's id."""
        return str(
            (await self._post("payments/place-order-without-payment", {"previewOrderId": preview_id}))["orderId"]
        )

    async def order(self, **cart: Any) -> str:
        """Preview and place."""
        return await self.place(await self.preview(**cart))

    async def _get(self, path: str) -> Any:
        answer = await self._http.get(f"{self._api}/{path}")
        answer.raise_for_status()
        return answer.json()["data"]

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self._http.post(f"{self._api}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()


class Staff:
    """Somebody who moves orders along, by what is stored and what is announced."""

    def __init__(self, orders: Any, live: WebPubSubServiceClient) -> None:
        self._orders = orders
        self._live = live

    async def read(self, order_id: str) -> dict[str, Any]:
        """An order as it is stored."""
        found: dict[str, Any] = await self._orders.find_one({"_id": ObjectId(order_id)})
        return found

    async def change(self, order_id: str, **fields: Any) -> int:
        """Change an order, and return its new seq; nobody is told."""
        changed = await self._orders.find_one_and_update(
            {"_id": ObjectId(order_id)}, {"$set": fields, "$inc": {"version": 1}}, return_document=True
        )
        return int(changed["version"])

    async def announce(self, group: str, order_id: str, event: str, seq: int, **payload: Any) -> None:
        """Send one message to a group, as the outbox does."""
        message = {
            "event": event,
            "payload": payload,
            "orderId": order_id,
            "seq": seq,
            "at": "2026-01-01T00:00:00Z",
        }
        await self._live.send_to_group(group, message, content_type="application/json")
