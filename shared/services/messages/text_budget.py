"""How many texts go out in an hour: nobody has texts sent at will, to a number of theirs or of others (rules 24.1).

A diner's number has a budget over all locations, and a location has one for its diners and one for its alert numbers:
so a flood of the one does not silence the other. Codes to sign in with have one of their own over all numbers, for
those who work nowhere yet. What cannot be counted is not sent yet.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.domain.reaching import ALERT
from shared.integrations.delivery import Refused
from shared.services.limits import addresses
from shared.store import limits

log = logging.getLogger("orderbuddy.messages")

HOUR = timedelta(hours=1)
OVER = "more texts in an hour than are allowed"

Spent = Sequence[str]
"""The keys under which a text counts."""


async def spend(app: App, kind: str, number: str, location_id: ObjectId | str) -> Spent:
    """Count a text that is about to go out; what it counts under. `kind`: of its duty.

    Raises Refused where there are too many, and PyMongoError.
    """
    settings = app.settings
    budgets = [(f"{kind}:{location_id}", settings.texts_per_location_and_hour)]
    if kind != ALERT:
        budgets.append((addresses.digest(app, number), settings.texts_per_number_and_hour))
    return await _spend(app, budgets)


async def spend_for_code(app: App) -> Spent:
    """Count a code to sign in with that is about to go out to somebody who works nowhere yet: nobody earns by having
    codes texted to numbers that cost money. (How many one number gets is counted where it is asked for.)

    Raises Refused where there are too many, and PyMongoError.
    """
    return await _spend(app, [("codes", app.settings.code_texts_per_hour)])


async def _spend(app: App, budgets: Sequence[tuple[str, int]]) -> Spent:
    """Count under each key; `budgets`: with how many an hour, 0 for any number."""
    now = app.clock.now()
    spent: list[str] = []
    for what, most in budgets:
        if not most:
            continue
        key = f"texts:{what}:{now:%Y%m%d%H}"
        count = (await limits.count_one_more(app.db, key, None, purge_at=now + 2 * HOUR)).everywhere
        spent.append(key)
        if count > most:
            await give_back(app, spent)
            raise Refused(OVER, OVER)
    return spent


async def give_back(app: App, spent: Spent) -> None:
    """The text did not go out."""
    try:
        for key in spent:
            await limits.count_one_less(app.db, key)
    except PyMongoError as error:
        log.warning("a text counts that did not go out: %s", type(error).__name__)
