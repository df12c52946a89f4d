"""What must hold after any run: every answered order exists, once, and everybody was told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from bson import ObjectId
from pymongo import AsyncMongoClient

from tests.e2e.diners import Diner
from tests.integration.cli import orderbuddy
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack


class Truth:
    """The stack's database, read by a test."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.mongo_uri, tz_aware=True)
        self.db = self._client[stack.db_name]

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def settles(self) -> None:
        """Wait until no claim is open and no row unpublished. Raises AssertionError naming what is left."""
        left: dict[str, int] = {}

        async def is_at_rest() -> bool:
            left["claimed"] = await self.db.checkouts.count_documents({"state": "claimed"})
            left["unpublished"] = await self.db.order_events.count_documents({"publishedAt": None})
            return not any(left.values())

        await eventually(is_at_rest, lambda: f"not at rest: {left}", every=0.25)

    async def holds_for(self, diners: Sequence[Diner]) -> None:
        """Each diner was answered, with an order of exactly this cart, and has no other."""
        unanswered = [diner for diner in diners if diner.order_id is None]
        assert not unanswered, f"{len(unanswered)} diners got no order"
        lines = {line_id: diner for diner in diners for line_id in diner.line_ids}
        found = self.db.orders.find({"items.id": {"$in": list(lines)}}, {"items.id": 1, "locationId": 1})
        orders = await found.to_list()
        times = Counter(item["id"] for order in orders for item in order["items"])
        assert set(times.values()) == {1}, "a line was ordered twice"
        assert len(times) == len(lines), "a line was lost"
        assert {str(order["_id"]) for order in orders} == {diner.order_id for diner in diners}
        await self.announced([order["_id"] for order in orders])

    async def published(self, diners: Sequence[Diner], *, after: datetime) -> set[tuple[str, int]]:
        """The rows, each as its order and seq, of these diners that were sent later than `after`."""
        order_ids = [ObjectId(diner.order_id) for diner in diners]
        sent = self.db.order_events.find({"orderId": {"$in": order_ids}, "publishedAt": {"$gt": after}})
        return {(str(row["orderId"]), row["seq"]) async for row in sent}

    async def rows(self, order_ids: set[str]) -> dict[tuple[str, int], set[str]]:
        """Every row of these orders, as its order and seq, with the groups that it was sent to."""
        rows = self.db.order_events.find({"orderId": {"$in": [ObjectId(order_id) for order_id in order_ids]}})
        return {(str(row["orderId"]), row["seq"]): set(row["sentTo"]) async for row in rows}

    async def announced(self, order_ids: Sequence[Any]) -> None:
        """Every row of these orders reached the order's and the location's group."""
        rows = await self.db.order_events.find({"orderId": {"$in": list(order_ids)}}).to_list()
        assert {row["orderId"] for row in rows} == set(order_ids)
        for row in rows:
            assert {f"order.{row['orderId']}", f"location.{row['locationId']}"} <= set(row["sentTo"]), row

    async def nothing_is_stuck(self) -> None:
        """No instance failed, and none is in the middle of a step: each has ended, or waits for a wake or its time."""
        stuck: list[Any] = []

        async def none_is() -> bool:
            stuck[:] = [
                one for one in await self._instances() if not str(one["customStatus"]).startswith("waiting to ")
            ]
            return not stuck

        await eventually(none_is, lambda: f"{len(stuck)} instances are stuck, such as {stuck[0]}", every=0.25)

    async def _instances(self) -> list[dict[str, Any]]:
        """All instances that have not completed."""
        where = f"http://127.0.0.1:{self._stack.base + 1}/runtime/webhooks/durabletask/instances/"
        found: list[dict[str, Any]] = []
        token = ""
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            while True:
                headers = {"x-ms-continuation-token": token} if token else {}
                answer = await http.get(f"{where}?runtimeStatus=Running,Pending,Failed&top=1000", headers=headers)
                found += answer.raise_for_status().json()
                token = answer.headers.get("x-ms-continuation-token", "")
                if not token:
                    return found


async def audit(stack: Stack) -> None:
    """`orderbuddy audit` finds no difference."""
    ended = await orderbuddy(None, "audit", "--json", **stack.settings())
    assert ended.code == 0, ended.out[-3000:] + ended.err[-3000:]
    assert json.loads(ended.out)
