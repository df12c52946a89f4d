"""How a location handles orders (rules 13)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import pace as api
from shared.domain import versions
from shared.services.places import pace
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_HERE = (in_path("restaurantId"), in_path("locationId"))
_LOCATION = "location-settings/restaurant/{restaurantId}/location/{locationId}"


@endpoint(
    bp,
    "PATCH",
    _LOCATION + "/pace",
    allow=staff_of(*_HERE, least="kitchen", devices="any"),
    errors=pace.REFUSALS,
)
async def change_pace(call: Call[api.PaceChange]) -> Data[api.Pace]:
    """Pause diners' orders, go on with them, or say how much longer they take."""
    restaurant_id = call.path["restaurantId"]
    changed = await pace.change_pace(
        call.app,
        call.staff.actor_in(restaurant_id),
        restaurant_id,
        call.path["locationId"],
        call.body,
        request_id=call.request_id,
    )
    return Data(data=changed)


@endpoint(
    bp,
    "PATCH",
    _LOCATION + "/acceptance",
    allow=staff_of(*_HERE, least="manager"),
    errors=pace.REFUSALS,
    versioned=True,
)
async def change_acceptance(call: Call[api.AcceptanceChange]) -> Reply[Data[api.Acceptance]]:
    """Say when people are told of an order that nobody accepts, and what makes an order ready."""
    restaurant_id = call.path["restaurantId"]
    changed, version = await pace.change_acceptance(
        call.app,
        call.staff.actor_in(restaurant_id),
        restaurant_id,
        call.path["locationId"],
        call.body,
        if_match=call.if_match,
        request_id=call.request_id,
    )
    return Reply(Data(data=changed), headers={"etag": versions.tag(version)})
