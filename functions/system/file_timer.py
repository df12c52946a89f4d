"""The timer that removes pictures which nothing names any more, and what nobody finished sending (rules 24.4)."""

from __future__ import annotations

import logging

import azure.durable_functions as df
import azure.functions as func

from shared.integrations.files import FilesUnavailable
from shared.services.files import sweeping
from shared.store.mongo.client import allow_long_work
from shared.web.runtime import get_app

bp = df.Blueprint()
log = logging.getLogger("orderbuddy.timers")


@bp.timer_trigger(arg_name="timer", schedule="0 41 * * * *", run_on_startup=False)
async def sweep_files(timer: func.TimerRequest) -> None:
    """Look for the pictures whose turn it is, and remove those that nothing has named for 30 days, and what was sent a
    day ago and made no picture; every hour."""
    allow_long_work()
    app = await get_app()
    swept = await sweeping.sweep(app)
    if swept.removed or swept.failed:
        log.info("pictures removed: %d, to be tried again: %d", len(swept.removed), len(swept.failed))
    try:
        sent = await sweeping.sweep_incoming(app)
    except FilesUnavailable as error:
        log.warning("what nobody finished sending is not removed: %s", error)
        return
    if sent:
        log.info("files that nobody finished sending removed: %d", len(sent))
