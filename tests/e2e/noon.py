"""Noon: orders flow, and every outside service but the payment gateway hangs. Does anybody at a table notice?

Each order asks for a text and a receipt; an alert number, a phone and a kitchen screen are told of it; and a manager
keeps sending pictures. Whatever the services do, each order is answered, no call of theirs begins between its claim
and its answer, and each message goes out once or is recorded as not gone out.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from bson import ObjectId
from pymongo import AsyncMongoClient

from local.saas.twilio.vendor import PHONE_NUMBER
from tests.e2e.diners import Diner, dishes_of
from tests.e2e.truth import audit
from tests.http_client import Connection
from tests.pictures import plain
from tests.stack import Stack

SERVICES = ("twilio", "sendgrid", "fcm", "web_push", "webpubsub", "azurite", "otlp")
"""Texts, mails, pushes to phones and to screens, live screens, files, telemetry."""

ENVIRONMENT = {
    # The store of files runs, too.
    "ORDERBUDDY_LOCAL_WITHOUT": "",
    # 0: any number. The budgets are tried elsewhere.
    "TEXTS_PER_LOCATION_AND_HOUR": "0",
    "TEXTS_PER_NUMBER_AND_HOUR": "0",
    # The measure `outsideCalls` is read here.
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
}
"""Of the stack, which sends telemetry."""

PHONE, ALERT, EMAIL, TOKEN = "(512) 555-0123", "5125550188", "ann@example.com", "phone:at-noon"
DINERS_NUMBER = "+15125550123"
SETTLED_WITHIN_SECONDS = 900
OPEN = ("due", "claimed")
KINDS = ("text", "alert", "mail", "push", "web_push")
WITHOUT_ENGINE = "without engine"
"""On a busy machine the engine may not answer within a second: then the request places the order, and tells of it."""

DURING = ("claim", "paid claim", "placing", "placing together", WITHOUT_ENGINE)


@dataclass(frozen=True)
class Measured:
    """The measure `outsideCalls` of all processes, by what was waited for: how often it was taken, and its sum.
    `oldest`: when the process that was heard of longest ago told it, in seconds since the epoch."""

    oldest: float
    counts: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)


@dataclass
class Noon:
    """One run on a stack. `orders`: the ids of what was placed. `asked`: how many requests that took. `pictures`: how
    many a manager sent. `picture`: the address of the last one that was kept."""

    stack: Stack
    http: httpx.AsyncClient
    db: Any
    client: AsyncMongoClient[dict[str, Any]]
    orders: list[str] = field(default_factory=list)
    asked: int = 0
    without_engine: int = 0
    pictures: int = 0
    picture: str = ""
    _before: Measured = field(default_factory=lambda: Measured(0.0))
    _entries_before: int = 0

    @classmethod
    async def at(cls, stack: Stack) -> Self:
        """With somebody who wants each kind of message, and a store of files that serves."""
        http = httpx.AsyncClient(timeout=120, trust_env=False)
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.mongo_uri, tz_aware=True)
        noon = cls(stack, http, client[stack.db_name], client)
        demo = stack.demo["open"]
        numbers = {"alertNumbers": [{"_id": ObjectId(), "phoneNumber": ALERT}]}
        await noon.db.locations.update_one({"_id": ObjectId(demo["locationId"])}, {"$set": numbers})
        body = {"restaurantId": demo["restaurantId"], "token": TOKEN, "platform": "android"}
        await noon._post("web-push/subscribe", body, stack.token())
        await noon._pair_screen(demo)
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            while (await noon.upload())[0] != 201:
                await asyncio.sleep(0.5)
        await noon._is_counted()
        return noon

    async def close(self) -> None:
        """Hang up."""
        await self.http.aclose()
        await self.client.close()

    async def services(self, **fault: Any) -> None:
        """What every service does to the next calls, such as `mode="stall"`; `mode="ok"` lets go what is held."""
        for service in SERVICES:
            await self.breaks(service, **fault)

    async def breaks(self, service: str, **fault: Any) -> None:
        """What one service does to the next calls."""
        answer = await self.http.post(f"{self.stack.console_url}/api/{service}/fault", json=fault)
        assert answer.is_success, (service, answer.text)

    async def upload(self) -> tuple[int, str]:
        """A manager sends a picture that is a new one: the answer's status, and its code where it is a refusal."""
        self.pictures += 1
        colour = f"rgb({self.pictures % 256}, {self.pictures // 256 % 256}, {random.randrange(256)})"
        answer = await self.http.post(
            f"{self.stack.api_url}/storage/upload/{self.stack.demo['open']['restaurantId']}",
            data={"folder": "menu"},
            files={"file": ("soup.png", plain(colour=colour), "image/png")},
            headers={"authorization": f"Bearer {self.stack.token()}"},
        )
        said = answer.json()
        self.picture = str(said.get("imageUrl", self.picture))
        return answer.status_code, str(said.get("code", ""))

    async def flow(self, per_second: float, many: int) -> list[float]:
        """So many diners come at random moments, whether the ones before are served or not; how long each placement
        took, in milliseconds."""
        dishes = await dishes_of(self.stack.api_url, self.stack.demo["open"])
        loop = asyncio.get_running_loop()
        free: list[Connection] = []
        took: list[float] = []

        async def one() -> None:
            connection = free.pop() if free else Connection(self.stack.api_url, timeout=120)
            diner = Diner(self.stack.demo["open"], random.sample(dishes, 2))
            cart = diner.cart() | {"getSms": True, "language": random.choice(("en", "es", "pt"))}
            cart["customer"] = {"name": "Ann", "phone": PHONE, "email": EMAIL}
            status, priced = await connection.post("order-app/cart/preview-order", cart)
            assert status == 200, priced
            began = loop.time()
            while diner.order_id is None:
                self.asked += 1
                try:
                    self.orders.append(await diner.place(connection, priced["data"]["previewOrderId"]))
                except ConnectionError:
                    # On a busy machine it may take longer than a request waits: asked again, and all of it counts.
                    if diner.answers[-1] != 503:
                        raise
            took.append((loop.time() - began) * 1000)
            free.append(connection)

        due = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(many):
                await asyncio.sleep(max(0.0, due - loop.time()))
                tasks.create_task(one())
                due += random.expovariate(per_second)
        for connection in free:
            await connection.close()
        return took

    async def settles(self) -> None:
        """Wait until nothing is left to be sent or to be told. Raises TimeoutError."""
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            while (
                await self.db.order_events.find_one({"reach": True})
                or await self.db.order_events.find_one({"publishedAt": None})
                or await self.db.duties.find_one({"kind": {"$in": KINDS}, "state": {"$in": OPEN}})
            ):
                await asyncio.sleep(0.5)

    async def outside_calls(self) -> Counter[str]:
        """How many calls of outside services began while diners waited, by what they waited for; each request to place
        an order was counted. Ask once nothing is under way. Raises AssertionError and TimeoutError.

        `without_engine` says then how many requests had to place the order themselves, and to tell the screens.
        """
        told = await self._measured()
        counts, calls = told.counts - self._before.counts, told.calls - self._before.calls
        assert counts["claim"] == self.asked, (counts, self.asked)
        assert counts["placing"] >= len(self.orders), (counts, len(self.orders))
        self.without_engine = counts[WITHOUT_ENGINE]
        del calls[WITHOUT_ENGINE]
        return calls

    async def _measured(self) -> Measured:
        """The measure `outsideCalls` as every process has it from now on."""
        now = time.time()
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            while True:
                told = await self._last_measured()
                if told.oldest > now:
                    return told
                await asyncio.sleep(0.5)

    async def _last_measured(self) -> Measured:
        url = f"{self.stack.description['parts']['saas']['url']}/otlp/_local/metrics"
        rows = [one for one in (await self.http.get(url)).json() if one["name"] == "outsideCalls"]
        told = Measured(min((one["at"] for one in rows), default=0.0))
        for one in rows:
            told.counts[one["attributes"]["during"]] += one["count"]
            told.calls[one["attributes"]["during"]] += round(one["value"])
        assert set(told.counts) <= set(DURING), told
        return told

    async def _is_counted(self) -> None:
        """Place orders until they are counted: a process that starts loads what counts beside everything else."""
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            while not {"claim", "placing"} <= set((await self._last_measured()).counts):
                await self.flow(1.0, 1)
                await asyncio.sleep(0.5)
        await self.settles()
        self._before, self._entries_before = await self._measured(), await self._entries()
        self.orders.clear()
        self.asked = 0

    async def messages(self) -> dict[str, Counter[str]]:
        """How each kind of message ended: one for each order. A text went out once, at the stand-in's own word, or is
        recorded as not. Raises AssertionError."""
        ends: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
        texts: dict[str, str] = {}
        query = {"orderId": {"$in": [ObjectId(one) for one in self.orders]}, "kind": {"$in": KINDS}, "about": "created"}
        async for duty in self.db.duties.find(query):
            ends[duty["kind"]][duty["state"]] += 1
            if duty["kind"] == "text":
                texts[str(duty["orderId"])] = duty["state"]
        for kind, states in ends.items():
            assert states.total() == len(self.orders), (kind, states, len(self.orders))
            assert set(states) <= {"sent", "given_up", "doubtful"}, (kind, states)
        came = self._texts()
        allowed = {"sent": (1,), "doubtful": (0, 1), "given_up": (0,)}
        wrong = {one: (state, came[one]) for one, state in texts.items() if came[one] not in allowed[state]}
        assert wrong == {}
        failed = sum(states["given_up"] + states["doubtful"] for states in ends.values())
        assert await self._entries() - self._entries_before == failed
        return ends

    async def _entries(self) -> int:
        """How many messages that did not go out the lists of what needs a person count."""
        return sum([entry["count"] async for entry in self.db.attention.find({"kind": "message"})])

    async def audit(self) -> None:
        """`orderbuddy audit` finds no difference."""
        await audit(self.stack)

    def _texts(self) -> Counter[str]:
        """How many texts the diner's phone got of each order: the stand-in's journal has all of them."""
        journal = self.stack.data_dir.root / "saas" / "twilio.jsonl"
        events = [json.loads(line) for line in journal.read_text().splitlines()]
        bodies = [one["body"] for one in events if one["event"] == "text" and one["sender"] == PHONE_NUMBER]
        return Counter({one: sum(one in body for body in bodies) for one in self.orders})

    async def _pair_screen(self, demo: dict[str, Any]) -> None:
        """A screen of the whole location, whose browser wants pushes."""
        place = {"restaurantId": demo["restaurantId"], "locationId": demo["locationId"]}
        wanted = {**place, "name": "Pass", "role": "expo", "stationIds": []}
        made = await self._post("devices", wanted, self.stack.token())
        claimed = await self._post("devices/claim", {"code": made["data"]["code"], "model": "wall", "appVersion": "1"})
        pushes = f"{self.stack.description['parts']['saas']['url']}/web_push"
        browser = (await self.http.post(f"{pushes}/_local/subscribe", json={})).json()
        subscription = {"endpoint": f"{pushes}{browser['path']}", "keys": browser["keys"]}
        await self._post("devices/push", subscription, claimed["data"]["token"], scheme="Device")

    async def _post(self, path: str, body: Any, token: str = "", *, scheme: str = "Bearer") -> Any:
        headers = {"authorization": f"{scheme} {token}"} if token else {}
        answer = await self.http.post(f"{self.stack.api_url}/{path}", json=body, headers=headers)
        assert answer.is_success, (path, answer.text)
        return answer.json()
