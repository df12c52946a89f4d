"""The pass of a kitchen: what its screens do and show, over the routes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.integration.crew import Crew

Said = tuple[int, Any]


@dataclass(frozen=True)
class Pass:
    """A crew in front of its screens: `kitchen` and `bar` are the stations', `expo` the location's."""

    crew: Crew

    def station(self, screen: str) -> str:
        """What a screen is called in an address."""
        world = self.crew.world
        return {"kitchen": str(world.kitchen_id), "bar": str(world.bar_id)}.get(screen, screen)

    async def order(self, *dishes: str, **more: Any) -> str:
        """A diner's order; its id."""
        return await self.crew.order(*dishes, **more)

    async def call(self, act: str, screen: str, body: dict[str, Any] | None = None, *, who: str = "kitchen") -> Said:
        """One of the routes of screens."""
        route = f"kitchen_screens_{act}"
        return await self.crew.call(who, route, body, **self.crew.here, stationId=self.station(screen))

    async def act(self, act: str, screen: str, order_id: str, *, who: str = "kitchen", **more: Any) -> Said:
        """Do something with one order on a screen."""
        return await self.call(act, screen, {"orderId": order_id, **more}, who=who)

    async def bump(self, screen: str, order_id: str, *, who: str = "kitchen", **more: Any) -> Said:
        """Finish an order on a screen."""
        return await self.act("bump", screen, order_id, who=who, **more)

    async def recallable(self, screen: str, *, who: str = "kitchen") -> list[dict[str, Any]]:
        """What a screen may bring back."""
        status, answer = await self.call("recallable", screen, who=who)
        assert status == 200, answer
        return list(answer["data"])

    async def shown(self, screen: str, *, who: str = "service") -> dict[str, Any]:
        """All that a screen reads (contract 34)."""
        here = self.crew.here
        status, answer = await self.crew.call(who, "stations_open_orders", **here, stationId=self.station(screen))
        assert status == 200, answer
        return dict(answer["data"])

    async def listed(self, screen: str, *, who: str = "service") -> list[dict[str, Any]]:
        """The open orders of a screen."""
        return list((await self.shown(screen, who=who))["matchedOrders"])

    async def on(self, screen: str, order_id: str, *, who: str = "service") -> dict[str, Any]:
        """One order as a screen shows it, which is the same in the list and alone (contract 35)."""
        [one] = [each for each in await self.listed(screen, who=who) if each["_id"] == order_id]
        query = f"stationId={self.station(screen)}"
        status, alone = await self.crew.call(who, "stations_one_order", query=query, **self.crew.here, orderId=order_id)
        assert (status, alone["data"]) == (200, one)
        return one

    async def done(self, order_id: str) -> dict[str, list[datetime | None]]:
        """When the items of an order were completed, by dish."""
        found: dict[str, list[datetime | None]] = {}
        for item in (await self.crew.stored(order_id))["items"]:
            found.setdefault(item["name"], []).append(item["completedAt"])
        return found
