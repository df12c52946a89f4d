"""Telemetry of a whole run, as the collector got it: one trace for each order, and nothing of the people in it (rules
24.5)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pymongo
import pytest

from tests.e2e.visits import (
    CARD,
    EMAIL,
    NAME,
    PHONE,
    PHONE_DIGITS,
    House,
    Visit,
    calling,
    saas,
    spans_of,
    trace_of,
)
from tests.patience import eventually
from tests.stack import Stack


@pytest.fixture(scope="module")
def stack(telling_stack: Stack) -> Stack:
    telling_stack.all_up()
    return telling_stack


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
    "workflow checkout",
    "publish",
    "webpubsub send",
)
TOLD = ("duty text", "duty alert", "duty mail", "duty push", "duty web_push")
EVENTS = {
    "start-transaction",
    "complete-transaction",
    "payment_successful",
    "create_order_started",
    "create_order_success",
    "new_order_placed",
    "update_order_status",
    "sms_sent",
    "sms_failed",
    "mail_sent",
    "notifications_sent",
}
TEXTED = ("duty text", "send Twilio")


async def test_one_paid_order_is_one_trace_from_the_scan_to_the_text(stack: Stack, http: httpx.AsyncClient) -> None:
    visit = Visit(stack, http)
    assert visit.trace is not None
    await visit.scan()
    await visit.preview()
    await visit.pay()
    await visit.becomes_an_order()
    # Only requests lie in no span of ours: the diner's client told of none.
    found = await spans_of(visit, visit.trace, *SCANNED, *PAID, *TEXTED, within=True)
    # The workflow was replayed at each step, and is told once.
    assert [span["name"] for span in found].count("workflow checkout") == 1
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


async def test_no_telemetry_of_the_run_holds_a_person_or_a_secret(
    stack: Stack, http: httpx.AsyncClient, house: House
) -> None:
    refused = {"mode": "error", "status": 400, "times": 1, "match": PHONE_DIGITS}
    await http.post(f"{saas(stack)}/twilio/_local/fault", json=refused)
    visit = Visit(stack, http, trace=None)
    await visit.preview(email=EMAIL)
    await visit.pay()
    await visit.becomes_an_order()
    await spans_of(visit, trace_of(stack, visit.order_id), "publish", *TOLD)
    signed_in = await signs_in_by_code(stack, http)
    # What goes wrong is told, too: of a person's typing nothing.
    bad = await http.post("order-app/cart/preview-order", json={"customer": {"name": NAME, "phone": PHONE}})
    assert bad.status_code == 400
    for path in (f"order-app/orders/{quote(NAME)}/status", f"q/{quote(EMAIL)}?name={quote(NAME)}&phone={quote(PHONE)}"):
        assert (await http.get(path, headers={"authorization": f"Bearer {NAME} {EMAIL}"})).status_code >= 400
    collector = f"{saas(stack)}/otlp/_local"

    async def measured() -> bool:
        names = {one["name"] for one in (await http.get(f"{collector}/metrics")).json()}
        return names >= {"orderCount", "orderTotalCents", "orderItemsCount", "placementSeconds", "payments", "messages"}

    async def told_of() -> bool:
        nonlocal events
        events = {one["attributes"].get("event") for one in (await http.get(f"{collector}/logs")).json()}
        return events >= EVENTS

    events: set[str | None] = set()
    await eventually(measured, every=0.25)
    await eventually(told_of, lambda: f"missing: {EVENTS - events}", every=0.25)
    told = {name: (await http.get(f"{collector}/{name}")).json() for name in ("spans", "logs", "metrics")}
    assert {span["scope"] for span in told["spans"]} == {"orderbuddy"}
    assert "POST login/signinup/code/consume" in {span["name"] for span in told["spans"]}
    whole = json.dumps(told).lower()
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        orders = [str(one["_id"]) for one in client[stack.db_name].orders.find({}, {"_id": 1})]
    keys = stack.settings()
    typed = {
        *NAME.split(),
        PHONE,
        PHONE_DIGITS,
        "555-0147",
        EMAIL,
        EMAIL.partition("@")[0],
        CARD,
        f'"{CARD[-4:]}"',
        stack.token(),
        str(stack.demo["owner"]["email"]),
        "test-key-demo-merchant",
        keys["TOKEN_HASH_KEY"],
        keys["SEALING_KEYS"],
        keys["WEB_PUBSUB_CONNECTION_STRING"].partition("AccessKey=")[2].partition(";")[0],
        *visit.heard,
        *house.heard,
        *signed_in,
    }
    assert len(orders) >= 3 and len(visit.heard) == 1 and len(house.heard) >= 6
    # What the app says of itself on this machine names orders, and nothing else of that.
    logged = "".join(map(stack.log, ("host", "durable"))).lower()
    assert "new_order_placed" in whole and "order" in logged
    assert found_in(whole, {*typed, *orders}) == set() and found_in(logged, typed) == set()


def found_in(text: str, secrets_: set[str]) -> set[str]:
    return {one for secret in secrets_ for one in (secret, quote(secret)) if one.lower() in text}


async def signs_in_by_code(stack: Stack, http: httpx.AsyncClient) -> set[str]:
    """Somebody signs in by a code that was mailed, after a wrong one; whatever of it is a secret."""
    headers = {"rid": "passwordless", "st-auth-mode": "header"}
    login = f"http://127.0.0.1:{stack.base}/login/signinup/code"
    address = f"signs.in.{secrets.token_hex(4)}@quuxley.example"
    asked = (await http.post(login, json={"email": address}, headers=headers)).json()
    attempt = {name: asked[name] for name in ("deviceId", "preAuthSessionId")}
    codes = (await http.get(f"{saas(stack)}/supertokens/_local/codes")).json()
    [code] = [one["userInputCode"] for one in codes if one["preAuthSessionId"] == attempt["preAuthSessionId"]]
    wrong = await http.post(f"{login}/consume", json={**attempt, "userInputCode": "nonsense"}, headers=headers)
    assert wrong.json()["status"] == "INCORRECT_USER_INPUT_CODE_ERROR"
    right = await http.post(f"{login}/consume", json={**attempt, "userInputCode": code}, headers=headers)
    assert right.json()["status"] == "OK"
    tokens = {right.headers[name] for name in ("st-access-token", "st-refresh-token", "front-token")}
    return {address, address.partition("@")[0], f'"{code}"', f" {code} ", *attempt.values(), *tokens}
