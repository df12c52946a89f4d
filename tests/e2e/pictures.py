"""Pictures of screens for the docs, small enough for a repository."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

_COLOURS = 64
MOST_BYTES = 120_000


async def take(page: Page, path: Path) -> None:
    """Keep a picture of a page: every pixel, but few colours, which is a quarter of the bytes."""
    shot = await page.screenshot(animations="disabled")
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").quantize(_COLOURS).save(path, optimize=True)
    assert 5_000 < path.stat().st_size < MOST_BYTES
