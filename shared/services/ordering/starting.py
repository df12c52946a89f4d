"""Starting a checkout's orchestration after its preview was answered.

At this moment nobody needs the instance yet: the claim's wake and the sweeper start what was not started. So it is
started a second later. Most unpaid orders do not need even that: their claim follows at once, and starts the instance.
A busy process leaves the start to the claim.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.integrations.engine import EngineError
from shared.memory.slots import Slot
from shared.store import checkouts

log = logging.getLogger("orderbuddy.checkout")

AFTER_SECONDS = 1.0
AT_MOST = 100

PENDING: Slot[dict[ObjectId, asyncio.Task[None]]] = Slot(dict)


def soon(app: App, preview_id: ObjectId, wait_until: datetime) -> None:
    """Start the instance in a second; it waits for its claim until `wait_until`."""
    pending = app.memory[PENDING]
    if len(pending) >= AT_MOST or app.engine.busy():
        return
    task = asyncio.get_running_loop().create_task(_start(app, preview_id, wait_until))
    pending[preview_id] = task
    task.add_done_callback(lambda _: pending.pop(preview_id, None))


def forgo(app: App, preview_id: ObjectId) -> bool:
    """Do not start the instance after all. True where this process was about to start it."""
    task = app.memory[PENDING].pop(preview_id, None)
    return task is not None and task.cancel()


async def _start(app: App, preview_id: ObjectId, wait_until: datetime) -> None:
    await asyncio.sleep(AFTER_SECONDS)
    # From here on it cannot be called off: a task that reads the database must not be cancelled.
    app.memory[PENDING].pop(preview_id, None)
    try:
        checkout = await checkouts.get(app.db, preview_id)
        if checkout is None or checkout.state != "open":
            # Claimed through another host, which has started its instance: a second one would wait for nothing.
            return
        await app.engine.start(str(preview_id), wait_until=wait_until)
    except (EngineError, PyMongoError) as error:
        log.info("checkout %s not started yet: %s", preview_id, error)
