"""The newest orders, read from MongoDB."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

NEWEST = 50
_LIMIT_MS = 2000
_FIELDS = ("_id", "orderCode", "status", "restaurantId", "locationId", "totalPriceCents", "startedAt")


class Orders:
    """Reads orders for the start page; never writes. The connection is made at the first question."""

    def __init__(self, uri: str, db_name: str) -> None:
        self._uri = uri
        self._db_name = db_name
        self._client: AsyncMongoClient[dict[str, Any]] | None = None

    async def newest(self) -> list[dict[str, Any]]:
        """The newest orders first, at most 50. Raises pymongo.errors.PyMongoError."""
        found = self._orders().find({}, dict.fromkeys(_FIELDS, 1)).sort("startedAt", -1).limit(NEWEST)
        return [_as_json(order) async for order in found.max_time_ms(_LIMIT_MS)]

    async def code_of(self, order_id: str) -> str | None:
        """The readable code of an order. Raises pymongo.errors.PyMongoError."""
        from bson import ObjectId

        order = await self._orders().find_one({"_id": ObjectId(order_id)}, {"orderCode": 1}, max_time_ms=_LIMIT_MS)
        return order.get("orderCode") if order else None

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._client is not None:
            await self._client.close()

    def _orders(self) -> Any:
        if self._client is None:
            import pymongo

            self._client = pymongo.AsyncMongoClient(
                self._uri,
                serverSelectionTimeoutMS=_LIMIT_MS,
                socketTimeoutMS=2 * _LIMIT_MS,
                maxPoolSize=4,
                tz_aware=True,
                appname="orderbuddy-console",
            )
        return self._client.get_database(self._db_name).get_collection("orders")


def _as_json(order: dict[str, Any]) -> dict[str, Any]:
    started = order.get("startedAt")
    return {
        **{name: order.get(name) for name in _FIELDS},
        "_id": str(order["_id"]),
        "locationId": str(order.get("locationId", "")),
        "startedAt": started.isoformat() if isinstance(started, datetime) else None,
    }
