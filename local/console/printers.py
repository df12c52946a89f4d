"""Ticket printers of the demo: one is added as its manager would do it, and set up where the app says."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.exceptions import HTTPException

from local.console.view import StackView

KINDS = ("cloudprnt", "epson")


async def connect(http: httpx.AsyncClient, stack: StackView, token: str, asked: dict[str, Any]) -> dict[str, str]:
    """Add a printer to a demo location and set up the stand-in with its address. Raises HTTPException.

    `token`: of the demo's manager. `asked`: `location`, a name of the demo's (open); `kind` (cloudprnt).
    """
    location, kind = str(asked.get("location", "open")), asked.get("kind", "cloudprnt")
    place = stack.demo.get(location)
    if not isinstance(place, dict) or "locationId" not in place:
        raise HTTPException(404, f"There is no demo location called {location!r}: run without --no-seed.")
    if kind not in KINDS:
        raise HTTPException(400, f"The kind must be one of {', '.join(KINDS)}.")
    stand_in = stack.plan.service_urls().get("printer")
    if stand_in is None or not token:
        raise HTTPException(404, "This stack runs no stand-in for printers, or nobody can sign in.")
    # The existing app's board wants a printer called so.
    wanted = {"name": "orders", "type": kind}
    try:
        made = await http.post(
            f"{stack.plan.api_url}/cloud-printers/{place['restaurantId']}/{place['locationId']}",
            json=wanted,
            headers={"authorization": f"Bearer {token}"},
        )
        made.raise_for_status()
        answer = made.json()["data"]
        name = f"{location} {kind} {answer['printer']['id'][-4:]}"
        address = stack.plan.api_url.removesuffix("/api/v1") + answer["path"]
        set_up = await http.post(f"{stand_in}/_local/printer", json={"name": name, "kind": kind, "address": address})
        set_up.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise HTTPException(502, f"The printer was not added: {error.response.text[:300]}") from None
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise HTTPException(502, f"The printer was not added ({type(error).__name__}).") from None
    return {"printerId": str(answer["printer"]["id"]), "name": name}
