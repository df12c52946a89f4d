"""The browser that the screens are tested in, and what a run says when there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import PATIENCE_MS

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
"""Debian's own: `make browser` brings it."""

_SHELL = Path("/usr/bin/chromium-headless-shell")
"""The same chromium without a window to draw: pages run in it as in the whole one, for half the processor's time."""

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium(*, whole: bool = False) -> AsyncIterator[Browser]:
    """A running chromium. `whole`: the one that draws windows, where a page needs what only that one has."""
    # Imported here: most runs of some tests need no browser.
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        path = CHROMIUM if whole or not _SHELL.exists() else _SHELL
        browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS, timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            await browser.close()


class Browsers:
    """A plugin that skips the tests marked `browser` where there is none, and says so in the run's last line."""

    def __init__(self) -> None:
        self._skipped = 0

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if not CHROMIUM.exists():
            for item in items:
                if item.get_closest_marker("browser"):
                    item.add_marker(pytest.mark.skip(reason=f"no browser at {CHROMIUM}"))

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._skipped += report.skipped and "browser" in report.keywords and not CHROMIUM.exists()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and self._skipped:
            reporter.write_line(
                f"The tests in a browser ({self._skipped}) did not run, because this machine has none: "
                "`sudo make browser` brings it.",
                yellow=True,
            )
