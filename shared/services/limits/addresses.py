"""How much one client address may ask for: previews, card entries, payments and live connections.

Each request counts for its address, its minute and the location that it is about. A limit holds per location, because
a phone carrier's address stands for many diners at many places. A larger limit holds for all locations together, so
that nobody gets a fresh allowance at each.

There are many instances, and each is one of many. So an address and minute is one document of MongoDB, and a request
is one round trip to it. A tap of the same cart counts, too: it costs the database as much as a new one. No person taps
as often as a limit allows, which is set for a whole restaurant's guests behind one address.

A count that cannot be had in time is logged and stops nobody. Addresses are personal data: only a keyed digest of one
is stored, for some minutes, and none is logged.
"""

from __future__ import annotations

import hashlib
import logging
import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.errors import TOO_MANY_PREVIEWS, TOO_MANY_REQUESTS, ErrorCode, Problem
from shared.ids import stored_id
from shared.memory.recent import Recent
from shared.memory.slots import Slot
from shared.services.limits import declines, open_previews
from shared.store import limits

PREVIEW_REFUSALS = (TOO_MANY_PREVIEWS, *open_previews.REFUSALS)
REFUSALS = (TOO_MANY_REQUESTS,)

log = logging.getLogger("orderbuddy.limits")

WINDOW = timedelta(minutes=1)
KEPT_AFTER = timedelta(minutes=1)
MAX_KEPT_REFUSALS = 10_000
_NOBODY = "unknown"
EVERYBODY = "everybody"
CLAIMS_OVER_ALL = 100
"""How many addresses may try as many codes of devices as one may, in a minute."""

PICTURES = 120
"""How many pictures the people of one restaurant may send in a minute: a whole menu's, and no flood."""

REFUSED: Slot[Recent[str, bool]] = Slot(lambda: Recent(MAX_KEPT_REFUSALS))


@dataclass(frozen=True, slots=True)
class _Limit:
    """How often a `kind` of request may come in a minute: `here` at one place, `everywhere` over all of them."""

    kind: str
    here: int
    everywhere: int
    refusal: ErrorCode = TOO_MANY_REQUESTS


async def admit_preview(app: App, address: str | None, location_id: str) -> None:
    """Let a diner at `address` (None: unknown) have a preview at the location.

    Raises Problem TOO_MANY_PREVIEWS with the seconds after which to try again.
    """
    limit = app.settings.previews_per_address_and_minute
    if limit:
        await _admit(app, _Limit("preview", limit, _over_all(app, limit), TOO_MANY_PREVIEWS), address, location_id)
    await open_previews.admit(app, stored_id(location_id))


async def admit_negotiation(app: App, address: str | None, location_id: ObjectId | str | None) -> None:
    """Let a diner at `address` (None: unknown) ask for a live connection. No location: the order is not known.

    Raises Problem TOO_MANY_REQUESTS.
    """
    limit = app.settings.negotiations_per_address_and_minute
    if limit:
        await _admit(app, _Limit("negotiate", limit, _over_all(app, limit)), address, location_id)


async def admit_card_entry(app: App, address: str | None, place: ObjectId | str | None) -> None:
    """Let a diner at `address` (None: unknown) begin to enter a card. `place`: the location, or a restaurant that has
    one merchant; None where the preview is not known.

    Raises Problem TOO_MANY_REQUESTS.
    """
    limit = app.settings.payments_per_address_and_minute
    if limit:
        await _admit(app, _Limit("payment", limit, _over_all(app, limit)), address, place)


async def admit_payment(app: App, address: str | None, location_id: ObjectId | str) -> None:
    """Let a diner at `address` (None: unknown) try a new card or wallet token: nobody tries out stolen ones here.

    Where a location has many declines, each decline of this address there halves what it may try. Raises Problem
    TOO_MANY_REQUESTS.
    """
    limit = app.settings.payments_per_address_and_minute
    if limit:
        declined = await declines.of_address(app, location_id, digest(app, address))
        here = max(min(limit, declines.SLOWEST), limit >> declined)
        await _admit(app, _Limit("token", here, _over_all(app, limit)), address, location_id)


async def admit_sign_in(app: App, address: str | None) -> None:
    """Let somebody at `address` (None: unknown) ask for a sign-in code, or try one.

    Raises Problem TOO_MANY_REQUESTS.
    """
    limit = app.settings.sign_ins_per_address_and_minute
    if limit:
        await _admit(app, _Limit("sign-in", limit, limit), address, None)


async def admit_device_claim(app: App, address: str | None) -> None:
    """Let a screen at `address` (None: unknown) try a code. Few tries come from one address, and from all together so
    few that guessing a code is hopeless, and so many that nobody can keep others from pairing theirs.

    Raises Problem TOO_MANY_REQUESTS.
    """
    limit = app.settings.device_claims_per_address_and_minute
    if limit:
        await _admit(app, _Limit("claim", limit, limit), address, None)
        everybody = limit * CLAIMS_OVER_ALL
        await _admit(app, _Limit("claims", everybody, everybody), EVERYBODY, None)


async def admit_scan(app: App, address: str | None) -> None:
    """Let somebody at `address` (None: unknown) follow a code. Raises Problem TOO_MANY_REQUESTS."""
    limit = app.settings.scans_per_address_and_minute
    if limit:
        await _admit(app, _Limit("scan", limit, limit), address, None)


async def admit_picture(app: App, restaurant_id: str) -> None:
    """Let the people of a restaurant send one more picture. Raises Problem TOO_MANY_REQUESTS."""
    await _admit(app, _Limit("picture", PICTURES, PICTURES), f"restaurant {restaurant_id}", None)


async def admit_printer(app: App, printer_id: str) -> None:
    """Let a printer that showed its secret ask again. Raises Problem TOO_MANY_REQUESTS."""
    limit = app.settings.printer_calls_per_minute
    if limit:
        await _admit(app, _Limit("printer", limit, limit), f"printer {printer_id}", None)


async def admit_wrong_secret(app: App, address: str | None) -> None:
    """Let somebody at `address` (None: unknown) who showed no printer's secret hear that there is nothing.

    Raises Problem TOO_MANY_REQUESTS. It stops no printer that shows its own: behind one address there may be both.
    """
    limit = app.settings.printer_calls_per_minute
    if limit:
        await _admit(app, _Limit("secret", limit, limit), address, None)


def _over_all(app: App, limit: int) -> int:
    return limit * app.settings.limits_over_all_locations


async def _admit(app: App, limit: _Limit, address: str | None, place: ObjectId | str | None) -> None:
    """Count a request, and refuse it over its limit."""
    kind = limit.kind
    if address is None and app.settings.app_env == "prod":
        # All diners under one key would wait for each other; that no address is known is a defect of the deployment.
        log.warning("not limited: no client address in X-Forwarded-For kind=%s", kind)
        return
    now = app.clock.now()
    begin = now.replace(second=0, microsecond=0)
    everywhere = f"{kind}:{digest(app, address)}:{begin:%Y%m%d%H%M}"
    at = None if place is None else _short(str(place))
    only_here = f"{everywhere}:{at}"
    # What MongoDB refused once is refused until the window ends: a flood need not reach it each time.
    refused = app.memory[REFUSED]
    if everywhere not in refused and only_here not in refused:
        try:
            count = await limits.count_one_more(app.db, everywhere, at, purge_at=begin + WINDOW + KEPT_AFTER)
        except PyMongoError as error:
            log.warning("not limited: the requests could not be counted: %s kind=%s", type(error).__name__, kind)
            return
        if count.everywhere <= limit.everywhere and count.here <= limit.here:
            return
        log.info("too many requests of one address kind=%s", kind)
        refused.put(only_here if count.everywhere <= limit.everywhere else everywhere, True)
    raise Problem(limit.refusal, retry_after=max(1, math.ceil((begin + WINDOW - now).total_seconds())))


def digest(app: App, address: str | None) -> str:
    """An address under the deployment's own key, so that trying all addresses does not tell which one it was."""
    key = _key(app.settings.mongodb_uri.get_secret_value())
    return hashlib.blake2b((address or _NOBODY).encode(), key=key, digest_size=12).hexdigest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    # Every instance has the connection string, and a copy of the database has not.
    return hashlib.sha256(f"client addresses {secret}".encode()).digest()


def _short(place: str) -> str:
    """A field's name for a place: a client may have made the place up."""
    return hashlib.blake2b(place.lower().encode(), digest_size=8).hexdigest()
