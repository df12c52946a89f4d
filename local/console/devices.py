"""Kitchen screens of the demo: one is made as its manager would do it, and waits for whoever opens its link."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.exceptions import HTTPException

from local.console.app import call, demo_place
from local.console.view import StackView


async def make(http: httpx.AsyncClient, stack: StackView, token: str, asked: dict[str, Any]) -> dict[str, str]:
    """Make a device of a demo location: its `code`, and the `url` that pairs a browser. Raises HTTPException, and
    AppError.

    `token`: of the demo's manager. `asked`: `location`, a name of the demo's (open); `role`, `kitchen` with all of the
    location's stations, or `expo` (kitchen).
    """
    _, place = demo_place(stack, asked, "stationIds")
    role = asked.get("role", "kitchen")
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
    made = await call(http, "POST", f"{stack.plan.api_url}/devices", wanted, {"authorization": f"Bearer {token}"})
    code = str(made["data"]["code"])
    return {"code": code, "url": f"{stack.plan.console_url}/kitchen/#device={code}"}
