"""A location's settings, and how it handles orders (contract 45, 46; rules 13, 17)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import location_settings as settings_api
from shared.api import pace as api
from shared.api.kitchen import AgeingChange, AgeingSettings
from shared.documents.places import StoredLocation
from shared.services.paying import settings as payment_settings
from shared.services.places import lateness, pace, settings
from shared.services.places.changing import REFUSALS as CHANGING_REFUSALS
from shared.services.staff.admitting import role_of
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_LOCATION = "location-settings/restaurant/{restaurantId}/location/{locationId}"


@endpoint(bp, "GET", _LOCATION, allow=staff_here(least="kitchen"), errors=settings.READ_REFUSALS)
async def read(call: Call[None]) -> Reply[Data[settings_api.LocationSettings]]:
    """A location's settings; below manager without alert numbers and the contact's address (contract 45)."""
    place = call.place
    shown, version = await settings.read(call.app, role_of(call.staff, place[0]), *place)
    return tagged(shown, version)


@endpoint(
    bp, "PATCH", _LOCATION, allow=staff_here(least="manager", echoed=True), errors=settings.REFUSALS, versioned=True
)
async def change(call: Call[settings_api.LocationSettingsChange]) -> Reply[Data[settings_api.LocationSettings]]:
    """Change a location's settings: only what is sent, and differs from what is stored (contract 46)."""
    changed = await settings.change(
        call.app, call.actor, *call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


@endpoint(
    bp,
    "PATCH",
    _LOCATION + "/details",
    allow=staff_here(least="manager"),
    errors=settings.DETAILS_REFUSALS,
    versioned=True,
)
async def change_details(
    call: Call[settings_api.LocationDetailsChange],
) -> Reply[Data[settings_api.LocationSettings]]:
    """Change what a location is: its names, its languages, when its business day begins."""
    changed = await settings.change_details(
        call.app, call.actor, *call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


@endpoint(
    bp, "PATCH", _LOCATION + "/activity", allow=staff_here(least="owner"), errors=CHANGING_REFUSALS, versioned=True
)
async def change_activity(call: Call[settings_api.ActivityChange]) -> Reply[Data[settings_api.LocationSettings]]:
    """Close a location, or open it again; open orders go on either way."""
    changed = await settings.change_activity(
        call.app, call.actor, *call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


@endpoint(
    bp,
    "PATCH",
    _LOCATION + "/payment",
    allow=staff_here(least="owner"),
    errors=payment_settings.REFUSALS,
    versioned=True,
)
async def change_payment(call: Call[settings_api.PaymentSettingsChange]) -> Reply[Data[settings_api.LocationSettings]]:
    """Say whether diners pay with the order, and by which account at the wallets."""
    changed = await payment_settings.change(
        call.app, call.actor, *call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return _shown(call, changed)


def _shown(call: Call[Any], changed: StoredLocation) -> Reply[Data[settings_api.LocationSettings]]:
    shown = settings.shown(changed, role_of(call.staff, call.path["restaurantId"]))
    return tagged(shown, changed.version)


@endpoint(bp, "PATCH", _LOCATION + "/pace", allow=staff_here(least="kitchen", devices="any"), errors=pace.REFUSALS)
async def change_pace(call: Call[api.PaceChange]) -> Data[api.Pace]:
    """Pause diners' orders, go on with them, or say how much longer they take."""
    changed = await pace.change_pace(call.app, call.actor, *call.place, call.body, request_id=call.request_id)
    return Data(data=changed)


@endpoint(bp, "PUT", _LOCATION + "/ageing", allow=staff_here(least="manager"), errors=lateness.REFUSALS, versioned=True)
async def change_ageing(call: Call[AgeingChange]) -> Reply[Data[AgeingSettings]]:
    """Say when an order in the kitchen is late; its screens show it with their next read."""
    changed = await lateness.change(
        call.app, call.actor, call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return tagged(lateness.shown(changed.ageing), changed.version)


@endpoint(
    bp, "PATCH", _LOCATION + "/acceptance", allow=staff_here(least="manager"), errors=pace.REFUSALS, versioned=True
)
async def change_acceptance(call: Call[api.AcceptanceChange]) -> Reply[Data[api.Acceptance]]:
    """Say when people are told of an order that nobody accepts, and what makes an order ready."""
    changed, version = await pace.change_acceptance(
        call.app, call.actor, *call.place, call.body, if_match=call.if_match, request_id=call.request_id
    )
    return tagged(changed, version)
