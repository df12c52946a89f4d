"""Sold out, and back (contract 29)."""

from __future__ import annotations

from functools import partial

from shared.app import App
from shared.domain.menu_edits import availability
from shared.services.menu import editing
from shared.services.menu.editing import Ask, Changed

REFUSALS = (*editing.REFUSALS, *availability.REFUSALS)


async def set_available(app: App, ask: Ask, item_id: str, *, available: bool) -> Changed:
    """Take a dish off the menus that diners see, or put it back; what is so already stays.

    Diners' menus show it within a second. Raises Problem (REFUSALS).
    """
    return await editing.change(app, ask, partial(availability.item_marked, item_id=item_id, available=available))
