"""When a location takes orders: its week, its special days, and the schedule for its pace (rules 17)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import hours as api
from shared.documents.places import StoredLocation
from shared.services.places import hours
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_LOCATION = "location-settings/restaurant/{restaurantId}/location/{locationId}"
_READERS = staff_here(least="kitchen", devices="any")
_MANAGERS = staff_here(least="manager")


@endpoint(bp, "GET", _LOCATION + "/hours", allow=_READERS, errors=hours.READ_REFUSALS)
async def read(call: Call[None]) -> Reply[Data[api.Hours]]:
    """The week's hours, the special days, and when the location is open next."""
    shown, version = await hours.read(call.app, call.place)
    return tagged(shown, version)


@endpoint(bp, "PUT", _LOCATION + "/hours", allow=_MANAGERS, errors=hours.REFUSALS, versioned=True)
async def change(call: Call[api.HoursChange]) -> Reply[Data[api.Hours]]:
    """Replace the hours of the week; a weekday that is left out is closed."""
    changed = await hours.change(
        call.app, call.actor, call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


@endpoint(bp, "PUT", _LOCATION + "/special-days", allow=_MANAGERS, errors=hours.REFUSALS, versioned=True)
async def change_special_days(call: Call[api.SpecialDaysChange]) -> Reply[Data[api.Hours]]:
    """Replace all special days."""
    changed = await hours.change_special_days(
        call.app, call.actor, call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


@endpoint(bp, "PUT", _LOCATION + "/special-days/{day}", allow=_MANAGERS, errors=hours.REFUSALS, versioned=True)
async def put_special_day(call: Call[api.SpecialHours]) -> Reply[Data[api.Hours]]:
    """Give a date hours of its own, or none."""
    changed = await hours.put_special_day(
        call.app,
        call.actor,
        call.place,
        call.path["day"],
        call.body,
        if_match=call.if_match,
        request_id=call.request_id,
    )
    return _shown(call, changed)


@endpoint(
    bp, "DELETE", _LOCATION + "/special-days/{day}", allow=_MANAGERS, errors=hours.DELETE_REFUSALS, versioned=True
)
async def delete_special_day(call: Call[None]) -> Reply[Data[api.Hours]]:
    """Let a date be a day like others again."""
    changed = await hours.delete_special_day(
        call.app, call.actor, call.place, call.path["day"], if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


@endpoint(bp, "GET", _LOCATION + "/pace", allow=_READERS, errors=hours.READ_REFUSALS)
async def pace(call: Call[None]) -> Reply[Data[api.PaceNow]]:
    """How fast the location takes orders: by hand, by its schedule, and what comes of both now."""
    shown, version = await hours.pace(call.app, call.place)
    return tagged(shown, version)


@endpoint(bp, "PUT", _LOCATION + "/pace-schedule", allow=_MANAGERS, errors=hours.REFUSALS, versioned=True)
async def change_pace_schedule(call: Call[api.PaceScheduleChange]) -> Reply[Data[api.PaceNow]]:
    """Replace the schedule for pauses and wait times."""
    changed = await hours.change_pace_schedule(
        call.app, call.actor, call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return tagged(hours.shown_pace(call.app, changed), changed.version)


def _shown(call: Call[Any], changed: StoredLocation) -> Reply[Data[api.Hours]]:
    return tagged(hours.shown(call.app, changed), changed.version)
