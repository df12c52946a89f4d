"""`make bench-noon`: texts, mails, pushes and live screens hang while orders flow: does anybody at a table notice?

The minute is cut into parts that alternate: in one all outside services answer, in the next they hang. Each order asks
for a text and a receipt, goes to an alert number and a phone. In the end each message went out once or is recorded as
not, and the audit holds, or it fails.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvloop
from bson import ObjectId
from pymongo import AsyncMongoClient

from tests.bench.flow import Samples
from tests.bench.machine import flush_ms, machine_speed
from tests.e2e.diners import Diner, dishes_of
from tests.e2e.truth import audit
from tests.http_client import Connection
from tests.stack import Stack

SERVICES = ("twilio", "sendgrid", "fcm", "webpubsub")
PHONE, ALERT, EMAIL, TOKEN = "(512) 555-0123", "5125550188", "ann@example.com", "phone:of-the-bench"
ENOUGH = {"TEXTS_PER_LOCATION_AND_HOUR": "0", "TEXTS_PER_NUMBER_AND_HOUR": "0"}
"""0: any number. The budgets are tried elsewhere."""

WHOLE_HANG_SECONDS = 60
SETTLED_WITHIN_SECONDS = 900
OPEN = ("due", "claimed")
KINDS = ("text", "alert", "mail", "push")


@dataclass
class Noon:
    """One run. `times`: how long placements took in the parts where services answered, and where they hung."""

    stack: Stack
    times: dict[bool, Samples] = field(default_factory=lambda: {False: Samples(), True: Samples()})
    orders: list[str] = field(default_factory=list)

    async def run(self, *, parts: int, seconds: float, per_second: float) -> None:
        """Let orders flow, part after part, then wait for what was left. Raises AssertionError."""
        async with (
            httpx.AsyncClient(base_url=self.stack.console_url, timeout=60, trust_env=False) as console,
            AsyncMongoClient[dict[str, Any]](self.stack.mongo_uri, tz_aware=True) as client,
        ):
            db = client[self.stack.db_name]
            await self._prepare(db)
            for part in range(parts):
                hangs = part % 2 == 1
                await self._services(console, hangs=hangs)
                await self._flow(seconds, per_second, self.times[hangs])
            await self._services(console, hangs=False)
            await self._settle(db)
            await self._count(db, console)
        await audit(self.stack)

    async def _prepare(self, db: Any) -> None:
        demo = self.stack.demo["open"]
        numbers = {"alertNumbers": [{"_id": ObjectId(), "phoneNumber": ALERT}]}
        await db.locations.update_one({"_id": ObjectId(demo["locationId"])}, {"$set": numbers})
        headers = {"authorization": f"Bearer {self.stack.token()}"}
        body = {"restaurantId": demo["restaurantId"], "token": TOKEN, "platform": "android"}
        async with Connection(self.stack.api_url) as connection:
            status, answer = await connection.post("web-push/subscribe", body, **headers)
        assert status == 201, answer

    async def _services(self, console: httpx.AsyncClient, *, hangs: bool) -> None:
        fault = {"mode": "stall", "times": 100_000, "seconds": WHOLE_HANG_SECONDS} if hangs else {"mode": "ok"}
        for service in SERVICES:
            answer = await console.post(f"/api/{service}/fault", json=fault)
            assert answer.is_success, (service, answer.text)

    async def _flow(self, seconds: float, per_second: float, samples: Samples) -> None:
        """Diners come at random moments, whether the ones before are served or not."""
        demo = self.stack.demo["open"]
        dishes = await dishes_of(self.stack.api_url, demo)
        loop = asyncio.get_running_loop()
        free: list[Connection] = []

        async def one() -> None:
            connection = free.pop() if free else Connection(self.stack.api_url)
            diner = Diner(demo, random.sample(dishes, 2))
            cart = diner.cart() | {"getSms": True, "language": random.choice(("en", "es", "pt"))}
            cart["customer"] = {"name": "Ann", "phone": PHONE, "email": EMAIL}
            status, priced = await connection.post("order-app/cart/preview-order", cart)
            assert status == 200, priced
            began = loop.time()
            self.orders.append(await diner.place(connection, priced["data"]["previewOrderId"]))
            samples.times.append((loop.time() - began) * 1000)
            free.append(connection)

        due, until = loop.time(), loop.time() + seconds
        async with asyncio.TaskGroup() as tasks:
            while due < until:
                await asyncio.sleep(max(0.0, due - loop.time()))
                tasks.create_task(one())
                due += random.expovariate(per_second)
        for connection in free:
            await connection.close()

    async def _settle(self, db: Any) -> None:
        """Wait until nothing is left to be sent or to be told."""
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            while (
                await db.order_events.find_one({"reach": True})
                or await db.order_events.find_one({"publishedAt": None})
                or await db.duties.find_one({"kind": {"$in": KINDS}, "state": {"$in": OPEN}})
            ):
                await asyncio.sleep(0.5)

    async def _count(self, db: Any, console: httpx.AsyncClient) -> None:
        """Each order has each of its messages, at its end; the text that went out went out once."""
        ends: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
        ids = [ObjectId(one) for one in self.orders]
        query = {"orderId": {"$in": ids}, "kind": {"$in": KINDS}, "about": "created"}
        async for duty in db.duties.find(query):
            ends[duty["kind"]][duty["state"]] += 1
        for kind, states in ends.items():
            print(f"{kind:>6}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
            assert states.total() == len(self.orders), (kind, states, len(self.orders))
            assert set(states) <= {"sent", "given_up", "doubtful"}, states
        sent = {f"text:{one}:1" for one in self.orders}
        ids_of = await db.duties.find({"_id": {"$in": sorted(sent)}, "state": "sent"}).to_list()
        assert len({duty["providerId"] for duty in ids_of}) == len(ids_of)
        entries = await db.attention.find({"kind": "message"}).to_list()
        failed = sum(ends[kind][state] for kind in KINDS for state in ("given_up", "doubtful"))
        assert sum(entry["count"] for entry in entries) == failed, (entries, failed)
        print(f"{len(entries)} entries need a person, for {failed} messages")

    def show(self) -> None:
        """What came of it."""
        for hangs, samples in self.times.items():
            what = "all services hang" if hangs else "all answer"
            p50, p95, most = (samples.percentile(p) for p in (50, 95, 100))
            count = len(samples.times)
            print(f"{what:>18}: {count} placements, p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {most:.0f} ms")


def main() -> int:
    """Run it on a stack of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.noon", description=main.__doc__)
    parser.add_argument("--parts", type=int, default=4, help="how many parts, every second one hanging (%(default)s)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each is (%(default)s)")
    parser.add_argument("--per-second", type=float, default=20.0, help="orders a second (%(default)s)")
    options = parser.parse_args()
    before = machine_speed()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), environment=ENOUGH) as stack,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        noon = Noon(stack)
        runner.run(noon.run(parts=options.parts, seconds=options.seconds, per_second=options.per_second))
        noon.show()
    print(f"machine speed {before} before, {machine_speed()} after; a flush to disk takes {flush_ms()} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
