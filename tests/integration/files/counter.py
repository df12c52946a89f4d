"""Sending pictures as the manager app does, and looking at what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

import function_app
from shared.app import App
from shared.domain.roles import Role
from shared.web.routes import ROUTES
from tests.integration import staff
from tests.integration.world import World
from tests.web_calls import content, filled, request

assert function_app.app


@dataclass
class Counter:
    """A restaurant whose manager sends pictures."""

    app: App
    world: World
    headers: dict[str, str]

    @staticmethod
    async def of(app: App, world: World, role: Role = "manager") -> Counter:
        return Counter(app, world, await staff.signed_in_as(app, world.restaurant_id, role))

    @property
    def here(self) -> dict[str, str]:
        return {"restaurantId": self.world.restaurant_id, "locationId": str(self.world.location_id)}

    async def ask(self, name: str, body: Any, **path: str) -> tuple[int, Any]:
        """Call a route; the status and the answer, with the answer's Retry-After in it where there is one."""
        route = ROUTES.named(name)
        raw, headers = filled(route, body, {"content-type": "application/json", **self.headers})
        sent = request(route.method, "/x", raw, headers=headers, path={**self.here, **path})
        response = await route.handle(sent, app=self.app)
        said = content(response)
        if "retry-after" in response.headers:
            said["retryAfter"] = int(response.headers["retry-after"])
        return response.status_code, said

    async def upload(self, file: bytes, folder: str = "menu") -> tuple[int, Any]:
        return await self.ask("files_upload", {"file": file, "folder": folder})

    async def kept(self, file: bytes) -> str:
        """Send a picture that is taken; its address."""
        status, said = await self.upload(file)
        assert status == 201, said
        return str(said["imageUrl"])

    async def begun(self) -> dict[str, Any]:
        status, said = await self.ask("files_begin_upload", {"folder": "menu"})
        assert status == 200, said
        return dict(said["data"])

    async def finish(self, upload_id: str) -> tuple[int, Any]:
        return await self.ask("files_finish_upload", {"uploadId": upload_id})

    async def trail(self) -> list[dict[str, Any]]:
        return await self.app.db.trail.find({"restaurantId": self.world.restaurant_id}).sort("at", 1).to_list()

    async def stored(self) -> list[dict[str, Any]]:
        return await self.app.db.files.find({"restaurantId": self.world.restaurant_id}).to_list()


async def put(door: dict[str, Any], file: bytes) -> int:
    """Send a file through a door, as a browser does."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.put(door["uploadUrl"], content=file, headers=door["headers"])).status_code


async def seen(address: str) -> httpx.Response:
    """What everybody sees at an address."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(address)
