"""How many mails somebody may have sent by a request, in an hour of the clock (rules 24.2)."""

from __future__ import annotations

import logging
from datetime import timedelta

from pymongo.errors import PyMongoError

from shared.app import App
from shared.store import limits

log = logging.getLogger("orderbuddy.limits")

_HOUR = timedelta(hours=1)


async def may_send(app: App, what: str, most: int) -> bool:
    """Count one more of `what`; whether it is one of the first `most` of this hour. What cannot be counted may not: a
    mail can wait."""
    hour = app.clock.now().replace(minute=0, second=0, microsecond=0)
    try:
        counted = await limits.count_one_more(app.db, f"mail:{what}:{hour:%Y%m%d%H}", None, purge_at=hour + 2 * _HOUR)
    except PyMongoError as error:
        log.warning("a mail was not counted, so it is not sent: %s", type(error).__name__)
        return False
    return counted.everywhere <= most


def seconds_left(app: App) -> int:
    """How long this hour goes on."""
    now = app.clock.now()
    return 3600 - now.minute * 60 - now.second
