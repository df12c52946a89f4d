"""Ticket printers of the demo: one is added as its manager would do it, and set up where the app says."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.exceptions import HTTPException

from local.console.app import call, demo_place
from local.console.view import StackView

KINDS = ("cloudprnt", "epson")


async def connect(http: httpx.AsyncClient, stack: StackView, token: str, asked: dict[str, Any]) -> dict[str, str]:
    """Add a printer to a demo location and set up the stand-in with its address. Raises HTTPException, and AppError.

    `token`: of the demo's manager. `asked`: `location`, a name of the demo's (open); `kind` (cloudprnt).
    """
    location, place = demo_place(stack, asked, "locationId")
    kind = asked.get("kind", "cloudprnt")
    if kind not in KINDS:
        raise HTTPException(400, f"The kind must be one of {', '.join(KINDS)}.")
    stand_in = stack.plan.service_urls().get("printer")
    if stand_in is None or not token:
        raise HTTPException(404, "This stack runs no stand-in for printers, or nobody can sign in.")
    api = stack.plan.api_url
    added = await call(
        http,
        "POST",
        f"{api}/cloud-printers/{place['restaurantId']}/{place['locationId']}",
        # The existing app's board wants a printer called so.
        {"name": "orders", "type": kind},
        {"authorization": f"Bearer {token}"},
    )
    printer_id, path = str(added["data"]["printer"]["id"]), added["data"]["path"]
    name = f"{location} {kind} {printer_id[-4:]}"
    set_up = {"name": name, "kind": kind, "address": api.removesuffix("/api/v1") + path}
    await call(http, "POST", f"{stand_in}/_local/printer", set_up)
    return {"printerId": printer_id, "name": name}
