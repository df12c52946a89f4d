"""The printers of a location (contract 49, 50)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import places as api
from shared.services.places import printers
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_PRINTERS = "printers/{restaurantId}/{locationId}"


@endpoint(
    bp,
    "POST",
    _PRINTERS,
    allow=staff_of(in_path("restaurantId"), in_path("locationId"), least="manager"),
    status=201,
    errors=printers.ADD_REFUSALS,
)
async def add(call: Call[api.NewPrinter]) -> api.Printer:
    """Add a printer to the location (contract 49)."""
    path = call.path
    actor = call.staff.actor_in(path["restaurantId"])
    return await printers.add(
        call.app, actor, path["restaurantId"], path["locationId"], call.body, request_id=call.request_id
    )


@endpoint(
    bp,
    "GET",
    _PRINTERS,
    allow=staff_of(in_path("restaurantId"), in_path("locationId"), least="kitchen"),
    errors=printers.REFUSALS,
)
async def listed(call: Call[None]) -> Data[list[api.Printer]]:
    """The location's printers (contract 50)."""
    return Data(data=await printers.listed(call.app, call.path["restaurantId"], call.path["locationId"]))
