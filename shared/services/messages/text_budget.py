"""How many texts go out in an hour: nobody has texts sent at will, to a number of theirs or of others (rules 24.1).

A diner's number has a budget over all locations, and a location has one for its diners and one for its alert numbers:
so a flood of the one does not silence the other. What cannot be counted is not sent yet.
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
    now = app.clock.now()
    hour = f"{now:%Y%m%d%H}"
    budgets = [(f"texts:{kind}:{location_id}:{hour}", settings.texts_per_location_and_hour)]
    if kind != ALERT:
        budgets.append((f"texts:{addresses.digest(app, number)}:{hour}", settings.texts_per_number_and_hour))
    spent: list[str] = []
    for key, most in budgets:
        if not most:
            continue
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
