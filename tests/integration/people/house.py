"""A restaurant with people in it who call its routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.domain.roles import Role
from shared.web.routes import ROUTES
from tests.integration.core import Core
from tests.integration.world import World
from tests.web_calls import content, request

Headers = dict[str, str]


@dataclass(frozen=True)
class House:
    """A restaurant, and how its routes are called."""

    app: App
    world: World
    core: Core

    @staticmethod
    async def opened(app: App, core: Core) -> House:
        load_app(PROJECT, {})
        return House(app, await World().build(app), core)

    @property
    def restaurant_id(self) -> str:
        return self.world.restaurant_id

    @property
    def here(self) -> dict[str, str]:
        return {"restaurantId": self.restaurant_id, "locationId": str(self.world.location_id)}

    async def person(self, user_id: str, role: Role, locations: list[str] | None = None) -> Headers:
        """One of its people, signed in; the address is `<user_id>@example.com`."""
        row = {"restaurantId": self.restaurant_id, "role": role, "locationIds": locations}
        return await self.stranger(user_id, restaurants=[self.restaurant_id], memberships=[row])

    async def stranger(self, user_id: str, email: str = "", **more: Any) -> Headers:
        """Somebody who has an account, and belongs to no restaurant unless `more` says so."""
        email = email or f"{user_id}@example.com"
        self.core.add_user(user_id, email)
        await self.app.db.users.insert_one({"userId": user_id, "email": email, "restaurants": [], **more})
        return self.core.session(user_id).bearer

    async def call(
        self,
        route: str,
        who: Headers,
        body: dict[str, Any] | None = None,
        *,
        app: App | None = None,
        **path: str,
    ) -> tuple[int, Any]:
        """The status and the answer; of an error its code. `app`: another process."""
        found = ROUTES.named(route)
        sent = request(found.method, "/api/v1/x", body if body is not None else b"", headers=who, path=path)
        response = await found.handle(sent, app=app or self.app)
        if found.media != ("application/json",) and response.status_code < 400:
            return response.status_code, response.get_body()
        answer = content(response)
        return response.status_code, answer["code"] if response.status_code >= 400 else answer

    async def people(
        self, route: str, who: Headers, body: dict[str, Any] | None = None, **path: Any
    ) -> tuple[int, Any]:
        """A route about the people of this restaurant."""
        return await self.call(f"people_{route}", who, body, restaurantId=self.restaurant_id, **path)

    async def invited(self, who: Headers, address: str, role: Role, locations: list[str] | None = None) -> str:
        """Invite somebody; the token."""
        body = {"address": address, "role": role, "locationIds": locations}
        status, answer = await self.people("invite", who, body)
        assert status == 201, answer
        return str(answer["data"]["token"])

    async def take(self, who: Headers, token: str) -> tuple[int, Any]:
        status, answer = await self.call("people_take_invitation", who, {"token": token})
        return status, answer if status >= 400 else answer["data"]

    async def stored(self, user_id: str) -> tuple[list[str], list[tuple[str, Any]]]:
        """What is stored of a person here: the restaurants, and the memberships as (role, locations)."""
        user = await self.app.db.users.find_one({"userId": user_id})
        assert user is not None
        rows = [(row["role"], row["locationIds"]) for row in user.get("memberships") or []]
        return user["restaurants"], rows

    async def trail(self) -> list[str]:
        """What the trail of the restaurant tells, in order."""
        rows = await self.app.db.trail.find({"restaurantId": self.restaurant_id}).sort("seq").to_list(1000)
        return [row["action"] for row in rows]
