"""A diner, a counter and a kitchen of one restaurant that call the app's routes, as over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.web.routes import ROUTES
from tests.integration import staff
from tests.integration.world import World
from tests.web_calls import content, request


@dataclass(frozen=True)
class Callers:
    """Those who call. Each call returns the status and the answer."""

    app: App
    world: World
    staff: dict[str, str]

    @staticmethod
    async def of_a_new_cafe(app: App) -> Callers:
        """Open a demo restaurant that takes orders without payment."""
        load_app(PROJECT, {})
        world = await World().build(app)
        return Callers(app, world, await staff.signed_in_as(app, world.restaurant_id, "owner"))

    async def preview(self, cart: dict[str, Any]) -> tuple[int, Any]:
        return await self._call("order_app_preview_order", cart)

    async def place(self, preview_id: str) -> tuple[int, Any]:
        return await self._call("payments_place_order_without_payment", {"previewOrderId": preview_id})

    async def order(self, cart: dict[str, Any]) -> str:
        """Preview and place; the order's id."""
        status, priced = await self.preview(cart)
        assert status == 200, priced
        status, placed = await self.place(priced["data"]["previewOrderId"])
        assert status == 200, placed
        return str(placed["orderId"])

    async def at_counter(self, cart: dict[str, Any]) -> tuple[int, Any]:
        return await self._call("pos_restaurant_order", cart)

    async def page(self, order_id: str) -> dict[str, Any]:
        """The order as its diner's page reads it."""
        _, order = await self._call("menu_app_order", orderId=order_id)
        return dict(order)

    async def ticket(self, order_id: str) -> dict[str, Any]:
        """The order as the kitchen's screen reads it, the same in the list and alone."""
        here = {"restaurantId": self.world.restaurant_id, "locationId": str(self.world.location_id)}
        _, listed = await self._call("stations_open_orders", **here, stationId=str(self.world.kitchen_id))
        shown = [order for order in listed["data"]["matchedOrders"] if order["_id"] == order_id]
        _, alone = await self._call("stations_one_order", **here, orderId=order_id, query="stationTags=kitchen")
        assert [alone["data"]] == shown
        return dict(shown[0])

    async def _call(
        self, route: str, body: dict[str, Any] | None = None, query: str = "", **path: str
    ) -> tuple[int, Any]:
        headers = {"content-type": "application/json"} | self.staff
        sent = request("POST" if body else "GET", f"/api/v1/x?{query}", body or b"", headers=headers, path=path)
        response = await ROUTES.named(route).handle(sent, app=self.app)
        return response.status_code, content(response)
