"""A manager who calls the routes of codes and campaigns, and a phone that scans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import azure.functions as func

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.domain.roles import Role
from shared.web import links
from shared.web.routes import ROUTES
from shared.web.runtime import Given
from tests.integration.staff import signed_in_as
from tests.integration.world import World
from tests.web_calls import content, request


@dataclass(frozen=True)
class Manager:
    """Somebody of the restaurant."""

    app: App
    world: World
    headers: dict[str, str]

    @staticmethod
    async def of(app: App, world: World, role: Role = "manager") -> Manager:
        load_app(PROJECT, {})
        return Manager(app, world, await signed_in_as(app, world.restaurant_id, role))

    async def sent(
        self,
        name: str,
        body: Any = None,
        *,
        query: str = "",
        app: App | None = None,
        seen: int | None = None,
        **path: str,
    ) -> func.HttpResponse:
        """Call a route of the world's location."""
        route = ROUTES.named(name)
        here = {"restaurantId": self.world.restaurant_id, "locationId": str(self.world.location_id), **path}
        headers = {**self.headers, "content-type": "application/json"}
        if seen is not None:
            headers["if-match"] = f'"{seen}"'
        asked = request(route.method, f"/x?{query}", b"" if body is None else body, headers=headers, path=here)
        return await route.handle(asked, app=app or self.app)

    async def call(self, name: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """The status and the answer of such a call."""
        response = await self.sent(name, body, **more)
        return response.status_code, content(response)

    async def origin(self, name: str = "Table 7", kind: str = "table") -> dict[str, Any]:
        """A new origin, as it is answered."""
        status, made = await self.call("origins_create", {"name": name, "type": kind})
        assert status == 201, made
        return dict(made["data"])

    async def trail(self) -> list[dict[str, Any]]:
        """The rows of the restaurant's trail, the oldest first."""
        rows = self.app.db.trail.find({"restaurantId": self.world.restaurant_id})
        return await rows.sort([("day", 1), ("seq", 1)]).to_list()


async def scan(app: App, code: str, *, method: str = "GET", address: str = "10.0.0.9") -> func.HttpResponse:
    """What a phone gets that scans a code."""
    asked = request(method, f"/q/{code}", headers={"x-forwarded-for": address})
    return await links.answer(asked, Given(app), code=code)
