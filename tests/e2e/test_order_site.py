"""The ordering page as it is deployed, its size, and each call that it makes."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request, expect

from local import mongod
from local.supervisor.app_settings import DEVELOPMENT_SERVERS
from local.supervisor.options import OFFSETS, PROJECT
from tests.e2e.order_pages import APPROVED, arrived, choose, enter_card, to_checkout
from tests.e2e.screens import Screens
from tests.e2e.truth import Truth
from tests.integration.cli import orderbuddy
from tests.stack import Stack

pytestmark = pytest.mark.browser

MOST_BYTES = 60_000


class Site(http.server.SimpleHTTPRequestHandler):
    """A host of files that knows the rules of staticwebapp.config.json."""

    def translate_path(self, path: str) -> str:
        for below, page in (("/order/entry/", "/order/index.html"), ("/order/status/", "/status/index.html")):
            if path.startswith(below):
                return super().translate_path(page)
        return super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class BuiltSite:
    """The built site, served at an origin from which the API may be called."""

    url: str
    folder: Path


@pytest.fixture
async def site(stack: Stack, tmp_path: Path) -> AsyncIterator[BuiltSite]:
    folder = tmp_path / "site"
    arguments = [
        *("--api", stack.api_url),
        *("--live", f"ws://127.0.0.1:{stack.base + OFFSETS['webpubsub']}"),
        *("--gateway", f"http://127.0.0.1:{stack.base + OFFSETS['saas']}/emergepay/assets"),
    ]
    built = await orderbuddy(None, "pages", "build", str(folder), *arguments)
    assert built.code == 0, built.err
    free = next(one for one in DEVELOPMENT_SERVERS if mongod.is_free(urlsplit(one).port or 0))
    handler = functools.partial(Site, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("localhost", urlsplit(free).port or 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield BuiltSite(free, folder)
    server.shutdown()
    server.server_close()


@dataclass
class Loaded:
    """What a page has asked for since the last count."""

    site: BuiltSite
    urls: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """One more."""
        self.urls.append(request.url)

    def count(self) -> int:
        """The bytes of our own script and style in it, as files, each once; the next count begins anew."""
        own = {url for url in self.urls if url.startswith(self.site.url) and url.endswith((".js", ".css"))}
        self.urls.clear()
        return sum((self.site.folder / url.removeprefix(f"{self.site.url}/")).stat().st_size for url in own)


async def test_the_built_site_takes_an_order_and_each_page_is_small(
    screens: Screens, stack: Stack, truth: Truth, site: BuiltSite
) -> None:
    page = await screens.opened("about:blank")
    loaded = Loaded(site)
    page.on("request", loaded.note)
    await page.goto(f"{site.url}/order/entry/{stack.demo['payment']['originId']}")
    async with page.expect_websocket():
        await page.locator(".dish").first.wait_for()
    menu = loaded.count()
    await choose(page, "Street corn")
    await to_checkout(page)
    await enter_card(page, APPROVED)
    checkout = loaded.count()
    print(f"script and style: menu {menu} bytes, checkout {checkout} bytes, each with all its modules")
    assert 20_000 < menu < MOST_BYTES and 20_000 < checkout < MOST_BYTES
    await page.locator("#go").click()
    order_id = await arrived(page)
    await expect(page.locator("#headline")).to_have_text("Being made")
    assert order_id


def told() -> set[str]:
    """The calls that docs/ordering.md lists."""
    section = (PROJECT / "docs" / "ordering.md").read_text().partition("## The page of ordering")[2]
    return set(re.findall(r"^\| `((?:GET|POST) [^`]+)`", section, re.MULTILINE))


def shape(call: str, known: set[str]) -> str:
    """A call as the document writes it; the call itself where it lists none like it."""
    for one in known:
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one)), call):
            return one
    return call


async def test_the_document_lists_every_call_that_the_pages_make(screens: Screens, stack: Stack, truth: Truth) -> None:
    calls: set[str] = set()

    def note(request: Request) -> None:
        if request.url.startswith(stack.api_url) and "/order/" in request.frame.url:
            path = request.url.removeprefix(f"{stack.api_url}/").partition("?")[0]
            calls.add(f"{request.method} {path}")

    page = await screens.opened("about:blank")
    page.context.on("request", note)
    await page.goto(f"{stack.console_url}/order/entry/{stack.demo['campaign']['originId']}")
    await expect(page.locator("#campaign")).to_be_visible()
    for place, dish in (("open", "Sparkling water"), ("payment", "Street corn")):
        async with page.expect_websocket():
            await page.goto(f"{stack.console_url}/order/entry/{stack.demo[place]['originId']}")
        await choose(page, dish)
        await to_checkout(page)
        if place == "payment":
            await enter_card(page, APPROVED)
        await page.locator("#go").click()
        await arrived(page)
    known = told()
    assert {shape(call, known) for call in calls} == known
