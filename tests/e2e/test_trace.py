"""Telemetry of a whole run, as the collector got it: one trace for each order, and nothing of the people in it (rules
24.5)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pymongo
import pytest

from tests.e2e.visits import (
    CARD,
    ENVIRONMENT,
    NAME,
    PHONE,
    PHONE_DIGITS,
    Visit,
    calling,
    saas,
    spans_of,
    trace_of,
)
from tests.patience import eventually
from tests.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("traced"), environment=ENVIRONMENT, telemetry=True) as running:
        yield running


@pytest.fixture(scope="module")
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(stack) as client:
        yield client


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
