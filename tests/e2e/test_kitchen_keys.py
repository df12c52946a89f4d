"""The page that tells what a key does, the sounds, and the screen that stays awake, in a real browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browsers import chromium
from tests.e2e.pairing import paired
from tests.e2e.screens import Screens
from tests.patience import eventually
from tests.stack import Stack

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.long, pytest.mark.browser]

# What a test evaluates counts as a touch for the browser: the chime is made before.
CHIME = """addEventListener('DOMContentLoaded', () => import('/kitchen/sound.js').then(({ Chime }) => {
    window.states = [];
    window.chime = new Chime(() => window.states.push(window.chime?.state));
    console.log('made');
}))"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Only a browser with windows keeps a screen awake."""
    async with chromium(whole=True) as running:
        yield running


async def keys_page(screens: Screens, stack: Stack, query: str = "") -> Page:
    page = await screens.opened(f"{stack.console_url}/kitchen/keys.html{query}")
    await expect(page.locator("#map tr")).to_have_count(28)
    return page


async def test_the_page_tells_what_a_key_does_and_lets_nothing_else_happen(screens: Screens, stack: Stack) -> None:
    page = await keys_page(screens, stack)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for key, shown, does in (
        ("Enter", "Enter", "Bump the selected ticket"),
        ("Space", "Space", "Bump the selected ticket"),
        ("3", "3", "Select ticket 3; twice: bump it"),
        ("Shift+R", "Shift+R", "List of bumped tickets"),
        ("Backspace", "Backspace", "Recall the ticket that was bumped last"),
        ("q", "q", "Does nothing"),
        ("Control+d", "d", "Belongs to the browser"),
    ):
        await page.keyboard.press(key)
        await expect(page.locator("#key")).to_have_text(shown)
        await expect(page.locator("#does")).to_have_text(does)
    await page.keyboard.press("End")
    assert await page.evaluate("scrollY") == 0
    await expect(page.locator("tr.now td").first).to_have_text("Last ticket")
    assert asked == []
    assert page.url.endswith("/keys.html")


async def test_whoever_has_no_mouse_leaves_the_page_of_keys(screens: Screens, stack: Stack) -> None:
    page = await paired(screens, stack)
    came_from = page.url
    await page.goto(f"{stack.console_url}/kitchen/keys.html")
    await expect(page.locator("#map tr")).to_have_count(28)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Back to the kitchen display")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url(came_from)


async def test_the_page_of_keys_tells_what_is_wrong_with_the_map(
    screens: Screens, stack: Stack, app_copy: Path
) -> None:
    file = app_copy / "clients" / "kitchen" / "keys.json"
    before = file.read_text()
    file.write_text(json.dumps(json.loads(before) | {"dance": ["d"], "rush": ["Enter"]}))
    try:
        page = await keys_page(screens, stack)
        await expect(page.locator("#wrong")).to_contain_text("actions that there are not: dance")
        await expect(page.locator("#wrong")).to_contain_text("the first one counts: Enter")
    finally:
        file.write_text(before)
    await page.reload()
    await expect(page.locator("#map tr")).to_have_count(28)
    await expect(page.locator("#wrong")).to_be_hidden()


async def test_the_page_of_keys_speaks_spanish_and_portuguese(screens: Screens, stack: Stack) -> None:
    for tag, title in (("es", "Pulse una tecla"), ("pt", "Pressione uma tecla")):
        page = await keys_page(screens, stack, f"?lang={tag}")
        await expect(page.locator("h1")).to_have_text(title)
        assert await page.evaluate("document.documentElement.lang") == tag


async def chiming(screens: Screens, stack: Stack, *scripts: str) -> Page:
    """A page with a chime that nobody has touched yet."""
    page = await screens.opened("about:blank")
    for script in (CHIME, *scripts):
        await page.context.add_init_script(script)
    async with page.expect_console_message(lambda said: said.text == "made"):
        await page.goto(f"{stack.console_url}/kitchen/keys.html")
    return page


async def test_a_sound_is_blocked_until_somebody_touches_the_page_and_each_kind_is_another(
    screens: Screens, stack: Stack
) -> None:
    page = await chiming(screens, stack)
    assert await page.evaluate("window.chime.state") == "blocked"
    await page.evaluate("window.chime.ring('new')")
    assert await page.evaluate("tones") == 0
    await page.mouse.click(5, 5)

    async def is_on() -> bool:
        return bool(await page.evaluate("window.chime.state") == "on")

    await eventually(is_on, "the sound stays blocked")
    assert "on" in await page.evaluate("window.states")
    played = {}
    for kind in ("new", "changed", "cancelled", "ready"):
        before = await page.evaluate("tones")
        await page.evaluate("(kind) => window.chime.ring(kind)", kind)
        played[kind] = await page.evaluate("tones") - before
    assert played == {"new": 2, "changed": 3, "cancelled": 3, "ready": 4}

    await page.evaluate("window.chime.muted = true")
    assert await page.evaluate("window.chime.state") == "muted"
    await page.evaluate("window.chime.ring('new')")
    await page.evaluate("window.chime.volume = 0.25")
    assert await page.evaluate("tones") == sum(played.values())
    await page.evaluate("window.chime.test('ready')")
    assert await page.evaluate("tones") == sum(played.values()) + 4, "whoever sets the volume hears it"
    async with page.expect_console_message(lambda said: said.text == "made"):
        await page.reload()
    assert await page.evaluate("[window.chime.muted, window.chime.volume]") == [True, 0.25]


async def test_a_sound_comes_again_until_somebody_touches_the_screen(screens: Screens, stack: Stack) -> None:
    hurry = "const every = window.setInterval; window.setInterval = (work, ms) => every(work, ms / 100);"
    page = await chiming(screens, stack, hurry)
    await page.mouse.click(5, 5)
    await page.evaluate("window.chime.repeat(true)")

    async def rang_again() -> bool:
        return int(await page.evaluate("tones")) >= 6

    await eventually(rang_again, "the sound did not come again")
    await page.mouse.click(5, 5)
    heard = await page.evaluate("tones")
    # Another repetition of the same length ends later than the one that was stopped would have rung.
    await page.evaluate(
        "new Promise((resolve) => { let turns = 0; setInterval(() => ++turns > 1 && resolve(), 20000); })"
    )
    assert await page.evaluate("tones") == heard


async def test_the_screen_stays_awake_again_after_the_browser_let_go(screens: Screens, stack: Stack) -> None:
    page = await screens.opened(f"{stack.console_url}/kitchen/keys.html")
    await page.evaluate(
        """async () => {
            const request = navigator.wakeLock.request.bind(navigator.wakeLock);
            window.locks = [];
            navigator.wakeLock.request = async (kind) => {
                window.locks.push(await request(kind));
                return window.locks.at(-1);
            };
            window.awake = await import('/kitchen/awake.js');
            await window.awake.stayAwake();
        }"""
    )
    assert await page.evaluate("window.awake.isAwake()") is True
    await page.evaluate("window.locks[0].release()")
    assert await page.evaluate("window.awake.isAwake()") is False
    await page.evaluate("window.dispatchEvent(new Event('focus'))")

    async def is_awake() -> bool:
        return bool(await page.evaluate("window.awake.isAwake()"))

    await eventually(is_awake, "the lock was not taken again")
    assert await page.evaluate("window.locks.length") == 2
