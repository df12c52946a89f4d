"""The timer of the mails that tell owners their day (rules 24.2)."""

from __future__ import annotations

import logging

import azure.durable_functions as df
import azure.functions as func

from shared.services.upkeep import daily_summaries
from shared.store.mongo.client import allow_long_work
from shared.web.runtime import get_app

bp = df.Blueprint()
log = logging.getLogger("orderbuddy.timers")


@bp.timer_trigger(arg_name="timer", schedule="0 11 * * * *", run_on_startup=False)
async def begin_daily_summaries(timer: func.TimerRequest) -> None:
    """Write down which days are to be told to owners, an hour after they ended; every hour. The sweeper sends them."""
    allow_long_work()
    made = await daily_summaries.begin(await get_app())
    if made:
        log.info("daily summaries: %d mails", made)
