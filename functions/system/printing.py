"""Printers that ask for their tickets, by Star's and by Epson's protocol (rules 20)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import printing as api
from shared.services.printing import devices
from shared.services.printing.doors import Asking
from shared.web.access import in_path, this_printer
from shared.web.endpoint import Call, Reply, endpoint

bp = df.Blueprint()

_THIS = this_printer(in_path("printerId"), in_path("secret"))
_STAR = "printing/{printerId}/{secret}/cloudprnt"
_EPSON = "printing/{printerId}/{secret}/epson"


@endpoint(bp, "POST", _STAR, allow=_THIS, errors=devices.REFUSALS)
async def star_poll(call: Call[api.StarPoll]) -> api.StarOffer:
    """Star CloudPRNT: the printer says how it is, and hears whether there is a ticket (rules 20)."""
    return await devices.star_poll(call.app, _asking(call), call.body)


@endpoint(bp, "GET", _STAR, allow=_THIS, errors=devices.FETCH_REFUSALS, media=devices.MEDIA)
async def star_fetch(call: Call[None, api.StarFetch]) -> Reply[bytes]:
    """Star CloudPRNT: the printer fetches the ticket that it was told of (rules 20)."""
    asked = call.query
    made = await devices.star_fetch(call.app, _asking(call), asked.mac, asked.token, asked.type)
    headers: dict[str, str] = {"content-type": made.media_type}
    if made.media_type == "text/plain":
        headers["x-star-cut"] = "partial; feed=true"
    return Reply(made.body, headers=headers)


@endpoint(bp, "DELETE", _STAR, allow=_THIS, errors=devices.REFUSALS)
async def star_confirm(call: Call[None, api.StarConfirm]) -> api.Heard:
    """Star CloudPRNT: the printer says what became of the ticket (rules 20)."""
    told = call.query
    await devices.star_confirm(call.app, _asking(call), told.mac, told.token, told.code)
    return api.Heard(heard=True)


@endpoint(bp, "POST", _EPSON, allow=_THIS, errors=devices.REFUSALS, media=["text/xml"])
async def epson_call(call: Call[api.EpsonCall]) -> Reply[bytes]:
    """Epson Server Direct Print: the printer asks for a ticket, or says what became of one (rules 20).

    An empty answer means that there is none.
    """
    made = await devices.epson_call(call.app, _asking(call), call.body)
    return Reply(made, headers={"content-type": "text/xml; charset=utf-8"})


def _asking(call: Call[Any]) -> Asking:
    return Asking(call.path["printerId"], call.path["secret"], call.client_address)
