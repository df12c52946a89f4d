"""Many declined payments at one location: somebody tries out stolen cards there.

The gateway's declines are counted per location and ten minutes, with the addresses that they came from. Where there
are many, a person is told (an entry in `attention`), and the addresses that had declines there are slowed. Nobody else
is: paying stays open.

What is counted lies in MongoDB, because the process that hears the gateway's no is another one than the process that
the diner asks. A count that cannot be had is logged and slows nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.payments import Payment
from shared.memory.kept import Kept
from shared.memory.slots import Slot
from shared.store import limits
from shared.store.support import attention_entries

log = logging.getLogger("orderbuddy.limits")

WINDOW_MINUTES = 10
WINDOW = timedelta(minutes=WINDOW_MINUTES)
QUIET_AFTER = timedelta(hours=1)
"""An entry in `attention` ends when there was no further alarm for so long."""

SLOWEST = 2
"""So many tokens a minute may be tried even by an address with many declines: it may be a venue's, and many diners'."""

KEPT_SECONDS = 5.0
MAX_KEPT = 500
_TOLD_AGAIN_EACH = 10


KNOWN: Slot[Kept[ObjectId | str, Mapping[str, int]]] = Slot(lambda: Kept(KEPT_SECONDS, most=MAX_KEPT))
"""The declines of a location by address, where they are many."""


async def count(app: App, payment: Payment) -> None:
    """Count a payment that the gateway declined."""
    many = app.settings.declines_per_location
    if many == 0:
        return
    now = app.clock.now()
    begin = _begin(now)
    try:
        declined = await limits.count_decline(
            app.db, _key(payment.location_id, begin), payment.asked_from, purge_at=begin + 3 * WINDOW
        )
        if declined < many or (declined - many) % _TOLD_AGAIN_EACH:
            return
        log.warning("%d payments were declined in ten minutes location=%r", declined, payment.location_id)
        await attention_entries.write(
            app.db,
            "declines",
            payment.location_id,
            restaurant_id=payment.restaurant_id,
            location_id=payment.location_id,
            reason="Many payments are declined here: somebody may be trying out stolen cards.",
            count=declined,
            at=now,
        )
    except PyMongoError as error:
        log.warning("a decline was not counted: %s", type(error).__name__)


async def of_address(app: App, location_id: ObjectId | str, digest: str) -> int:
    """How many declines this address (its digest) had at the location, where there are many; else 0."""
    if app.settings.declines_per_location == 0:
        return 0

    async def read(_: Mapping[str, int] | None) -> Mapping[str, int]:
        return await _read(app, location_id, app.clock.now())

    return (await app.memory[KNOWN].get(location_id, read)).get(digest, 0)


async def end_quiet(app: App) -> int:
    """End the entries of locations where there was no alarm for an hour; returns how many."""
    now = app.clock.now()
    return await attention_entries.end_older(app.db, "declines", now - QUIET_AFTER, at=now)


async def _read(app: App, location_id: ObjectId | str, now: datetime) -> Mapping[str, int]:
    """Those of this window and of the one before: an alarm does not end on the stroke of ten minutes."""
    begin = _begin(now)
    try:
        declined, by_address = await limits.declines(
            app.db, [_key(location_id, begin), _key(location_id, begin - WINDOW)]
        )
    except PyMongoError as error:
        log.warning("nobody is slowed: the declines could not be read: %s", type(error).__name__)
        return {}
    return by_address if declined >= app.settings.declines_per_location else {}


def _begin(now: datetime) -> datetime:
    return now.replace(minute=now.minute // WINDOW_MINUTES * WINDOW_MINUTES, second=0, microsecond=0)


def _key(location_id: ObjectId | str, begin: datetime) -> str:
    return f"declines:{location_id}:{begin:%Y%m%d%H%M}"
