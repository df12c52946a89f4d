"""How many mails somebody may have sent by a request, in an hour of the clock (rules 24.2)."""

from __future__ import annotations

from datetime import timedelta

from shared.app import App
from shared.store import limits

_HOUR = timedelta(hours=1)


async def may_send(app: App, what: str, most: int) -> bool:
    """Count one more of `what`; whether it is one of the first `most` of this hour. Raises PyMongoError where it cannot
    be counted: a mail can wait."""
    hour = app.clock.now().replace(minute=0, second=0, microsecond=0)
    counted = await limits.count_one_more(app.db, f"mail:{what}:{hour:%Y%m%d%H}", None, purge_at=hour + 2 * _HOUR)
    return counted.everywhere <= most


def seconds_left(app: App) -> int:
    """How long this hour goes on."""
    now = app.clock.now()
    return 3600 - now.minute * 60 - now.second
