"""What axe-core finds on a page, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

SOURCES = Path(__file__).parent / "axe"
"""Which axe-core: its package, pinned."""

_IS_THERE = "typeof axe === 'object'"

_EVERY_RULE: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""Every rule of WCAG 2.2 A and AA, and axe's own of good practice; the size of targets is off by itself."""

_CONTRAST: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}

_FIND = """async (options) => {
    const why = (node) => node.any.map(({ message }) => message).join(' ');
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id} (${help}): ${node.html.slice(0, 200)} ${why(node)}`));
}"""


class Axe:
    """Looks at pages. `found`: each violation, with the state that it was found in."""

    def __init__(self, script: str) -> None:
        self.found: list[str] = []
        self._script = script

    async def look(self, page: Page, state: str, *, dark: bool = True) -> None:
        """Look at what the page shows now: with every rule, then at its contrast in the dark, too."""
        if not await page.evaluate(_IS_THERE):
            await page.evaluate(self._script)
        # What fades in has no colour of its own yet.
        await page.emulate_media(reduced_motion="reduce")
        await self._run(page, state, _EVERY_RULE)
        if dark:
            await page.emulate_media(color_scheme="dark")
            await self._run(page, f"{state}, dark", _CONTRAST)
            await page.emulate_media(color_scheme="light")

    async def _run(self, page: Page, state: str, options: dict[str, Any]) -> None:
        self.found += [f"{state}: {violation}" for violation in await page.evaluate(_FIND, options)]
