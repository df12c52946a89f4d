"""The codes of a location (contract 37 to 39, rules 18)."""

from __future__ import annotations

from typing import Annotated, Any

import azure.durable_functions as df
from pydantic import BaseModel, Field

from shared.api import origins as api
from shared.api.base import Date
from shared.domain.code_sheet import Paper
from shared.domain.qr_drawing import LARGEST, SMALLEST, USUAL
from shared.services.origins import changing, mailing, making, reading, styling
from shared.services.origins.changing import Changed, Target
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_ORIGINS = "origins/{restaurantId}/{locationId}"
_KITCHEN = staff_here(least="kitchen")
_MANAGER = staff_here(least="manager")


class PictureQuery(BaseModel):
    """How large a picture is to be."""

    size: int = Field(USUAL, ge=SMALLEST, le=LARGEST, description="How wide the picture is, in pixels.")


class SheetQuery(BaseModel):
    """Which sheet, and on what it is printed."""

    paper: Paper = Field("letter", description="The paper: letter or a4.")
    page: int = Field(1, ge=1, le=10, description="Which file, where there are more than 200 codes.")


class ScansQuery(BaseModel):
    """Which days of the location."""

    from_: Annotated[Date | None, Field(alias="from", description="The first day; six days before the last.")] = None
    to: Date | None = Field(None, description="The last day; today.")


def _target(call: Call[Any]) -> Target:
    path = call.path
    return Target(*call.place, path["originId"], call.if_match)


def _reply(changed: Changed) -> Reply[Data[api.Origin]]:
    return tagged(changed.origin, changed.version)


@endpoint(bp, "GET", _ORIGINS, allow=_KITCHEN, errors=reading.REFUSALS)
async def listed(call: Call[None]) -> Reply[Data[api.Origins]]:
    """The location's codes and how they look; with `x-truncated: true` there are more (contract 37)."""
    found = await reading.listed(call.app, *call.place)
    return Reply(Data(data=found.origins), headers={"x-truncated": "true"} if found.truncated else {})


@endpoint(bp, "POST", _ORIGINS, allow=_MANAGER, status=201, errors=making.REFUSALS)
async def create(call: Call[api.NewOrigin]) -> Data[api.Origin]:
    """Make a place with a code of its own (contract 38)."""
    made = await making.create(call.app, call.actor, *call.place, call.body, request_id=call.request_id)
    return Data(data=made)


@endpoint(bp, "POST", _ORIGINS + "/bulk", allow=_MANAGER, status=201, errors=making.REFUSALS)
async def create_range(call: Call[api.OriginRange]) -> Data[api.MadeOrigins]:
    """Make numbered places, at most 200 at once; labels that are there already are skipped, and named."""
    made = await making.create_range(call.app, call.actor, *call.place, call.body, request_id=call.request_id)
    return Data(data=made)


@endpoint(bp, "PUT", _ORIGINS + "/qr-style", allow=_MANAGER, errors=styling.REFUSALS, largest_body=api.BODY_BYTES)
async def change_style(call: Call[api.StyleChange]) -> api.Saved:
    """Say how the location's codes look; the same again is fine (contract 39)."""
    await styling.change(call.app, call.actor, *call.place, call.body, request_id=call.request_id)
    return api.Saved(message="QR code style updated")


@endpoint(bp, "PATCH", _ORIGINS + "/{originId}", allow=_MANAGER, errors=changing.CHANGE_REFUSALS, versioned=True)
async def change(call: Call[api.OriginChange]) -> Reply[Data[api.Origin]]:
    """Give a place another label or type; its code stays."""
    return _reply(await changing.change(call.app, call.actor, _target(call), call.body, request_id=call.request_id))


@endpoint(bp, "DELETE", _ORIGINS + "/{originId}", allow=_MANAGER, errors=changing.DELETE_REFUSALS, versioned=True)
async def delete(call: Call[None]) -> Data[bool]:
    """Delete a place; its code leads nowhere then."""
    await changing.delete(call.app, call.actor, _target(call), request_id=call.request_id)
    return Data(data=True)


@endpoint(bp, "PUT", _ORIGINS + "/{originId}/code", allow=_MANAGER, errors=changing.MOVE_REFUSALS, versioned=True)
async def move_code(call: Call[api.CodeMove]) -> Reply[Data[api.Origin]]:
    """Give a place the code of another place of the location, which gets this one's: two prints were mixed up."""
    moved = await changing.move_code(
        call.app, call.actor, _target(call), call.body.qr_code_id, request_id=call.request_id
    )
    return _reply(moved)


@endpoint(bp, "POST", _ORIGINS + "/send-link/{originId}", allow=_MANAGER, errors=mailing.REFUSALS)
async def send_link(call: Call[None]) -> api.LinkSent:
    """Mail a place's code, as a link and as a picture, to the location's own address (contract 41)."""
    await mailing.send_link(call.app, call.actor, _target(call), request_id=call.request_id)
    return api.LinkSent(message="QR code link sent")


@endpoint(
    bp, "GET", _ORIGINS + "/{originId}/qr.png", allow=_KITCHEN, errors=reading.PICTURE_REFUSALS, media=["image/png"]
)
async def png(call: Call[None, PictureQuery]) -> Reply[bytes]:
    """A place's code in the location's style."""
    path = call.path
    drawn = await reading.picture(call.app, *call.place, path["originId"], kind="png", size=call.query.size)
    return Reply(drawn, headers={"content-type": "image/png"})


@endpoint(
    bp, "GET", _ORIGINS + "/{originId}/qr.svg", allow=_KITCHEN, errors=reading.PICTURE_REFUSALS, media=["image/svg+xml"]
)
async def svg(call: Call[None, PictureQuery]) -> Reply[bytes]:
    """A place's code in the location's style, for print shops."""
    path = call.path
    drawn = await reading.picture(call.app, *call.place, path["originId"], kind="svg", size=call.query.size)
    safe = {"content-security-policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'"}
    return Reply(drawn, headers={"content-type": "image/svg+xml", **safe})


@endpoint(bp, "GET", _ORIGINS + "/sheet.pdf", allow=_MANAGER, errors=reading.SHEET_REFUSALS, media=["application/pdf"])
async def sheet(call: Call[None, SheetQuery]) -> Reply[bytes]:
    """The location's codes to print, with their labels, 200 a file; with `x-truncated: true` there is one more."""
    made = await reading.sheet(
        call.app, call.path["restaurantId"], call.path["locationId"], paper=call.query.paper, page=call.query.page
    )
    named = 'attachment; filename="codes.pdf"'
    headers = {"content-type": "application/pdf", "content-disposition": named}
    if made.goes_on:
        headers["x-truncated"] = "true"
    return Reply(made.pdf, headers=headers)


@endpoint(bp, "GET", _ORIGINS + "/scans", allow=_MANAGER, errors=reading.SCANS_REFUSALS)
async def scans(call: Call[None, ScansQuery]) -> Data[api.Scans]:
    """How often the location's codes were scanned, by place and day, at most 31 days."""
    query = call.query
    found = await reading.scanned(call.app, *call.place, query.from_, query.to)
    return Data(data=found)
