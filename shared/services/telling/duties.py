"""Duties: what must be done after an order's change has been committed, and is no message for screens (rules 7, 13).

They lie in MongoDB, written by the change's own transaction, so that losing the engine loses none. Anyone may see to
one, at any time: a compare-and-set decides who does. What a kind of duty does is given by whoever calls.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from shared.app import App
from shared.documents.duties import OPEN_STATES, OrderDuty
from shared.memory.pool import each
from shared.store import duties

log = logging.getLogger("orderbuddy.duties")

CLAIMED_FOR = timedelta(minutes=1)
"""A claimer who has not finished by then is taken for gone."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
SWEEP_AT_MOST = 100
SWEEP_AT_A_TIME = 8
SWEEP_SECONDS = 8.0

Do = Callable[[App, OrderDuty], Awaitable[None]]
"""Does a duty, also where an earlier try has done it already. What it raises puts the duty off."""

Kinds = Mapping[str, Do]
"""What each kind of duty does."""


async def see_to(app: App, duty_id: str, kinds: Kinds) -> datetime | None:
    """Do a duty where its time has come and nobody else does; returns when to look at it again, None for never."""
    now = app.clock.now()
    claimed = await duties.claim(app.db, duty_id, now, again_at=now + CLAIMED_FOR)
    if claimed is not None and claimed.kind in kinds:
        again_at = await _do(app, claimed, kinds[claimed.kind])
        await duties.finish(app.db, claimed, app.clock.now(), again_at=again_at)
    there = await duties.get(app.db, duty_id)
    return there.next_at if there is not None and there.state in OPEN_STATES else None


async def _do(app: App, duty: OrderDuty, do: Do) -> datetime | None:
    """Do it; None where it is done, else when it is to be tried again."""
    try:
        await do(app, duty)
    except Exception:
        log.warning("duty %s not done", duty.id, exc_info=True)
        return app.clock.now() + min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(duty.tries, 10)))
    return None


async def sweep(app: App, kinds: Kinds) -> int:
    """See to all duties whose time has come, for some seconds at most; returns how many were looked at."""
    until = time.monotonic() + SWEEP_SECONDS
    waiting = await duties.ids_due(app.db, kinds, app.clock.now(), SWEEP_AT_MOST)

    async def one(duty_id: str) -> None:
        try:
            await see_to(app, duty_id, kinds)
        except Exception:
            log.warning("duty %s not seen to", duty_id, exc_info=True)

    await each(waiting, one, at_a_time=SWEEP_AT_A_TIME, until=until)
    return len(waiting)
