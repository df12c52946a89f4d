"""Kitchen screens of the demo: one is made as its manager would do it, and waits for whoever opens its link."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.exceptions import HTTPException

from local.console.view import StackView


async def make(http: httpx.AsyncClient, stack: StackView, token: str, asked: dict[str, Any]) -> dict[str, str]:
    """Make a device of a demo location: its `code`, and the `url` that pairs a browser. Raises HTTPException.

    `token`: of the demo's manager. `asked`: `location`, a name of the demo's (open); `role`, `kitchen` with all of the
    location's stations, or `expo` (kitchen).
    """
    location, role = str(asked.get("location", "open")), asked.get("role", "kitchen")
    place = stack.demo.get(location)
    if not isinstance(place, dict) or "stationIds" not in place:
        raise HTTPException(404, f"There is no demo location called {location!r}: run without --no-seed.")
    if role not in ("kitchen", "expo"):
        raise HTTPException(400, "The role must be kitchen or expo.")
    if not token:
        raise HTTPException(404, "Nobody can sign in at this stack.")
    wanted = {
        "restaurantId": place["restaurantId"],
        "locationId": place["locationId"],
        "name": f"Demo {role}",
        "role": role,
        "stationIds": place["stationIds"] if role == "kitchen" else [],
    }
    headers = {"authorization": f"Bearer {token}"}
    try:
        answer = await http.post(f"{stack.plan.api_url}/devices", json=wanted, headers=headers)
        answer.raise_for_status()
        code = str(answer.json()["data"]["code"])
    except httpx.HTTPStatusError as error:
        raise HTTPException(502, f"The screen was not made: {error.response.text[:300]}") from None
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise HTTPException(502, f"The screen was not made ({type(error).__name__}).") from None
    return {"code": code, "url": f"{stack.plan.console_url}/kitchen/#device={code}"}
