"""The printers of a location (contract 49, 50), and those that ask for their tickets (rules 20)."""

from __future__ import annotations

from typing import Annotated, Any

import azure.durable_functions as df
from pydantic import BaseModel, ConfigDict, Field

from shared.api import places as api
from shared.api import printing as cloud_api
from shared.api.base import Cleaned
from shared.domain.cursors import MAX_CURSOR
from shared.services.places import printers
from shared.services.printing import jobs
from shared.services.printing import printers as cloud
from shared.services.printing.printers import At
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_PRINTERS = "printers/{restaurantId}/{locationId}"
_CLOUD = "cloud-printers/{restaurantId}/{locationId}"
_ONE = _CLOUD + "/{printerId}"
_MANAGER = staff_here(least="manager")
_KITCHEN = staff_here(least="kitchen")
_WORKS_THERE = staff_here(least="kitchen", devices="expo")


@endpoint(bp, "POST", _PRINTERS, allow=staff_here(least="manager"), status=201, errors=printers.ADD_REFUSALS)
async def add(call: Call[api.NewPrinter]) -> api.Printer:
    """Add a printer to the location (contract 49)."""
    return await printers.add(call.app, call.actor, *call.place, call.body, request_id=call.request_id)


@endpoint(bp, "GET", _PRINTERS, allow=staff_here(least="kitchen"), errors=printers.REFUSALS)
async def listed(call: Call[None]) -> Data[list[api.Printer]]:
    """The location's printers (contract 50)."""
    return Data(data=await printers.listed(call.app, *call.place))


@endpoint(bp, "PATCH", _PRINTERS + "/{printerId}", allow=_MANAGER, errors=printers.CHANGE_REFUSALS)
async def change(call: Call[api.PrinterEdit]) -> Data[api.Printer]:
    """Give a printer another name, or one in the location's own network another address (rules 17)."""
    path = call.path
    changed = await printers.change(
        call.app, call.actor, call.place, path["printerId"], call.body, request_id=call.request_id
    )
    return Data(data=changed)


@endpoint(bp, "GET", _CLOUD, allow=_KITCHEN, errors=cloud.LIST_REFUSALS)
async def cloud_listed(call: Call[None]) -> Data[list[cloud_api.CloudPrinter]]:
    """The printers that ask for their tickets, and how they are (rules 20)."""
    return Data(data=await cloud.listed(call.app, *call.place))


@endpoint(bp, "POST", _CLOUD, allow=_MANAGER, status=201, errors=cloud.ADD_REFUSALS)
async def cloud_add(call: Call[cloud_api.NewCloudPrinter]) -> Data[cloud_api.PrinterAddress]:
    """Add a printer that asks for its tickets; its address is shown only now (rules 20)."""
    return Data(data=await cloud.add(call.app, _at(call), call.body))


@endpoint(bp, "PATCH", _ONE, allow=_MANAGER, errors=cloud.CHANGE_REFUSALS)
async def cloud_change(call: Call[cloud_api.PrinterChange]) -> Data[cloud_api.CloudPrinter]:
    """Change what such a printer prints, and how (rules 20)."""
    return Data(data=await cloud.change(call.app, _at(call), call.path["printerId"], call.body))


@endpoint(bp, "DELETE", _PRINTERS + "/{printerId}", allow=_MANAGER, errors=cloud.REMOVE_REFUSALS)
async def remove(call: Call[None]) -> Data[bool]:
    """Remove a printer of whatever kind; tickets that wait for it are dropped (rules 20)."""
    await cloud.remove(call.app, _at(call), call.path["printerId"])
    return Data(data=True)


@endpoint(bp, "POST", _ONE + "/address", allow=_MANAGER, status=201, errors=cloud.REFUSALS)
async def give_address(call: Call[None]) -> Data[cloud_api.PrinterAddress]:
    """Give such a printer a new address, shown only now; the old one leads nowhere (rules 20)."""
    return Data(data=await cloud.give_address(call.app, _at(call), call.path["printerId"]))


@endpoint(bp, "DELETE", _ONE + "/address", allow=_MANAGER, errors=cloud.REFUSALS)
async def revoke_address(call: Call[None]) -> Data[bool]:
    """Take such a printer's address away; its tickets go on waiting (rules 20)."""
    await cloud.revoke_address(call.app, _at(call), call.path["printerId"])
    return Data(data=True)


class JobsQuery(BaseModel):
    """How many tickets, and from where on."""

    model_config = ConfigDict(populate_by_name=True)

    after: Annotated[str, Field(max_length=MAX_CURSOR), Cleaned] | None = Field(
        None, description="The header `x-next` of the page before."
    )
    limit: int = Field(50, ge=1, le=200, description="How many tickets at most.")


@endpoint(bp, "GET", _ONE + "/jobs", allow=_WORKS_THERE, errors=jobs.LIST_REFUSALS)
async def jobs_listed(call: Call[None, JobsQuery]) -> Reply[Data[list[cloud_api.PrintJob]]]:
    """The tickets of such a printer of the last day, the newest first (rules 20).

    Where there are older ones, the header `x-next` says how to go on: send it as `after`.
    """
    path, asked = call.path, call.query
    rows, following = await jobs.page(call.app, *call.place, path["printerId"], limit=asked.limit, after=asked.after)
    return Reply(Data(data=rows), headers={} if following is None else {"x-next": following})


@endpoint(bp, "POST", _ONE + "/jobs", allow=_WORKS_THERE, status=201, errors=jobs.AGAIN_REFUSALS)
async def print_again(call: Call[cloud_api.PrintAgain]) -> Data[cloud_api.PrintJob]:
    """Print an order's ticket again, with COPY on it (rules 20)."""
    return Data(data=await jobs.again(call.app, _at(call), call.path["printerId"], call.body.order_id))


def _at(call: Call[Any]) -> At:
    return At(*call.place, call.actor, call.request_id)
