"""What must hold after any run: every answered order exists, once, and everybody was told."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from bson import ObjectId
from pymongo import AsyncMongoClient

from local.supervisor.options import PROJECT
from tests.e2e.diners import Diner
from tests.stack import Stack

SETTLE_SECONDS = 60.0


class Truth:
    """The stack's database, read by a test."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.mongo_uri, tz_aware=True)
        self.db = self._client[stack.db_name]

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def settles(self, *, within: float = SETTLE_SECONDS) -> None:
        """Wait until no claim is open and no row unpublished. Raises AssertionError naming what is left."""
        left: dict[str, int] = {}
        for _ in range(int(within / 0.25)):
            left = {
                "claimed": await self.db.checkouts.count_documents({"state": "claimed"}),
                "unpublished": await self.db.order_events.count_documents({"publishedAt": None}),
            }
            if not any(left.values()):
                return
            await asyncio.sleep(0.25)
        raise AssertionError(f"not at rest after {within} s: {left}")

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

    async def announced(self, order_ids: Sequence[Any]) -> None:
        """Every row of these orders reached the order's and the location's group."""
        rows = await self.db.order_events.find({"orderId": {"$in": list(order_ids)}}).to_list()
        assert {row["orderId"] for row in rows} == set(order_ids)
        for row in rows:
            assert {f"order.{row['orderId']}", f"location.{row['locationId']}"} <= set(row["sentTo"]), row

    async def nothing_is_stuck(self, *, within: float = SETTLE_SECONDS) -> None:
        """No instance failed, and none is in the middle of a step: each has ended, or waits for a wake or its time."""
        stuck: list[Any] = []
        for _ in range(int(within / 0.25)):
            stuck = [one for one in await self._instances() if not str(one["customStatus"]).startswith("waiting to ")]
            if not stuck:
                return
            await asyncio.sleep(0.25)
        raise AssertionError(f"{len(stuck)} instances are stuck, such as {stuck[0]}")

    async def _instances(self) -> list[dict[str, Any]]:
        """All instances that have not completed."""
        where = f"http://127.0.0.1:{self._stack.base + 1}/runtime/webhooks/durabletask/instances/"
        found: list[dict[str, Any]] = []
        token = ""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            while True:
                headers = {"x-ms-continuation-token": token} if token else {}
                answer = await http.get(f"{where}?runtimeStatus=Running,Pending,Failed&top=1000", headers=headers)
                found += answer.raise_for_status().json()
                token = answer.headers.get("x-ms-continuation-token", "")
                if not token:
                    return found


def audit(stack: Stack) -> None:
    """`orderbuddy audit` finds no difference."""
    environment = {**os.environ, **stack.settings()}
    command = [sys.executable, "-m", "cli", "audit", "--json"]
    ended = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    assert json.loads(ended.stdout)
