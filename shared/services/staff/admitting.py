"""Whether a caller may act at a place: in a restaurant, at one of its locations (rules 11).

A yes may be five seconds old. Before a no, the membership and the location are read again: an owner who has just made a
restaurant reads it within the same second. How often one caller may cause that is bounded.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from shared.app import App
from shared.domain.roles import Caller, Device, Person, Role
from shared.errors import FORBIDDEN, TOO_MANY_REQUESTS, Problem
from shared.ids import stored_id
from shared.memory.kept import Kept
from shared.memory.recent import Recent
from shared.memory.slots import Slot
from shared.services.staff import signing_in
from shared.store import places

REFUSALS = (FORBIDDEN, TOO_MANY_REQUESTS)

Devices = Literal["none", "expo", "any"]
"""Which devices may: none; those of the whole location; those of a station, too."""

MAX_KEPT = 2000
REFUSALS_A_SECOND = 50
MAX_REFUSED = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants to do. `least`: the role that it needs.

    `location` None: the restaurant itself, for which a person must belong to all its locations; or, with `anywhere`,
    something that whoever belongs to one of them may do.
    """

    least: Role
    restaurant: str
    location: str | None = None
    anywhere: bool = False
    devices: Devices = "none"


LOCATIONS: Slot[Kept[str, str]] = Slot(lambda: Kept(signing_in.FRESH_SECONDS, most=MAX_KEPT))
"""The restaurant of each location, "" where there is no such location."""

REFUSED: Slot[Recent[str, list[float]]] = Slot(lambda: Recent(MAX_REFUSED))
"""When each caller was refused lately, by the process's own clock."""


async def admit(app: App, caller: Caller, wanted: Wanted) -> Caller:
    """Let the caller in, as it is known now. Raises Problem FORBIDDEN; TOO_MANY_REQUESTS for one refused a lot."""
    if await may(app, caller, wanted):
        return caller
    if isinstance(caller, Device):
        raise Problem(FORBIDDEN)
    _count_refusal(app, caller.user_id)
    again = await signing_in.person(app, caller.user_id, session=caller.session, anew=True)
    if wanted.location is not None:
        app.memory[LOCATIONS].outdate(wanted.location)
    if await may(app, again, wanted):
        return again
    raise Problem(FORBIDDEN)


async def may(app: App, caller: Caller, wanted: Wanted) -> bool:
    """Whether the caller may, as far as this process remembers."""
    if isinstance(caller, Device):
        return _device_may(caller, wanted)
    membership = caller.memberships.get(wanted.restaurant)
    if membership is None or not membership.may(wanted.least):
        return False
    if wanted.location is None:
        return wanted.anywhere or membership.locations is None
    # An id is looked for as it is written: another way to write it is another location.
    return membership.reaches(wanted.location) and await _restaurant_of(app, wanted.location) == wanted.restaurant


def _device_may(device: Device, wanted: Wanted) -> bool:
    allowed = wanted.devices == "any" or (wanted.devices == "expo" and device.role == "expo")
    here = wanted.location == device.location_id or (wanted.location is None and wanted.anywhere)
    return allowed and wanted.restaurant == device.restaurant_id and here


async def _restaurant_of(app: App, location_id: str) -> str:
    async def read(_: str | None) -> str:
        return await places.restaurant_of(app.db, stored_id(location_id)) or ""

    return await app.memory[LOCATIONS].get(location_id, read)


def _count_refusal(app: App, user_id: str) -> None:
    refused = app.memory[REFUSED].made(user_id, list)
    now = time.monotonic()
    while refused and now - refused[0] >= 1.0:
        refused.pop(0)
    if len(refused) >= REFUSALS_A_SECOND:
        raise Problem(TOO_MANY_REQUESTS, retry_after=1)
    refused.append(now)


def role_of(caller: Caller, restaurant_id: str) -> Role:
    """The caller's role there, for what is shown to whom. A device reads as the kitchen does."""
    role = caller.role_in(restaurant_id) if isinstance(caller, Person) else None
    return role or "kitchen"
