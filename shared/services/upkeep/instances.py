"""Orchestrations that go on though their checkout is at rest: they are terminated (rules 8).

The real engine keeps some instances for ever: one that called what the app does not have (any more), one that was
suspended by hand. No order needs them, since the sweeper does what they should have done. They would be read, counted
and replayed for good, and are no use to anybody.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId

from shared.app import App
from shared.integrations.engine import ENDED, EngineError
from shared.memory.pool import each
from shared.services.orders import answering
from shared.store import resting
from shared.telemetry import measures

log = logging.getLogger("orderbuddy.upkeep")

BATCH = 100
AT_A_TIME = 8
SECONDS = 50.0
LOOK_AGAIN_AFTER = timedelta(minutes=5)
REASON = "its checkout came to rest an hour ago"


@dataclass(slots=True)
class Looked:
    """What one look found. `over`: instances that have ended, or are not there. `terminated`: those that still ran.
    `waiting`: those that are still to tell of their order. `failed`: the engine did not answer for these."""

    over: int = 0
    terminated: int = 0
    waiting: int = 0
    failed: int = 0


async def look(app: App) -> Looked:
    """Look at the instances that must have ended: batch after batch, until the time is up.

    It may run on several hosts, twice, or late. Each is looked at again in five minutes, until it was seen ended. After
    a batch with one for which the engine did not answer, the others wait for the next run.
    """
    looked = Looked()

    async def one(preview_id: ObjectId) -> None:
        try:
            await _one(app, preview_id, looked)
        except EngineError as error:
            looked.failed += 1
            log.info("engine did not answer for the instance of checkout %s: %s", preview_id, error)

    until = time.monotonic() + SECONDS
    while time.monotonic() < until and not looked.failed:
        batch = await resting.due(app.db, app.clock.now(), BATCH)
        await each(batch, one, at_a_time=AT_A_TIME, until=until)
        if len(batch) < BATCH:
            break
    return looked


async def _one(app: App, preview_id: ObjectId, looked: Looked) -> None:
    now = app.clock.now()
    if not await resting.take_due(app.db, preview_id, now, now + LOOK_AGAIN_AFTER):
        return
    state = await app.engine.status(str(preview_id))
    if state is None or state in ENDED:
        await resting.over(app.db, preview_id)
        looked.over += 1
    elif await answering.is_to_be_told(app, preview_id):
        looked.waiting += 1
    else:
        await app.engine.terminate(str(preview_id), REASON)
        looked.terminated += 1
        measures.count("terminatedInstances")
        log.warning("the instance of checkout %s was %s long after its rest, and is terminated", preview_id, state)
