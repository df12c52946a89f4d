"""How much may be asked for without signing in: previews, card entries and live connections.

Per client address and minute. Every request counts, in one document of MongoDB per address and minute, since there are
many instances and each is one of many. A tap of the same cart counts too: it costs the database as much as a new one,
and no person taps as often as the limit allows, which is set for a whole restaurant's guests behind one address.

Open previews per location. They are counted where they are, in an index of the open checkouts, and not in a counter
that every preview, claim and expiry would have to move. Each process keeps the number for a second, or for ten where
it is far from the limit, and adds what it lets through meanwhile. So the limit can be overrun by what other instances
let through in that time: it holds off a flood, it is no stock. A tap of the same cart opens nothing, and counts only
until the next count.

A count that cannot be had in time is logged and stops nobody. Addresses are personal data: only a keyed digest of one
is stored, for some minutes, and none is logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from weakref import WeakKeyDictionary

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.errors import TOO_MANY_PREVIEWS, TOO_MANY_REQUESTS, ErrorCode, Problem
from shared.ids import stored_id
from shared.store import limits
from shared.store.mongo.client import Database

log = logging.getLogger("orderbuddy.limits")

WINDOW = timedelta(minutes=1)
KEPT_AFTER = timedelta(minutes=1)
COUNT_KEPT = timedelta(seconds=1)
COUNT_KEPT_FAR = timedelta(seconds=10)
"""How long a count is good that is below half of the limit."""

RETRY_OPEN_SECONDS = 30
"""When to come back to a location with too many open previews: some are placed or expire all the time."""

MAX_KEPT_REFUSALS = 10_000
MAX_KEPT_LOCATIONS = 500
_NOBODY = "unknown"


@dataclass(slots=True)
class _Open:
    """A location's open previews: as counted at `counted_at`, and those that this process let through since."""

    count: int = 0
    counted_at: datetime | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


_refused: WeakKeyDictionary[Database, OrderedDict[str, None]] = WeakKeyDictionary()
_open: WeakKeyDictionary[Database, OrderedDict[ObjectId | str, _Open]] = WeakKeyDictionary()


async def admit_preview(app: App, address: str | None, location_id: str) -> None:
    """Let a diner at `address` (None: unknown) have a preview at the location.

    Raises Problem TOO_MANY_PREVIEWS with the seconds after which to try again.
    """
    await _admit(app, "preview", address, app.settings.previews_per_address_and_minute, TOO_MANY_PREVIEWS)
    await _admit_open(app, stored_id(location_id))


async def admit_negotiation(app: App, address: str | None) -> None:
    """Let whoever is at `address` (None: unknown) ask for a live connection. Raises Problem TOO_MANY_REQUESTS."""
    await _admit(app, "negotiate", address, app.settings.negotiations_per_address_and_minute, TOO_MANY_REQUESTS)


async def admit_payment(app: App, address: str | None) -> None:
    """Let whoever is at `address` (None: unknown) start to enter a card, so that nobody tries out stolen ones here.

    Raises Problem TOO_MANY_REQUESTS.
    """
    await _admit(app, "payment", address, app.settings.payments_per_address_and_minute, TOO_MANY_REQUESTS)


async def _admit(app: App, kind: str, address: str | None, limit: int, refusal: ErrorCode) -> None:
    if limit == 0:
        return
    if address is None and app.settings.app_env == "prod":
        # All diners under one key would wait for each other; that no address is known is a defect of the deployment.
        log.warning("not limited: no client address in X-Forwarded-For kind=%s", kind)
        return
    now = app.clock.now()
    begin = now.replace(second=0, microsecond=0)
    key = f"{kind}:{_digest(app, address or _NOBODY)}:{begin:%Y%m%d%H%M}"
    # What MongoDB refused once is refused until the window ends: a flood need not reach it each time.
    refused = _refused.setdefault(app.db, OrderedDict())
    if key not in refused:
        try:
            count = await limits.count_one_more(app.db, key, purge_at=begin + WINDOW + KEPT_AFTER)
        except PyMongoError as error:
            log.warning("not limited: the requests could not be counted: %s kind=%s", type(error).__name__, kind)
            return
        if count <= limit:
            return
        log.info("too many requests of one address kind=%s", kind)
        refused[key] = None
        while len(refused) > MAX_KEPT_REFUSALS:
            refused.popitem(last=False)
    raise Problem(refusal, retry_after=max(1, math.ceil((begin + WINDOW - now).total_seconds())))


async def _admit_open(app: App, location_id: ObjectId | str) -> None:
    limit = app.settings.open_previews_per_location
    if limit == 0:
        return
    kept = _open.setdefault(app.db, OrderedDict())
    here = kept.setdefault(location_id, _Open())
    kept.move_to_end(location_id)
    while len(kept) > MAX_KEPT_LOCATIONS:
        kept.popitem(last=False)
    if _is_old(here, app.clock.now(), limit):
        async with here.counting:
            await _count_anew(app, here, location_id, limit)
    if here.count >= limit:
        log.info("too many open previews location=%r", location_id)
        raise Problem(TOO_MANY_PREVIEWS, retry_after=RETRY_OPEN_SECONDS)
    here.count += 1


async def _count_anew(app: App, here: _Open, location_id: ObjectId | str, limit: int) -> None:
    now = app.clock.now()
    if not _is_old(here, now, limit):
        # Whoever was before at the lock has counted.
        return
    try:
        here.count = await limits.open_previews(app.db, location_id, now, limit)
    except PyMongoError as error:
        log.warning("not limited: the open previews could not be counted: %s", type(error).__name__)
        here.count = 0
    here.counted_at = now


def _is_old(here: _Open, now: datetime, limit: int) -> bool:
    kept = COUNT_KEPT_FAR if here.count < limit / 2 else COUNT_KEPT
    return here.counted_at is None or not timedelta() <= now - here.counted_at < kept


def _digest(app: App, address: str) -> str:
    """The address under the deployment's own key, so that trying all addresses does not tell which one it was."""
    key = _key(app.settings.mongodb_uri.get_secret_value())
    return hashlib.blake2b(address.encode(), key=key, digest_size=12).hexdigest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    # Every instance has the connection string, and a copy of the database has not.
    return hashlib.sha256(f"client addresses {secret}".encode()).digest()
