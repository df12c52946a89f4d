"""A manager who gives money back over the routes, beside the gateway's own books."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.documents.payments import Payment
from shared.domain.roles import Role
from shared.domain.tips import NO_TIP, Tip
from shared.web.routes import ROUTES
from tests.integration import staff
from tests.integration.till import Till
from tests.web_calls import content, request

Said = tuple[int, Any]


@dataclass(frozen=True)
class Counter:
    """One person of a till's restaurant who calls its routes; each call returns the status and the answer."""

    till: Till
    headers: dict[str, str]

    @classmethod
    async def of(cls, till: Till, role: Role = "manager") -> Counter:
        """Sign somebody in."""
        load_app(PROJECT, {})
        return cls(till, await staff.signed_in_as(till.app, till.world.restaurant_id, role))

    async def call(
        self, name: str, key: ObjectId | str, body: dict[str, Any], sent: str | None, app: App | None
    ) -> Said:
        world = self.till.world
        path = {
            "restaurantId": world.restaurant_id,
            "locationId": str(world.location_id),
            "orderId": str(key),
        }
        headers = self.headers | ({} if sent is None else {"Idempotency-Key": sent})
        answer = await ROUTES.named(name).handle(
            request("POST", body=body, headers=headers, path=path), app=app or self.till.app
        )
        return answer.status_code, content(answer)

    async def refund(
        self, key: ObjectId | str, *units: str, sent: str | None = "", app: App | None = None, **more: Any
    ) -> Said:
        """Give back units, or what `more` says. `sent`: the key; "" for one of its own, None for none."""
        body = {"reason": "It was cold.", **({"lines": [{"itemId": unit} for unit in units]} if units else {}), **more}
        return await self.call("refunds_refund", key, body, uuid.uuid4().hex if sent == "" else sent, app)

    async def cancel(self, key: ObjectId, *, sent: str | None = "", **more: Any) -> Said:
        """Cancel an order."""
        body = {"reason": "The oven is broken.", **more}
        return await self.call("refunds_cancel", key, body, uuid.uuid4().hex if sent == "" else sent, None)

    async def order(self, *dishes: str, tip: Tip = NO_TIP) -> tuple[ObjectId, list[str]]:
        """A paid order: its id, and the ids of its units."""
        key = await self.till.preview(*dishes)
        assert (await self.till.pay(key, self.till.token(), tip=tip)).placed
        return key, [item["id"] for item in (await self.stored(key))["items"]]

    async def stored(self, key: ObjectId) -> dict[str, Any]:
        """The order as it is stored."""
        order = await self.till.order(key)
        assert order is not None
        return order

    async def payment(self, key: ObjectId) -> Payment:
        """The order's payment."""
        [payment] = await self.till.attempts(key)
        return payment

    async def settle(self, key: ObjectId) -> None:
        """The gateway hands the order's money on to the merchant."""
        self.till.gateway.fault(mode="settle", match=(await self.payment(key)).id)

    async def kinds(self, key: ObjectId) -> list[str]:
        """The kinds of the order's rows, in order."""
        rows = await self.till.app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        return [row["type"] for row in rows]
