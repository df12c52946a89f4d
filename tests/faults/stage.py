"""One stack that cells are run on: its database, its gateway, its timers, and how what was killed comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from bson import ObjectId
from pymongo.errors import PyMongoError

from local.supervisor.options import OFFSETS
from shared.clock import DatabaseClock
from shared.sealing import Sealer
from shared.services.support.audit import database as auditing
from shared.services.support.gateway_books import Ledger as AuditedLedger
from shared.services.support.gateway_books import LedgerRow
from shared.settings import Settings
from shared.store.mongo.client import connect, refresh_clock, within
from shared.store.support.audit_payments import merchants
from tests.e2e.diners import dishes_of
from tests.engine_faults import ENGINE_FAULTS
from tests.faults.books import Found, Ledger
from tests.faults.callers import Place
from tests.faults.matrix import Cell
from tests.faults.trigger import Fired
from tests.patience import eventually
from tests.stack import Stack

INSIDE = Path(__file__).parent / "inside"
HURRIED: Mapping[str, str] = {
    "GATEWAY_TIMEOUT_SECONDS": "2",
    "PAYMENT_GRACE_SECONDS": "1",
    "PAID_WAIT_SECONDS": "8",
}
"""Settings with which what takes a minute takes seconds."""

_PARTS = ("mongod", "webpubsub", "saas", "durable", "host")
_TIMERS = ("sweep", "reconcile")
_CALL_SECONDS = 30.0
_DATABASE_SECONDS = 30.0
NOT_KNOWN = "does not know of its refund"
"""Why a person must look at a refund: the one call may have been made or not, and the gateway has nothing of it."""

_ENDED_WITHIN = timedelta(seconds=5)
_LONG = timedelta(hours=2)
_HURRY_EVERY_SECONDS = 1.0


class Stage:
    """A running stack whose parts kill at the boundary that is armed in `faults`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults = folder / "faults"
        self.faults.mkdir(parents=True, exist_ok=True)
        environment = {**HURRIED, **ENGINE_FAULTS, "ORDERBUDDY_FAULTS": str(self.faults), "PYTHONPATH": str(INSIDE)}
        self.stack = Stack(folder, environment=environment)
        # Nothing is encrypted here, and reading the certificates of the world takes longer than any call.
        self.http = httpx.AsyncClient(timeout=_CALL_SECONDS, trust_env=False, verify=False)

    async def open(self) -> None:
        """Start everything, on a data directory of its own."""
        await asyncio.to_thread(self.stack.up)
        settings = Settings.model_validate({name.lower(): value for name, value in self.stack.settings().items()})
        self.db = connect(settings)
        location = self.stack.demo["payment"]
        dishes = await dishes_of(self.stack.api_url, location)
        self.bearer = await asyncio.to_thread(self.stack.token)
        self.place = Place(
            self.stack.api_url, f"{self.gateway_url}/hosted-fields", location, dishes, Sealer.of(settings)
        )

    async def close(self) -> None:
        """End everything. The data directory stays."""
        await self.http.aclose()
        if hasattr(self, "db"):
            await self.db.client.close()
        await asyncio.to_thread(self.stack.down)

    @property
    def gateway_port(self) -> int:
        """Where the gateway's stand-in listens."""
        return self.stack.base + OFFSETS["saas"]

    @property
    def gateway_url(self) -> str:
        """Where the gateway's stand-in answers."""
        return f"http://127.0.0.1:{self.gateway_port}/emergepay"

    # Ending and starting

    def victims(self, cell: Cell) -> list[int]:
        """The processes that the cell kills, in order; none for the process that takes the step."""
        pids = {name: part["pid"] for name, part in self.stack.description["parts"].items()}
        if cell.victim == "mongod":
            return [pids["mongod"]]
        if cell.victim == "everything":
            # The supervisor's end ends all its parts, so it comes last.
            return [*(pids[name] for name in _PARTS if pids[name]), self.stack.description["pid"]]
        return []

    async def bring_back(self, cell: Cell, fired: Fired, dice: random.Random) -> None:
        """Start again what was killed, a moment later."""
        if cell.victim == "everything":
            await asyncio.to_thread(self.stack.kill_all)
            await asyncio.sleep(dice.uniform(0, 0.3))
            await asyncio.to_thread(self.stack.restart)
            return
        part = "mongod" if cell.victim == "mongod" else {"http": "host", "durable": "durable"}[fired.role]
        await self._noticed(part)
        await asyncio.sleep(dice.uniform(0, 0.3))
        await asyncio.to_thread(self.stack.start, part)

    async def kill(self, part: str) -> None:
        """kill -9 a part, and leave it down."""
        await asyncio.to_thread(self.stack.kill, part)
        await self._noticed(part)

    async def start(self, part: str) -> None:
        """Start a part again."""
        await asyncio.to_thread(self.stack.start, part)

    async def all_up(self) -> None:
        """Start whatever is down."""
        await asyncio.to_thread(self.stack.all_up)

    async def _noticed(self, part: str) -> None:
        """Wait until the supervisor knows that a part is gone: else it would think that it need not start it."""

        async def is_down() -> bool:
            return self.stack.pid(part) is None

        await eventually(is_down, f"{part} was to be killed, and runs")

    # Time

    async def hurry(self, preview_id: str, over: asyncio.Event) -> None:
        """Run the timers now, again and again until it is over, and let what is looked at in a minute be looked at
        now."""
        while not over.is_set():
            for timer in _TIMERS:
                with contextlib.suppress(httpx.HTTPError):
                    await self.http.post(f"http://127.0.0.1:{self.stack.base}/admin/functions/{timer}")
            with contextlib.suppress(PyMongoError), within(_DATABASE_SECONDS):
                await self.db.payments.update_many(
                    {"previewId": ObjectId(preview_id), "state": {"$in": ["lost", "voiding", "refunding"]}},
                    {"$set": {"nextLookAt": datetime.now(UTC)}},
                )
            await asyncio.sleep(_HURRY_EVERY_SECONDS)

    async def make_old(self, payment_id: str) -> None:
        """Have an attempt that the gateway does not know be unknown for so long that it is given up."""
        long_ago = datetime.now(UTC) - _LONG
        with within(_DATABASE_SECONDS):
            await self.db.payments.update_one(
                {"_id": payment_id, "state": "unknown", "notFoundSince": {"$gt": long_ago}},
                {"$set": {"notFoundSince": long_ago}},
            )

    async def fault(self, **fault: Any) -> dict[str, Any]:
        """Set a fault of the gateway's, and return its answer. Raises httpx.HTTPError."""
        answer = await self.http.post(f"{self.gateway_url}/_local/fault", json=fault)
        return dict(answer.raise_for_status().json())

    async def make_refunds_old(self, payment_id: str) -> None:
        """Have refunds that the gateway does not know be unknown for so long that a person must look."""
        long_ago = datetime.now(UTC) - _LONG
        with within(_DATABASE_SECONDS):
            await self.db.payments.update_one(
                {
                    "_id": payment_id,
                    "refunds": {"$elemMatch": {"state": "unknown", "notFoundSince": {"$gt": long_ago}}},
                },
                {"$set": {"refunds.$.notFoundSince": long_ago}},
            )

    async def make_keys_old(self) -> None:
        """Have keys of requests that have not ended in seconds be taken over like those of dead ones."""
        with within(_DATABASE_SECONDS):
            await self.db.request_keys.update_many(
                {"state": "running", "takenAt": {"$lt": datetime.now(UTC) - _ENDED_WITHIN}},
                {"$set": {"takenAt": datetime.now(UTC) - _LONG}},
            )

    # What there is

    async def order(self, preview_id: str) -> Mapping[str, Any] | None:
        """The order, if it is placed. Raises PyMongoError."""
        with within(_DATABASE_SECONDS):
            return await self.db.orders.find_one({"_id": ObjectId(preview_id)})

    async def refunds(self, payment_id: str) -> list[Mapping[str, Any]]:
        """The refunds of a payment. Raises PyMongoError."""
        with within(_DATABASE_SECONDS):
            found = await self.db.payments.find_one({"_id": payment_id}, {"refunds": 1})
        return list(found["refunds"]) if found else []

    async def attempts(self, payment_ids: list[str]) -> list[Mapping[str, Any]]:
        """Those of these attempts that there are. Raises PyMongoError."""
        with within(_DATABASE_SECONDS):
            return await self.db.payments.find({"_id": {"$in": payment_ids}}, {"state": 1, "history": 1}).to_list()

    async def found(self, preview_id: str, line_ids: list[str]) -> Found:
        """What the database holds of a preview and its cart. Raises PyMongoError."""
        key = ObjectId(preview_id)
        with within(_DATABASE_SECONDS):
            checkout = await self.db.checkouts.find_one({"_id": key})
            assert checkout is not None
            return Found(
                checkout,
                await self.db.payments.find({"previewId": key}).sort("attempt", 1).to_list(),
                await self.db.orders.find({"$or": [{"_id": key}, {"items.id": {"$in": line_ids}}]}).to_list(),
                await self.db.order_events.find({"orderId": key}).sort("seq", 1).to_list(),
            )

    async def ledger(self) -> Ledger:
        """The gateway's books. Raises httpx.HTTPError."""
        return Ledger((await self.http.get(f"{self.gateway_url}/_local/ledger")).raise_for_status().json())

    async def heard(self) -> list[dict[str, Any]]:
        """The last calls that the gateway got, newest last. Raises httpx.HTTPError."""
        return list((await self.http.get(f"{self.gateway_url}/_local/received")).raise_for_status().json())

    async def was_called(self, preview_id: str) -> bool:
        """Whether the gateway heard of a charge for the preview. Raises httpx.HTTPError."""
        return any(call["body"] and preview_id in json.dumps(call["body"]) for call in await self.heard())

    async def instance(self, preview_id: str) -> dict[str, Any] | None:
        """The checkout's orchestration, as the engine tells of it; None where there is none. Raises httpx.HTTPError."""
        port = self.stack.base + OFFSETS["durable"]
        answer = await self.http.get(f"http://127.0.0.1:{port}/runtime/webhooks/durabletask/instances/{preview_id}")
        return None if answer.status_code == 404 else dict(answer.json())

    async def audit(self) -> list[str]:
        """What the product's own audit finds in the whole database, against the ledger; and whether all that is kept
        is all that was ordered."""
        ledger = await self.ledger()
        clock = DatabaseClock()
        await refresh_clock(self.db, clock)

        async def rows() -> list[LedgerRow]:
            return [LedgerRow.model_validate(row) for row in ledger.rows]

        books = AuditedLedger(rows, await merchants(self.db))
        report = await auditing.audit(self.db, clock, books=books)
        told = [f"audit: {one.what} {one.sentence}" for one in report.listed]
        told += [f"audit: {one}" for one in (*report.unanswered, *report.on_their_way) if NOT_KNOWN not in one]
        orders = await self.db.orders.find({}, {"totalPriceCents": 1, "tipCents": 1}).to_list()
        ordered = sum(order["totalPriceCents"] + order["tipCents"] for order in orders)
        kept = sum(ledger.by_payment().values()) + sum(
            row["amountCents"] for row in ledger.rows if row["kind"] == "refund"
        )
        return told if kept == ordered else [*told, f"{kept} cents are kept in all, and {ordered} were ordered"]
