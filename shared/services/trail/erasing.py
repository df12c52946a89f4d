"""Erasing what rows of the trail say, where somebody has a right to it: the chain holds without (rules 15)."""

from __future__ import annotations

from collections.abc import Sequence

from shared.app import App
from shared.store import trail


async def erase_values(app: App, entry_ids: Sequence[str]) -> int:
    """Erase before, after and the reason of these rows; returns how many had them still."""
    return await trail.erase_values(app.db, entry_ids, app.clock.now())
