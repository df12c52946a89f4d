"""At once after a change, where the timer of webhooks runs in this process, too; else it comes within 5 s (rules 21).

Nobody waits for it, and a restaurant without webhooks costs nothing: which have some is what the timer saw last.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.app import App
from shared.memory.slots import Slot
from shared.services.webhooks import lanes, taking
from shared.services.webhooks.lanes import Told
from shared.services.webhooks.taking import KNOWN
from shared.store import webhooks

log = logging.getLogger("orderbuddy.webhooks")

SECONDS = 10.0
LANES_AT_A_TIME = 4
MOST = 20
"""How many restaurants this process works for at once; the timer comes to the others."""


@dataclass(slots=True)
class Nudges:
    """`on`: whether the timer runs in this process. `running`: the work that goes on, by restaurant; `again`: where
    something happened since it began."""

    on: bool = False
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)


NUDGES: Slot[Nudges] = Slot(Nudges)


def begin(app: App) -> None:
    """The timer runs in this process: from now on it does not wait for it."""
    app.memory[NUDGES].on = True


def soon(app: App, restaurant_ids: Iterable[str]) -> None:
    """Something happened in these restaurants. It returns at once, and asks nobody."""
    nudges = app.memory[NUDGES]
    if not nudges.on:
        return
    for restaurant_id in app.memory[KNOWN].restaurants.intersection(restaurant_ids):
        if restaurant_id in nudges.running:
            nudges.again.add(restaurant_id)
        elif len(nudges.running) < MOST:
            task = asyncio.get_running_loop().create_task(_work(app, restaurant_id))
            nudges.running[restaurant_id] = task


async def _work(app: App, restaurant_id: str) -> None:
    nudges = app.memory[NUDGES]
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            nudges.again.discard(restaurant_id)
            await taking.take(app, restaurant_id)
            hooks = await webhooks.of_restaurant(app.db, restaurant_id)
            # One that fails or is slow waits for its time, and for the timer.
            due = [one.id for one in hooks if one.is_active and one.due_at is not None and one.is_proven]
            await lanes.lanes(app, due, until, Told(), at_a_time=LANES_AT_A_TIME)
            if restaurant_id not in nudges.again:
                return
    except Exception:
        log.warning("restaurant %s is left to the timer", restaurant_id, exc_info=True)
    finally:
        nudges.running.pop(restaurant_id, None)
