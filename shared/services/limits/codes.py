"""How often somebody may ask for a sign-in code, or try one (rules 12).

A client address may do both so often in a minute. An e-mail address or a phone number gets so many codes in ten
minutes, and in an hour as many as it gets receipts or texts about orders, whoever asks. Over all only codes to
strangers count, who have no account here: above that limit they get none, and those who have an account get fewer. So
nobody can lock all staff out, or have messages sent to the whole world. Both are answered alike: an answer never tells
who has an account.

A count that cannot be had is logged and stops nobody. Only digests of addresses are stored, for two hours at most.
"""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from shared.app import App
from shared.errors import TOO_MANY_REQUESTS, Problem
from shared.services.limits import addresses
from shared.store import limits

REFUSALS = (TOO_MANY_REQUESTS,)

log = logging.getLogger("orderbuddy.limits")

WINDOW_MINUTES = 10
WINDOW = timedelta(minutes=WINDOW_MINUTES)
HOUR = timedelta(hours=1)
WHEN_MANY = 2
"""So many codes one target gets in ten minutes while too many strangers ask."""


async def admit_call(app: App, address: str | None) -> None:
    """Let somebody at `address` (None: unknown) ask for a code or try one. Raises Problem TOO_MANY_REQUESTS."""
    await addresses.admit_sign_in(app, address)


async def admit_code(app: App, target: str, *, known: bool, an_hour: int) -> bool:
    """Whether a code may be sent to `target`. `known`: somebody with an account. `an_hour`: how many it gets in an hour
    at most; 0: any number. Raises Problem TOO_MANY_REQUESTS."""
    now = app.clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    begin = hour.replace(minute=now.minute // WINDOW_MINUTES * WINDOW_MINUTES)
    try:
        strangers = await _strangers(app, begin, counts=not known)
        many = 0 < app.settings.codes_to_strangers < strangers
        mine = app.settings.codes_per_target
        if many:
            log.warning("many codes are asked for that go to strangers")
            mine = min(mine or WHEN_MANY, WHEN_MANY)
        if 0 < mine < await _codes_of(app, target, begin, WINDOW):
            raise _too_many(begin + WINDOW - now)
        # What was refused just now does not count: a burst of a minute shuts nobody out for an hour.
        if 0 < an_hour < await _codes_of(app, target, hour, HOUR):
            raise _too_many(hour + HOUR - now)
    except PyMongoError as error:
        log.warning("not limited: the codes could not be counted: %s", type(error).__name__)
        return True
    return known or not many


async def _codes_of(app: App, target: str, begin: datetime, window: timedelta) -> int:
    """How many codes a target asked for in this window, with this one."""
    key = f"code:{addresses.digest(app, target)}:{begin:%Y%m%d%H%M}:{window.seconds}"
    return (await limits.count_one_more(app.db, key, None, purge_at=begin + 2 * window)).everywhere


def _too_many(left: timedelta) -> Problem:
    return Problem(TOO_MANY_REQUESTS, retry_after=max(1, math.ceil(left.total_seconds())))


async def _strangers(app: App, begin: datetime, *, counts: bool) -> int:
    """How many codes were asked for strangers in this window, with this one where it `counts`."""
    key = f"codes:{begin:%Y%m%d%H%M}"
    if counts:
        return (await limits.count_one_more(app.db, key, None, purge_at=begin + 2 * WINDOW)).everywhere
    return await limits.counted(app.db, key)
