"""Notifications on a kitchen screen in a real browser: asked for, shown, and taken back (rules 24.3).

Chromium's own push service is Google's, which no test calls. So the page subscribes to the stand-in, which shows what
the browser would read. Chromium is handed a push by its developer tools; without a screen it shows none, so the test
keeps what the worker wants shown.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pymongo
import pytest
from playwright.async_api import Page, expect

from tests.e2e.pairing import paired
from tests.e2e.screens import Diner, Screens, first_station
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

SUBSCRIBES_TO = """
    const made = %s;
    let current = null;
    PushManager.prototype.getSubscription = async () => current;
    PushManager.prototype.subscribe = async (options) => {
        window.askedWith = options.applicationServerKey.length;
        const unsubscribe = async () => Boolean(current = null);
        return (current = { endpoint: made.endpoint, toJSON: () => made, unsubscribe });
    };
    Notification.requestPermission = async () => window.answered ?? 'granted';
"""

KEEPS_NOTES = """() => {
    self.notes = [];
    self.registration.showNotification = async (title, options) => void self.notes.push({ title, ...options });
}"""


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as made:
        yield made


async def browser_of(page: Page, stack: Stack, http: httpx.AsyncClient) -> str:
    """Let the page subscribe to the stand-in from its next opening on; the browser's id there."""
    base = f"{stack.description['parts']['saas']['url']}/web_push"
    made = (await http.post(f"{base}/_local/subscribe", json={})).json()
    subscription = {"endpoint": f"{base}/to/{made['id']}", "keys": made["keys"]}
    await page.add_init_script(SUBSCRIBES_TO % json.dumps(subscription))
    await page.reload()
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    return str(made["id"])


async def shown_to(browser: str, stack: Stack, http: httpx.AsyncClient) -> list[dict[str, Any]]:
    url = f"{stack.description['parts']['saas']['url']}/web_push/_local/pushes"
    return [one["shown"] for one in (await http.get(url)).json() if one["browser"] == browser]


async def open_menu(page: Page) -> None:
    await expect(page.locator("#line")).to_have_text("Live")
    await page.locator('[data-deed="menu"]').first.click()


async def test_a_screen_is_notified_until_it_wants_no_more(
    screens: Screens, stack: Stack, http: httpx.AsyncClient
) -> None:
    page = await paired(screens, stack)
    browser = await browser_of(page, stack, http)
    await open_menu(page)
    await page.get_by_role("button", name="Notify me of new orders").click()
    off = page.get_by_role("button", name="No more notifications")
    await expect(off).to_be_visible()
    assert await page.evaluate("window.askedWith") == 65

    tag = (await first_station(stack)).tag
    await Diner(http, stack).order(tag=tag)

    async def came() -> bool:
        return len(await shown_to(browser, stack, http)) == 1

    await eventually(came, "no push came", every=0.2)
    assert (await shown_to(browser, stack, http))[0]["title"] == "New Order"

    console = await screens.opened(f"{stack.console_url}/start/pushes.html")
    await expect(console.locator(f'[data-to="{browser}"] .bubble')).to_contain_text("New Order")

    await off.click()
    await expect(page.get_by_role("button", name="Notify me of new orders")).to_be_visible()
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        assert await client[stack.db_name].push_screens.find_one({"endpoint": {"$regex": browser}}) is None


async def test_a_push_that_came_is_shown(screens: Screens, stack: Stack) -> None:
    page = await paired(screens, stack)
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    [worker] = page.context.service_workers
    await worker.evaluate(KEEPS_NOTES)
    devtools = await page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    await devtools.send("ServiceWorker.enable")

    async def is_registered() -> bool:
        return bool(found)

    await eventually(is_registered, "no service worker", every=0.1)
    note = {"title": "New Order", "body": "Order #K7M received!", "tag": "created:1", "data": {"orderId": "1"}}
    await devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": stack.console_url, "registrationId": found[0], "data": json.dumps(note)},
    )

    async def shown() -> list[dict[str, Any]]:
        notes: list[dict[str, Any]] = await worker.evaluate("() => self.notes")
        return notes

    [told] = await eventually(shown, "no notification is shown", every=0.1)
    assert (told["title"], told["body"], told["tag"]) == ("New Order", "Order #K7M received!", "created:1")
    assert told["silent"] is True, "a screen that is in sight rings by itself"
    assert told["icon"] == f"{stack.console_url}/kitchen/icon-192.png"


async def test_whoever_allows_none_reads_so(screens: Screens, stack: Stack, http: httpx.AsyncClient) -> None:
    page = await paired(screens, stack)
    await browser_of(page, stack, http)
    await page.evaluate("window.answered = 'denied'")
    await open_menu(page)
    await page.get_by_role("button", name="Notify me of new orders").click()
    await expect(page.locator("#panel-said")).to_contain_text("does not allow notifications")
