"""The newest orders, and all that one order is called, read from MongoDB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

NEWEST = 50
_LIMIT_MS = 2000
_ID_LENGTH = 24
_MOST_ATTEMPTS = 20
_MOST_ROWS = 500
_MOST_MESSAGES = 100
_MESSAGES = ("text", "alert", "mail")
"""The kinds of duties that keep the id which a service gave their message."""
_FIELDS = ("_id", "orderCode", "status", "restaurantId", "locationId", "totalPriceCents", "startedAt")


@dataclass(frozen=True)
class Found:
    """An order, or a checkout that is none yet. `names`: what requests may call it by, in lower case: its own id, its
    payments', its messages'. `rows`: of its history. `trace`: a `traceparent`, where telemetry was on."""

    order: dict[str, Any]
    names: frozenset[str]
    trace: str | None
    rows: list[dict[str, Any]]


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

    async def find(self, asked: str) -> Found | None:
        """The order of an id, or the newest of a code. Raises pymongo.errors.PyMongoError."""
        from bson import ObjectId

        by_id = len(asked) == _ID_LENGTH
        query = {"_id": ObjectId(asked)} if by_id else {"orderCode": asked.upper()}
        fields = {**dict.fromkeys(_FIELDS, 1), "trace": 1}
        order = await self._orders().find_one(query, fields, sort=[("startedAt", -1)], max_time_ms=_LIMIT_MS)
        if order is None and by_id:
            order = await self._of("checkouts").find_one(query, {"state": 1, "trace": 1}, max_time_ms=_LIMIT_MS)
        if order is None:
            return None
        key = order["_id"]
        payments = self._of("payments").find({"previewId": key}, {"_id": 1}).limit(_MOST_ATTEMPTS)
        rows = self._of("order_events").find({"orderId": key}).sort("seq", 1).limit(_MOST_ROWS)
        kinds = [{"_id": {"$regex": f"^{kind}:{key}:"}} for kind in _MESSAGES]
        sent = self._of("duties").find({"$or": kinds}, {"providerId": 1}).limit(_MOST_MESSAGES)
        names = {
            str(key),
            *[str(one["_id"]) async for one in payments.max_time_ms(_LIMIT_MS)],
            *[str(one["providerId"]) async for one in sent.max_time_ms(_LIMIT_MS) if one.get("providerId")],
        }
        return Found(
            order=_as_json(order),
            names=frozenset(name.lower() for name in names),
            trace=order.get("trace"),
            rows=[row async for row in rows.max_time_ms(_LIMIT_MS)],
        )

    async def close(self) -> None:
        """Close the connection, if there is one; the next question makes another.

        After a restore it must: a client takes the primary of an earlier election for an old one.
        """
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    def _orders(self) -> Any:
        return self._of("orders")

    def _of(self, collection: str) -> Any:
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
        return self._client.get_database(self._db_name).get_collection(collection)


def _as_json(order: dict[str, Any]) -> dict[str, Any]:
    started = order.get("startedAt")
    return {
        **{name: order.get(name) for name in _FIELDS},
        "_id": str(order["_id"]),
        "locationId": str(order.get("locationId", "")),
        "startedAt": started.isoformat() if isinstance(started, datetime) else None,
    }
