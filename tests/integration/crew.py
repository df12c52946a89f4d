"""A restaurant's people and screens who work its orders through the app's routes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.domain.roles import DeviceRole, Role
from shared.services.ordering import previewing, unpaid
from shared.services.staff.signing_in import token_hash
from shared.web.routes import ROUTES
from tests.integration.staff import signed_in_as
from tests.integration.world import World
from tests.web_calls import content, request


@dataclass(frozen=True)
class Crew:
    """Who works at a restaurant. Each call returns the status and the answer."""

    app: App
    world: World
    headers: dict[str, dict[str, str]]

    @staticmethod
    async def of(app: App, world: World) -> Crew:
        """One person of each role, a screen of the whole location (`expo`) and one of the bar (`bar`)."""
        load_app(PROJECT, {})
        roles: tuple[Role, ...] = ("kitchen", "service", "manager", "owner")
        headers = {role: await signed_in_as(app, world.restaurant_id, role) for role in roles}
        headers["expo"] = await screen(app, world, "expo")
        headers["bar"] = await screen(app, world, "kitchen", [str(world.bar_id)])
        return Crew(app, world, headers)

    @property
    def here(self) -> dict[str, str]:
        return {"restaurantId": self.world.restaurant_id, "locationId": str(self.world.location_id)}

    async def order(self, *dishes: str, **more: Any) -> str:
        """A diner's order; its id."""
        made = await previewing.preview(self.app, self.world.request(*(dishes or ("soup",)), **more), request_id="r")
        assert (await unpaid.place_without_payment(self.app, made.preview_order_id, request_id="r")).placed
        return made.preview_order_id

    async def call(
        self,
        who: str,
        route: str,
        body: dict[str, Any] | None = None,
        *,
        query: str = "",
        app: App | None = None,
        **path: str,
    ) -> tuple[int, Any]:
        found = ROUTES.named(route)
        headers = {"content-type": "application/json", **self.headers[who]}
        sent = request(found.method, f"/api/v1/x?{query}", body or b"", headers=headers, path=path)
        response = await found.handle(sent, app=app or self.app)
        return response.status_code, content(response)

    async def move(self, who: str, order_id: str, to: str, **more: Any) -> tuple[int, Any]:
        """Route 23; RECALL is the recall."""
        if to == "RECALL":
            return await self.call(who, "orders_recall", more or None, **self.here, orderId=order_id)
        reason = {"reason": "why"} if to in ("REJECTED", "CANCELLED") else {}
        return await self.call(who, "orders_order_status", {"orderId": order_id, "orderStatus": to, **reason, **more})

    async def item(self, who: str, order_id: str, item_id: str, to: str) -> tuple[int, Any]:
        """Route 36."""
        body = {"orderId": order_id, "itemId": item_id, "orderItemStatus": to}
        return await self.call(who, "stations_order_item", body)

    async def stored(self, order_id: str) -> dict[str, Any]:
        found = await self.app.db.orders.find_one({"_id": ObjectId(order_id)})
        assert found is not None
        return found

    async def rows(self, order_id: str) -> list[dict[str, Any]]:
        return await self.app.db.order_events.find({"orderId": ObjectId(order_id)}).sort("seq", 1).to_list()

    async def kinds(self, order_id: str) -> list[str]:
        """The changes of an order; their seq has no gap and ends in the order's version."""
        rows = await self.rows(order_id)
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert (await self.stored(order_id)).get("version") == len(rows)
        return [row["type"] for row in rows]


async def screen(app: App, world: World, role: DeviceRole, stations: list[str] | None = None) -> dict[str, str]:
    """Pair a screen with the location; the headers of its requests."""
    token = secrets.token_urlsafe(16)
    await app.db.devices.insert_one(
        {
            "restaurantId": world.restaurant_id,
            "locationId": world.location_id,
            "name": role,
            "role": role,
            "stationIds": stations or [],
            "tokenHashes": [token_hash(token)],
        }
    )
    return {"authorization": f"Device {token}"}
