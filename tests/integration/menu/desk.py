"""Managers who work on one restaurant's menu, by the app's routes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import bson

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.domain.menu_merge import content_of
from shared.web.routes import ROUTES
from tests.integration import staff
from tests.integration.world import World
from tests.patience import eventually
from tests.web_calls import content, request


@dataclass(frozen=True)
class Desk:
    """One manager at a desk. Each call returns the status, the answer, and its etag."""

    app: App
    world: World
    headers: dict[str, str]

    @staticmethod
    async def of(app: App, world: World, user_id: str = "mara") -> Desk:
        load_app(PROJECT, {})
        return Desk(app, world, await staff.signed_in_as(app, world.restaurant_id, "manager", user_id=user_id))

    def seen(self, etag: str) -> Desk:
        """The same, who saw this version."""
        return replace(self, headers={**self.headers, "if-match": etag})

    async def ask(
        self, route: str, body: dict[str, Any] | None = None, query: str = "", **path: str
    ) -> tuple[int, Any, str]:
        world = self.world
        ids = {
            "restaurantId": world.restaurant_id,
            "locationId": str(world.location_id),
            "menuId": str(world.menu_id),
            **path,
        }
        found = ROUTES.named(route)
        named = {name: value for name, value in ids.items() if name in found.parameters}
        headers = {"content-type": "application/json", **self.headers}
        sent = request(found.method, f"/x?{query}", b"" if body is None else body, headers=headers, path=named)
        response = await found.handle(sent, app=self.app)
        return response.status_code, content(response), response.headers.get("etag", "")

    async def done(self, route: str, body: dict[str, Any] | None = None, **path: str) -> Any:
        """What a call answers that must work."""
        status, answer, _ = await self.ask(route, body, **path)
        assert status < 300, answer
        return answer["data"]

    async def done_bare(self, route: str, body: dict[str, Any]) -> Any:
        """The same of a call whose answer has no envelope."""
        status, answer, _ = await self.ask(route, body)
        assert status < 300, answer
        return answer

    async def published(self, order_id: Any) -> None:
        """Wait until screens were told all of an order."""

        async def all_told() -> bool:
            rows = await self.app.db.order_events.find({"orderId": order_id}).to_list()
            return bool(rows) and all(row["publishedAt"] is not None for row in rows)

        await eventually(all_told)

    async def price(self, dish: str, cents: int, *, draft: bool) -> None:
        """Change a dish's price, live or in the draft."""
        from shared.domain.menu_edits.content import Edited, Row, with_rows
        from shared.domain.roles import Actor
        from shared.services.menu import drafts, editing

        def priced(menu: Row) -> Edited:
            made = with_rows(menu, "items", lambda row: {**row, "priceCents": cents} if row["id"] == dish else row)
            return Edited(made, "menu_item.changed", ("menu_item", dish))

        here = self.world.restaurant_id, str(self.world.location_id), str(self.world.menu_id)
        ask = editing.Ask(Actor("user", "mara", "manager"), *here, "r")
        await (drafts.edit(self.app, ask, priced) if draft else editing.change(self.app, ask, priced))

    async def prices(self) -> dict[str, int]:
        """The prices of the live menu."""
        stored = await self.stored()
        return {row["id"]: row["priceCents"] for row in stored["items"]}

    async def stored(self) -> dict[str, Any]:
        """The live menu as it is stored."""
        found = await self.app.db.menus.find_one({"_id": self.world.menu_id})
        assert found is not None
        return dict(found)

    async def stored_content(self) -> bytes:
        """The content of the live menu, as its bytes are; each field by itself, whatever their order."""
        stored = content_of(await self.stored())
        return bson.encode({name: stored[name] for name in sorted(stored)})
