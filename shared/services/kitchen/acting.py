"""Who does something with an order on which kitchen screen (rules 23)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.app import App
from shared.documents.orders import Order
from shared.domain.roles import Caller
from shared.domain.routing import told
from shared.errors import ORDER_NOT_FOUND, Problem
from shared.ids import object_id
from shared.services.kitchen import screens
from shared.services.kitchen.views import Screen
from shared.store import orders

REFUSALS = (ORDER_NOT_FOUND, *screens.STATION_REFUSALS)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something with orders on which screen."""

    app: App
    caller: Caller
    screen: Screen
    request_id: str

    @classmethod
    async def at(cls, app: App, caller: Caller, place: tuple[str, str], screen_id: str, request_id: str) -> Act:
        """Raises Problem (screens.STATION_REFUSALS)."""
        return cls(app, caller, await screens.find(app, caller, place, screen_id), request_id)

    @property
    def by(self) -> str:
        """Who it is, as rows say it."""
        return self.caller.actor_in(self.screen.location.restaurant_id).by

    async def order(self, order_id: str) -> Order:
        """An order that the screen shows something of. Raises Problem ORDER_NOT_FOUND."""
        key, location = object_id(order_id), self.screen.location
        found = key and await orders.of_location(self.app.db, location.restaurant_id, location.id, key)
        if not found or not self.screen.shown(found):
            raise Problem(ORDER_NOT_FOUND)
        return found

    def told(self, order: Order) -> dict[str, Any]:
        """What the rows of a change need: who hears of it, and which screen did it."""
        return {
            "correlationId": order.meta.correlation_id or self.request_id,
            "stations": told(order, self.screen.stations),
            "stationId": self.screen.id,
        }
