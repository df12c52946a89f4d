"""The timer that tells restaurants' own systems what happened (rules 21)."""

from __future__ import annotations

import logging
from dataclasses import asdict

import azure.durable_functions as df
import azure.functions as func

from shared.services.webhooks import lanes, nudging
from shared.store.mongo.client import allow_long_work
from shared.web.runtime import get_app

bp = df.Blueprint()
log = logging.getLogger("orderbuddy.timers")


@bp.timer_trigger(arg_name="timer", schedule="*/5 * * * * *", run_on_startup=False)
async def deliver_webhooks(timer: func.TimerRequest) -> None:
    """Make events of what happened, and send what is due; every 5 s. It is a timer of its own: addresses that stall
    hold up neither the sweeper nor screens."""
    allow_long_work()
    app = await get_app()
    nudging.begin(app)
    told = await lanes.run(app)
    if any(asdict(told).values()):
        log.info("webhooks: %s", asdict(told))
