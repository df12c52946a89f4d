"""The kitchen display as an app of its own: it opens without a network, and old files never meet a new API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pymongo
import pytest
from playwright.async_api import Page, expect

from tests.e2e.pairing import kitchen_address, paired
from tests.e2e.screens import Diner, Screens, first_station, ticket
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

KEPT = """async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith('orderbuddy-kitchen-files-'));
    const urlsOf = async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url);
    const sets = await Promise.all(names.map(urlsOf));
    return sets.filter((urls) => urls.some((url) => url.endsWith('/build')));
}"""
"""The addresses in each whole set of files that the browser keeps."""


LOOK_OFTEN = """
    const every = window.setInterval;
    window.setInterval = (work, ms) => every(work, Math.min(ms, 1000));
"""


@pytest.fixture
async def diner(stack: Stack) -> AsyncIterator[Diner]:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield Diner(http, stack)


async def has_kept(page: Page) -> None:
    """Wait until the browser keeps a whole set of the page's files, and serves them."""

    async def is_kept() -> bool:
        return bool(await page.evaluate(KEPT))

    await eventually(is_kept, "no set of files is kept", every=0.1)
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


async def live(page: Page) -> None:
    await expect(page.locator("#line")).to_have_text("Live")


@contextmanager
def changed(file: Path, text: str) -> Iterator[None]:
    """A file of what is deployed, changed for a while."""
    before = file.read_text()
    file.write_text(text)
    try:
        yield
    finally:
        file.write_text(before)


async def test_the_next_opening_shows_what_was_changed_on_the_server(
    screens: Screens, stack: Stack, app_copy: Path
) -> None:
    page = await paired(screens, stack)
    await has_kept(page)
    file = app_copy / "clients" / "kitchen" / "keys-words.js"
    with changed(file, file.read_text().replace("title: 'Press a key'", "title: 'Press any key'")):
        await page.goto(f"{stack.console_url}/kitchen/keys.html")
        assert await page.evaluate("navigator.serviceWorker.controller !== null")
        await expect(page.locator("h1")).to_have_text("Press any key")
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Press a key")


async def test_it_opens_without_a_network_and_is_live_again_with_it(screens: Screens, stack: Stack) -> None:
    page = await paired(screens, stack)
    await has_kept(page)
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.locator("#line")).to_have_text("Offline")
    await expect(page.locator("#banner")).to_be_visible()
    await page.context.set_offline(False)
    await live(page)
    await expect(page.locator("#banner")).to_be_hidden()


async def test_all_that_its_pages_load_is_kept(screens: Screens, stack: Stack) -> None:
    page = await paired(screens, stack)
    await has_kept(page)
    keys = f"{stack.console_url}/kitchen/keys.html"
    for opened, whole in ((page.url, page.locator("#line", has_text="Live")), (keys, page.locator("#map tr").last)):
        await page.goto(opened)
        await expect(whole).to_be_visible()
        loaded = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
        own = {url.partition("?")[0] for url in loaded if url.startswith(stack.console_url)} | {page.url}
        assert own - {f"{stack.console_url}/kitchen/sw.js"} <= set((await page.evaluate(KEPT))[-1])


async def test_no_answer_of_the_api_and_no_token_is_kept_among_the_files(screens: Screens, stack: Stack) -> None:
    page = await paired(screens, stack)
    await has_kept(page)
    await page.reload()
    await live(page)
    kept = [url for urls in await page.evaluate(KEPT) for url in urls]
    own = tuple(f"{stack.console_url}/{folder}/" for folder in ("kitchen", "live", "style"))
    assert kept and [url for url in kept if not url.startswith(own) or "?" in url] == []


async def test_old_files_never_meet_a_new_api(screens: Screens, stack: Stack, app_copy: Path) -> None:
    page = await paired(screens, stack)
    await has_kept(page)
    script = app_copy / "clients" / "kitchen" / "kitchen.js"
    hidden = script.rename(script.with_suffix(".away"))
    try:
        # The files cannot be read, and the API is the same: the last files do.
        await page.reload()
        await live(page)

        health = app_copy / "shared" / "api" / "health.py"
        with changed(health, health.read_text() + "\n# Deployed anew.\n"):
            await asyncio.to_thread(stack.stop, "host")
            await asyncio.to_thread(stack.start, "host")
            answer = await page.goto(kitchen_address(stack))
            assert answer is not None and answer.status == 503
            await expect(page.locator("h1")).to_contain_text("cannot be loaded now")

            # Without any API that answers, they are better than nothing.
            await asyncio.to_thread(stack.stop, "host")
            await page.goto(kitchen_address(stack))
            await expect(page.locator("#line")).to_have_text("Offline")
    finally:
        hidden.rename(script)
        await asyncio.to_thread(stack.all_up)
    await live(page)


async def test_a_screen_that_stays_open_loads_itself_anew_after_a_deployment_once_no_order_is_on_it(
    screens: Screens, stack: Stack, app_copy: Path, diner: Diner
) -> None:
    page = await paired(screens, stack)
    await page.context.add_init_script(LOOK_OFTEN)
    await page.reload()
    await live(page)
    order_id = await diner.order(tag=(await first_station(stack)).tag)
    await expect(ticket(page, order_id)).to_have_count(1)
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    health = app_copy / "shared" / "api" / "health.py"
    try:
        with changed(health, health.read_text() + "\n# Deployed anew.\n"):
            await asyncio.to_thread(stack.stop, "host")
            await asyncio.to_thread(stack.start, "host")
            for _ in range(2):
                async with page.expect_response(lambda answer: answer.url.endswith("/health/live") and answer.ok):
                    pass
            assert loads == []
            async with page.expect_event("load"):
                with pymongo.MongoClient[dict[str, object]](stack.mongo_uri) as client:
                    client[stack.db_name].orders.delete_many({})
    finally:
        await asyncio.to_thread(stack.all_up)
    await live(page)


async def test_it_can_be_installed(screens: Screens, stack: Stack) -> None:
    page = await paired(screens, stack)
    await has_kept(page)
    session = await page.context.new_cdp_session(page)
    read = await session.send("Page.getAppManifest")
    assert read["errors"] == []
    manifest = json.loads(read["data"])
    assert manifest["start_url"] == manifest["scope"] == "./"
    # A context of a test is a private one, which no browser installs from: that is all that it has against it.
    found = await session.send("Page.getInstallabilityErrors")
    assert {error["errorId"] for error in found["installabilityErrors"]} <= {"in-incognito"}
    for icon in manifest["icons"]:
        answer = await page.request.get(f"{stack.console_url}/kitchen/{icon['src']}")
        assert answer.status == 200 and answer.headers["content-type"] == icon["type"]
