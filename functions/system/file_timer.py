"""The timer that removes pictures which nothing names any more (rules 24.4)."""

from __future__ import annotations

import logging

import azure.durable_functions as df
import azure.functions as func

from shared.services.files import sweeping
from shared.store.mongo.client import allow_long_work
from shared.web.runtime import get_app

bp = df.Blueprint()
log = logging.getLogger("orderbuddy.timers")


@bp.timer_trigger(arg_name="timer", schedule="0 41 * * * *", run_on_startup=False)
async def sweep_files(timer: func.TimerRequest) -> None:
    """Look for the pictures whose turn it is, and remove those that nothing has named for 30 days; every hour."""
    allow_long_work()
    swept = await sweeping.sweep(await get_app())
    if swept.removed or swept.failed:
        log.info("pictures removed: %d, to be tried again: %d", len(swept.removed), len(swept.failed))
