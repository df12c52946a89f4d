"""A database of some thousand documents, for looking at how queries read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.documents.payments import Payment
from shared.ids import attempt_id
from shared.store import checkouts, duties, order_events, payments, print_jobs
from shared.store.mongo.client import Database, Session, transaction
from tests.integration.explained import Captured
from tests.integration.store.seeded_pushes import add_pushes
from tests.integration.store.seeded_webhooks import add_webhooks
from tests.integration.world import World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FAR = NOW + timedelta(days=36500)
"""Until then nothing is purged under the test's hands."""


@dataclass(frozen=True)
class Seeded:
    """A database of some thousand documents, and the ids of those that the calls are about."""

    db: Database
    world: World
    captured: Captured
    order_id: ObjectId
    checkout_ids: list[ObjectId]

    @property
    def here(self) -> tuple[str, ObjectId]:
        return self.world.restaurant_id, self.world.location_id

    @property
    def device_id(self) -> str:
        return f"{self.world.location_id}.device.1"

    @property
    def printer_id(self) -> str:
        return f"{self.world.location_id}.printer"

    async def checkout(self, index: int, **change: Any) -> Any:
        """One of the open checkouts, changed first."""
        key = self.checkout_ids[index]
        if change:
            await self.db.checkouts.update_one({"_id": key}, {"$set": change})
        found = await checkouts.get(self.db, key)
        assert found is not None
        return found

    async def payment(self) -> Payment:
        """The payment of the order."""
        found = await payments.get(self.db, attempt_id(self.order_id, 1))
        assert found is not None
        return found

    async def committed(self, work: Callable[[Session], Awaitable[Any]]) -> None:
        """Run `work` in a transaction."""

        async def body(session: Session) -> None:
            await work(session)

        await transaction(self.db, body)


Calls = dict[str, Callable[[Seeded], Awaitable[Any]]]
"""One call of each function of the store; what prepares a call may send queries by `_id`, too."""


async def fill(db: Database, worlds: list[World]) -> list[ObjectId]:
    """Some thousand documents; returns the ids of an order, and of open checkouts, of the first world."""
    mine: list[ObjectId] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    for world in worlds:
        for collection, documents in world.documents().items():
            rows.setdefault(collection, []).extend(documents)
        here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
        for number in range(5):
            reward = {"name": "C", "type": "flat", "reward": {"flatOffCents": 100}, "isActive": number == 0}
            origin = {"_id": ObjectId(), **here, "label": f"Table {number}", "type": "table"}
            origin["qrCodeId"] = f"code.{number}.{world.location_id}"
            for day in range(10):
                scan = {"_id": f"{origin['_id']}:{day}", **here, "day": f"2026-11-{day + 10}", "n": 1, "purgeAt": FAR}
                rows.setdefault("origin_scans", []).append(scan | {"originId": origin["_id"]})
            rows["origins"].append(origin)
            rows.setdefault("campaigns", []).append({"_id": ObjectId(), **here, "originId": origin["_id"], **reward})
        rows.setdefault("users", []).append(
            {"userId": world.restaurant_id, "email": world.restaurant_id, "restaurants": [world.restaurant_id]}
        )
        for number in range(5):
            name = f"{world.location_id}.device.{number}"
            device = {"_id": name, **here, "role": "expo", "tokenHashes": [name]}
            rows.setdefault("devices", []).append(device | ({"codeHash": name} if number == 0 else {}))
            screen = {"_id": f"{world.location_id}:expo:{number}", **here, "seenAt": NOW, "purgeAt": FAR}
            rows.setdefault("screens", []).append(screen)
            rows.setdefault("invitations", []).append(invitation_row(world.restaurant_id, number))
        for number in range(80):
            key = ObjectId()
            _add_order(rows, here, key, number)
            if world is worlds[0] and not mine:
                mine.append(key)
        for number in range(40):
            key = ObjectId()
            expires_at = NOW + timedelta(minutes=number)
            checkout = checkouts.opened(key, world.restaurant_id, world.location_id, expires_at, str(key))
            rows["checkouts"].append(checkout)
            rows["orders_preview"].append({"_id": key, **here, "items": [], "totalPriceCents": 0})
            if world is worlds[0]:
                mine.append(key)
        for number in range(60):
            kind, ended = ("declines", "hours")[number % 2], {} if number == 0 else {"endedAt": NOW}
            entry = {"_id": f"{kind}:{world.location_id}.{number}", **here, "kind": kind, "at": NOW, **ended}
            rows.setdefault("attention", []).append(entry)
        printer_id = f"{world.location_id}.printer"
        rows.setdefault("printers", []).append({"_id": printer_id, **here, "type": "epson", "addressHash": "h"})
        place = world.restaurant_id, world.location_id
        rows.setdefault("print_jobs", []).extend(job_row(place, printer_id, number) for number in range(60))
        rows.setdefault("trail", []).extend(trail_row(world.restaurant_id, number) for number in range(1, 60))
        add_webhooks(rows, world.restaurant_id, NOW, FAR)
        add_pushes(rows, (world.restaurant_id, world.location_id), NOW)
        for number in range(20):
            count = {"n": 1, "purgeAt": FAR}
            for counters in ("stock", "order_counters", "request_counters"):
                rows.setdefault(counters, []).append({"_id": f"{world.location_id}.day.{number}", **count})
    for collection, documents in rows.items():
        await db[collection].insert_many(documents)
    assert sum(map(len, rows.values())) > 10_000
    return mine


def trail_row(restaurant_id: str, number: int) -> dict[str, Any]:
    key = f"{restaurant_id}:2026-11-24:{number}"
    return {"_id": key, "restaurantId": restaurant_id, "at": NOW, "day": "2026-11-24", "seq": number}


def _add_order(rows: dict[str, list[dict[str, Any]]], here: dict[str, Any], key: ObjectId, number: int) -> None:
    at = NOW - timedelta(minutes=number)
    status = ("CREATED", "ACCEPTED", "READY_FOR_PICKUP", "PICKED_UP", "PICKED_UP", "PICKED_UP", "PICKED_UP")[number % 7]
    order = {"_id": key, **here, "status": status, "startedAt": at, "version": 2, "items": [{"id": str(key)}]}
    order |= {"showBy": at} if number % 7 == 1 else {}
    rows.setdefault("orders", []).append(order)
    done = {} if number < 20 else {"state": "done"}
    draw = {"_id": f"{key}:expo:screen", **here, "orderId": key, "at": at, "purgeAt": FAR}
    rows.setdefault("draws", []).append(draw)
    rows.setdefault("duties", []).append(duties.due("waiting", key, at) | done)
    for seq in (1, 2):
        row = order_events.row(order, seq, "created", {}, by="diner", at=at)
        told = {} if number == 0 else {"publishedAt": at}
        rows.setdefault("order_events", []).append(row | told)
    placed = {"state": "placed", "placedAt": at, "heldLines": [str(key)], "nextWakeAt": None, "purgeAt": FAR}
    placed |= {"instanceLookAt": at + timedelta(hours=1)} if number < 60 else {}
    checkout = checkouts.opened(key, here["restaurantId"], here["locationId"], at, None)
    rows.setdefault("checkouts", []).append(checkout | placed)
    rows.setdefault("orders_preview", []).append({"_id": key, **here, "items": [], "totalPriceCents": 0})
    rows.setdefault("payments", []).append(payment_row((here["restaurantId"], here["locationId"]), key, at))


def job_row(here: tuple[str, ObjectId], printer_id: str, number: int) -> dict[str, Any]:
    """A printer's ticket; all but some are printed."""
    order = {"_id": ObjectId(), "restaurantId": here[0], "locationId": here[1], "orderCode": "K7P"}
    job = print_jobs.document(printer_id, order, at=NOW - timedelta(minutes=number), by="system") | {"purgeAt": FAR}
    if number > 10:
        job |= {"state": "printed"}
        del job["waitingSince"]
    return job


def payment_row(here: tuple[str, ObjectId], key: ObjectId, at: datetime) -> dict[str, Any]:
    """The one attempt to pay for an order. Some are looked at again, and some need a person."""
    unknown = at.minute == 30
    return {
        "_id": attempt_id(key, 1),
        "previewId": key,
        "restaurantId": here[0],
        "locationId": here[1],
        "merchantOid": "oid",
        "attempt": 1,
        "beganAt": at,
        "kind": "card",
        "tokenHash": str(key),
        "state": "unknown" if unknown else "ordered",
        "amountCents": 100,
        "tipCents": 0,
        "taxCents": 0,
        "externalTransactionId": attempt_id(key, 1),
        "gatewayId": f"g-{key}",
        "nextLookAt": at if unknown else None,
        "history": [{"state": "intent", "at": at, "by": "diner"}],
        **({"needsAttention": "why"} if at.minute == 31 else {}),
    }


def invitation_row(restaurant_id: str, number: int) -> dict[str, Any]:
    key = f"{restaurant_id}.{number}"
    return {
        "_id": key,
        "restaurantId": restaurant_id,
        "address": "ann@example.com",
        "role": "kitchen",
        "tokenHash": key,
        "madeBy": "olga",
        "expiresAt": NOW + timedelta(hours=1),
        **({"takenAt": NOW} if number > 3 else {}),
    }


async def then(first: Awaitable[Any], work: Callable[[Any], Awaitable[Any]]) -> None:
    await work(await first)
