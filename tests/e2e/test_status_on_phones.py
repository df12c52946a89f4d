"""The diner's page on phones: old ones and small ones, by night, with large text, and for who does not see it."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.async_api import expect

from local.supervisor.options import PROJECT
from tests.e2e.accessibility import SOURCES, Axe
from tests.e2e.pictures import take
from tests.e2e.screens import WHERE_TEXTS_STAND, Diner, Screens, Staff, Station
from tests.e2e.status_states import LANGUAGES, OVERFLOWING, SAID, in_language, shows, without_modules
from tests.npm import installed

pytestmark = [pytest.mark.long, pytest.mark.browser]

CLASSIC = ("words.js", "speech.js", "nodes.js", "bill.js", "draw.js", "calls.js", "status.js")
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


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> Axe:
    folder = installed(SOURCES, request.config)
    return Axe((folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))


async def test_without_modules_the_page_shows_the_order_and_follows_it(
    screens: Screens, diner: Diner, staff: Staff, station: Station
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=2)
    page = await screens.status(order_id)
    await without_modules(page)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
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
        (page.locator("#for"), ["For ", "נועה 12", " ·\u00a0", "שולחן 7 (ימין)"]),
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


async def test_no_state_keeps_anybody_out_by_day_or_by_night(
    screens: Screens, diner: Diner, staff: Staff, station: Station, axe: Axe
) -> None:
    order_id = await diner.order(tag=station.tag, dishes=2)
    stored = await staff.read(order_id)
    ready, back = stored["items"][0], {"_id": "r", "amountCents": 500, "units": [stored["items"][1]["id"]]}
    items = [{**ready, "completedAt": datetime.now(UTC)}, *stored["items"][1:]]
    page = await screens.status("f" * 24)
    await shows(page, SAID["en"]["NOT_FOUND"])
    await axe.look(page, "unknown")
    page = await screens.status(order_id)
    for state, fields in (
        ("created", {"status": "CREATED"}),
        ("accepted", {"status": "ACCEPTED", "items": items, "refunds": [back], "refundedCents": 500}),
        ("ready", {"status": "READY_FOR_PICKUP"}),
        ("cancelled", {"status": "CANCELLED"}),
    ):
        await staff.change(order_id, **fields)
        await page.reload()
        await expect(page.locator("#steps li.current, #steps li.ended")).to_have_count(1)
        if state == "created":
            await page.locator("#cancel").click()
        await axe.look(page, state)
    assert not axe.found, "\n".join(axe.found)


async def test_by_night_the_page_is_dark(screens: Screens) -> None:
    page = await screens.status("f" * 24)
    for scheme, ground in (("light", "rgb(245, 244, 240)"), ("dark", "rgb(21, 25, 26)")):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await expect(page.locator("html")).to_have_css("background-color", ground)


async def test_a_link_without_the_server_asks_the_one_that_the_page_may_ask(
    screens: Screens, diner: Diner, station: Station
) -> None:
    page = await screens.status(await diner.order(tag=station.tag))
    mine = await page.evaluate("orderPage.api")
    await page.goto(re.sub(r"api=[^&]*&", "", page.url))
    await shows(page, SAID["en"]["ACCEPTED"])
    assert mine == await page.evaluate("orderPage.api")
    assert mine == await page.evaluate("import('/live/servers.js').then(({ knownApi }) => knownApi())")
    await page.goto(page.url.partition("?")[0])
    await expect(page.locator("#headline")).to_have_text("This link is not complete")


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
        await page.set_viewport_size({"width": 390, "height": await page.evaluate("document.body.scrollHeight")})
        await take(page, folder / PICTURES[name])
