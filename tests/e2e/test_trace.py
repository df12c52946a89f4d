"""Telemetry of a whole run, as the collector got it: one trace for each order, and nothing of the people in it (rules
24.5)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pymongo
import pytest
from bson import ObjectId

from local.supervisor.options import OFFSETS
from tests.e2e.diners import cart_of, dishes_of, line
from tests.integration.cli import orderbuddy
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

NAME, PHONE, PHONE_DIGITS = "Zebulon Quuxley", "(512) 555-0147", "5125550147"
CARD = "4111111111111111"
ENVIRONMENT = {
    "TELEMETRY_TRACES_PER_SECOND": "0",
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    "GATEWAY_TIMEOUT_SECONDS": "4",
    "PAYMENT_GRACE_SECONDS": "2",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("traced"), environment=ENVIRONMENT, telemetry=True) as running:
        yield running


@dataclass
class Visit:
    """A diner's client that sends one trace with all that it asks, or none. `heard`: secrets that it came to know."""

    stack: Stack
    http: httpx.AsyncClient
    trace: str | None = field(default_factory=lambda: secrets.token_hex(16))
    heard: set[str] = field(default_factory=set)
    order_id: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        traced = {} if self.trace is None else {"traceparent": f"00-{self.trace}-{secrets.token_hex(8)}-00"}
        answer = await self.http.request(method, path, json=body, headers={**traced, **headers})
        assert answer.status_code < 400, answer.text
        return answer

    async def scan(self) -> None:
        demo = self.stack.demo["payment"]
        await self.ask("GET", f"order-app/restaurants/origins/{demo['originId']}")
        where = f"order-app/restaurants/{demo['restaurantId']}/locations/{demo['locationId']}/menus/{demo['menuId']}"
        await self.ask("GET", where)

    async def preview(self) -> None:
        demo = self.stack.demo["payment"]
        dishes = await dishes_of(self.stack.api_url, demo)
        cart = cart_of(demo, [line(secrets.token_hex(12), dish) for dish in dishes[:2]], name=NAME)
        cart["customer"]["phone"] = PHONE
        cart["getSms"] = True
        answer = await self.ask("POST", "order-app/cart/preview-order", cart)
        self.order_id = answer.json()["data"]["previewOrderId"]

    async def pay(self) -> None:
        """Type a card in, and ask for the order without waiting for it."""
        demo = self.stack.demo["payment"]
        started = await self.ask("POST", f"payments/start-transaction/{demo['restaurantId']}", {})
        token = str(started.json()["transactionToken"])
        self.heard.add(token)
        await self.http.post(f"{saas(self.stack)}/emergepay/hosted-fields/{token}", json={"cardNumber": CARD})
        body = {"previewOrderId": self.order_id, "transactionToken": token}
        await self.ask("POST", "payments/complete-transaction", body, prefer="respond-async")

    async def becomes_an_order(self) -> None:
        async def is_one() -> bool:
            answer = await self.http.get(f"order-app/orders/{self.order_id}/status")
            return answer.status_code == 200 and answer.json()["status"] in ("CREATED", "ACCEPTED")

        await eventually(is_one, every=0.25)


def saas(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.base + OFFSETS['saas']}"


@pytest.fixture(scope="module")
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    sealed = await orderbuddy(None, "credentials", "seal", **stack.settings())
    assert sealed.code == 0, sealed.out + sealed.err
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=PATIENCE_SECONDS, trust_env=False) as client:
        yield client


async def spans_of(visit: Visit, trace: str, *names: str) -> list[dict[str, Any]]:
    """The spans of a trace, once all of these names are among them."""

    async def look() -> list[dict[str, Any]]:
        answer = await visit.http.get(f"{saas(visit.stack)}/otlp/_traces", params={"trace": trace})
        found = [span for span in answer.json()["spans"] if span["traceId"] == trace]
        seen.clear()
        seen.update(span["name"] for span in found)
        return found if seen.issuperset(names) else []

    seen: set[str] = set()
    return await eventually(look, lambda: f"missing: {set(names) - seen}", every=0.25)


def stored(stack: Stack, collection: str, order_id: str) -> dict[str, Any]:
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        found = client[stack.db_name][collection].find_one({"_id": ObjectId(order_id)})
    assert found is not None
    return found


def trace_of(stack: Stack, order_id: str) -> str:
    """The trace that the order keeps."""
    return str(stored(stack, "orders", order_id)["trace"]).split("-")[1]


SCANNED = (
    "GET order-app/restaurants/origins/{originId}",
    "GET order-app/restaurants/{restaurantId}/locations/{locationId}/menus/{menuId}",
    "POST order-app/cart/preview-order",
    "insert orders_preview",
)
PAID = (
    "POST payments/complete-transaction",
    "pay and place",
    "insert payments",
    "engine start",
    "step take_payment",
    "gateway checkout",
    "step place_order",
    "insert orders",
    "publish",
    "webpubsub send",
)
TEXTED = ("duty text", "send Twilio")


async def test_one_paid_order_is_one_trace_from_the_scan_to_the_text(stack: Stack, http: httpx.AsyncClient) -> None:
    visit = Visit(stack, http)
    assert visit.trace is not None
    await visit.scan()
    await visit.preview()
    await visit.pay()
    await visit.becomes_an_order()
    found = await spans_of(visit, visit.trace, *SCANNED, *PAID, *TEXTED)
    texts = (await http.get(f"{saas(stack)}/twilio/_local/received")).json()
    assert any(visit.order_id in json.dumps(text) for text in texts), "the text leads to the order"
    assert trace_of(stack, visit.order_id) == visit.trace
    by_id = {span["spanId"]: span for span in found}
    inside = {(span["name"], by_id[span["parentSpanId"]]["name"]) for span in found if span["parentSpanId"] in by_id}
    assert inside >= {
        ("pay and place", "POST payments/complete-transaction"),
        ("gateway checkout", "step take_payment"),
        ("insert orders", "step place_order"),
        ("webpubsub send", "publish"),
        ("send Twilio", "duty text"),
    }
    # Only requests have no span of ours around them: the diner's client told of none.
    outside = {span["name"] for span in found if span["parentSpanId"] not in by_id}
    assert all(name.startswith(("GET ", "POST ")) for name in outside), outside
    # Work that staff ask for later joins it, and their request keeps its own.
    moved = {"orderId": visit.order_id, "orderStatus": "READY_FOR_PICKUP"}
    staff = Visit(stack, http, trace=secrets.token_hex(16))
    token = stack.token()
    await staff.ask("POST", "restaurant/order-status", moved, authorization=f"Bearer {token}")
    assert staff.trace is not None
    [changed] = [one for one in await spans_of(visit, visit.trace, "change order") if one["name"] == "change order"]
    assert changed["linked"] == [staff.trace]


async def test_a_client_without_a_trace_has_its_previews(stack: Stack, http: httpx.AsyncClient) -> None:
    visit = Visit(stack, http, trace=None)
    await visit.preview()
    await visit.pay()
    await visit.becomes_an_order()
    trace = trace_of(stack, visit.order_id)
    found = await spans_of(visit, trace, "POST order-app/cart/preview-order", *PAID[1:])
    [paying] = [span for span in found if span["name"] == "pay and place"]
    [asked] = paying["linked"]
    assert [one["name"] for one in await spans_of(visit, asked, PAID[0]) if not one["parentSpanId"]] == [PAID[0]]


async def test_an_activity_after_kill_9_joins_the_trace(stack: Stack, http: httpx.AsyncClient) -> None:
    visit = Visit(stack, http)
    assert visit.trace is not None
    await visit.preview()
    # A process that is killed takes what it has not sent yet with it.
    await spans_of(visit, visit.trace, "POST order-app/cart/preview-order")
    held = {"mode": "stall", "seconds": 60, "match": "/transactions/checkout/", "times": 1}
    await http.post(f"{saas(stack)}/emergepay/_local/fault", json=held)
    await visit.pay()

    async def is_held() -> bool:
        calls = (await http.get(f"{saas(stack)}/emergepay/_local/received")).json()
        return any("/transactions/checkout/" in call["path"] and call["answered"] is None for call in calls)

    await eventually(is_held, every=0.1)
    for part in ("durable", "host"):
        await asyncio.to_thread(stack.kill, part)
    # The charge is done once its caller is gone: as when a line is cut.
    await http.post(f"{saas(stack)}/emergepay/_local/fault", json={"mode": "ok"})
    for part in ("durable", "host"):
        await asyncio.to_thread(stack.start, part)
    found = await spans_of(visit, visit.trace, "step take_payment", "gateway look-up")
    [asked] = [span for span in found if span["name"] == "POST order-app/cart/preview-order"]
    steps = [span for span in found if span["name"] == "step take_payment"]
    assert {span["parentSpanId"] for span in steps} == {asked["spanId"]}


async def test_the_console_shows_an_order_as_one_timeline(stack: Stack, http: httpx.AsyncClient) -> None:
    visit = Visit(stack, http)
    await visit.preview()
    await visit.pay()
    await visit.becomes_an_order()
    assert visit.trace is not None
    await spans_of(visit, visit.trace, *PAID)
    code = stored(stack, "orders", visit.order_id)["orderCode"]
    shown = (await http.get(f"{stack.console_url}/api/timeline", params={"order": visit.order_id})).json()
    assert shown["order"]["orderCode"] == code and shown["without"] == []
    rows = shown["rows"]
    assert {row["kind"] for row in rows} == {"request", "span", "database", "event", "log"}
    assert rows == sorted(rows, key=lambda row: row["at"])
    assert {row["where"] for row in rows if row["kind"] == "request"} >= {"host", "durable", "emergepay", "webpubsub"}
    assert [row["title"] for row in rows if row["kind"] == "event"] == ["1 created", "2 accepted"]
    by_code = (await http.get(f"{stack.console_url}/api/timeline", params={"order": code})).json()
    assert by_code["order"]["_id"] == visit.order_id
    for order, status in (("x", 400), ("f" * 24, 404), ("' or 1", 400)):
        answer = await http.get(f"{stack.console_url}/api/timeline", params={"order": order})
        assert answer.status_code == status


async def test_no_telemetry_of_the_run_holds_a_person_or_a_secret(stack: Stack, http: httpx.AsyncClient) -> None:
    visit = Visit(stack, http, trace=None)
    await visit.preview()
    await visit.pay()
    await visit.becomes_an_order()
    await spans_of(visit, trace_of(stack, visit.order_id), "publish")
    # What goes wrong is told, too: of a person's typing nothing.
    bad = await http.post("order-app/cart/preview-order", json={"customer": {"name": NAME, "phone": PHONE}})
    assert bad.status_code == 400
    collector = f"{saas(stack)}/otlp/_local"

    async def measured() -> bool:
        names = {one["name"] for one in (await http.get(f"{collector}/metrics")).json()}
        return names >= {"orderCount", "orderTotalCents", "orderItemsCount", "placementSeconds", "payments"}

    await eventually(measured, every=0.25)
    told = {name: (await http.get(f"{collector}/{name}")).json() for name in ("spans", "logs", "metrics")}
    events = {record["attributes"].get("event") for record in told["logs"]}
    assert events >= {
        "start-transaction",
        "complete-transaction",
        "payment_successful",
        "create_order_started",
        "create_order_success",
        "new_order_placed",
        "update_order_status",
        "sms_sent",
    }
    assert {span["scope"] for span in told["spans"]} == {"orderbuddy"}
    whole = json.dumps(told)
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        orders = [str(one["_id"]) for one in client[stack.db_name].orders.find({}, {"_id": 1})]
    keys = stack.settings()
    secrets_ = {
        *NAME.split(),
        PHONE,
        PHONE_DIGITS,
        "555-0147",
        CARD,
        CARD[-4:] + '"',
        stack.token(),
        str(stack.demo["owner"]["email"]),
        "test-key-demo-merchant",
        keys["TOKEN_HASH_KEY"],
        keys["SEALING_KEYS"],
        keys["WEB_PUBSUB_CONNECTION_STRING"].partition("AccessKey=")[2].partition(";")[0],
        *visit.heard,
        *orders,
    }
    assert len(orders) >= 4
    assert {secret for secret in secrets_ if secret.lower() in whole.lower()} == set()
