"""Somebody at a page with a keyboard alone: every step by a key, and where they are is always to be seen."""

from __future__ import annotations

from playwright.async_api import Locator, Page

_MOST_STOPS = 200

_IS_FOCUSED = "(node) => node === document.activeElement"

_FOCUS_SHOWS = """() => {
    const focused = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(focused);
    const { width, height } = focused.getBoundingClientRect();
    return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && width > 0 && height > 0;
}"""


class Keyboard:
    """Hands on a keyboard. Each stop on the way must show that the focus is there."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self._page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type into what is focused."""
        await self._page.keyboard.type(text)

    async def go_to(self, wanted: Locator, *, key: str = "Tab") -> None:
        """Press Tab until this is focused. Raises AssertionError where it never is, or where a stop cannot be seen."""
        for _ in range(_MOST_STOPS):
            if await wanted.evaluate(_IS_FOCUSED):
                return
            await self.press(key)
            if await self._page.evaluate("document.activeElement !== document.body"):
                await self.sees_focus()
        raise AssertionError(f"the keyboard does not reach {wanted}")

    async def sees_focus(self) -> None:
        """Look that something is focused, and that this shows."""
        focused = await self._page.evaluate("document.activeElement.outerHTML.slice(0, 150)")
        assert await self._page.evaluate(_FOCUS_SHOWS), f"the focus cannot be seen on {focused}"

    async def use(self, wanted: Locator, *, key: str = "Enter") -> None:
        """Go to a button, a link or a box, and press it."""
        await self.go_to(wanted)
        await self.press(key)
