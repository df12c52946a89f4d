"""The stack on the project's own app: `up` makes the demo data, and a demo order goes all the way."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pymongo
import pytest

from local.supervisor.options import PROJECT
from tests.stack import Stack
from tests.started import PATIENCE, until


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("real-app")) as running:
        yield running


def said_by(stack: Stack, *command: str) -> str:
    """What a command says that succeeds."""
    where = ("--data-dir", str(stack.data_dir.root))
    done = subprocess.run(
        [sys.executable, "-m", "local", *command, *where], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def demo_json(stack: Stack) -> dict[str, Any]:
    return dict(json.loads(said_by(stack, "demo")))


def people(stack: Stack) -> dict[str, dict[str, Any]]:
    """The console's people by their addresses."""
    return {row["address"]: row for row in httpx.get(f"{stack.console_url}/api/people").json()}


def test_ready_means_that_the_first_request_succeeds(stack: Stack) -> None:
    assert httpx.get(f"{stack.api_url}/health/ready").status_code == 200
    assert set(stack.description["parts"]) == {"mongod", "webpubsub", "saas", "durable", "host"}
    said = stack.output.read_text()
    assert f"\n  start page  {stack.console_url}/" in said
    for page in (f"board       {stack.console_url}/board/?api=", f"kitchen     {stack.console_url}/kitchen/"):
        assert f"\n  {page}" in said


def test_the_manager_app_may_call_with_its_cookies_and_a_foreign_page_may_not(stack: Stack) -> None:
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,rid"}
    for origin in (stack.console_url, "http://localhost:5174"):
        answer = httpx.options(f"{stack.api_url}/realtime/negotiate", headers={"origin": origin, **ask})
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
    foreign = httpx.options(f"{stack.api_url}/realtime/negotiate", headers={"origin": "http://evil.test", **ask})
    assert not any(name.startswith("access-control-allow") for name in foreign.headers)


def test_demo_prints_what_scripts_need(stack: Stack) -> None:
    said = demo_json(stack)
    assert said.keys() >= {"apiUrl", "consoleUrl", "mongoUri", "owner", "kitchen", "stranger"}
    for place in ("open", "payment", "campaign"):
        keys = {"restaurantId", "locationId", "locationSlug", "menuId", "originId", "qrCodeId", "stationIds"}
        assert said[place].keys() == keys
    assert (said["apiUrl"], said["consoleUrl"], said["mongoUri"]) == (stack.api_url, stack.console_url, stack.mongo_uri)


@pytest.mark.parametrize("location", ["open", "campaign"])
def test_a_demo_order_is_placed_through_the_api_and_listed(stack: Stack, location: str) -> None:
    with httpx.Client(base_url=stack.console_url, timeout=PATIENCE) as console:
        placed = console.post("/api/demo-order", json={"location": location}).json()
        newest = console.get("/api/orders").json()[0]
        assert newest["_id"] == placed["orderId"]
        assert newest["orderCode"] == placed["orderCode"]
        assert newest["locationId"] == stack.demo[location]["locationId"]

        run = f"/api/orchestrations/{placed['orderId']}"
        until(lambda: console.get(run).json().get("runtimeStatus") == "Completed", lambda: console.get(run).text)
        assert console.get("/api/orchestrations").json()[0]["instanceId"] == placed["orderId"]
        assert console.get("/api/webpubsub/received").json()

    query = parse_qs(urlsplit(placed["statusUrl"]).query)
    assert query["orderId"] == [placed["orderId"]]
    assert query["api"] == [stack.api_url]
    assert len(placed["kitchenUrls"]) == len(stack.demo[location]["stationIds"])
    kitchen = urlsplit(placed["kitchenUrls"][0])
    [where, token] = [parse_qs(part) for part in (kitchen.query, kitchen.fragment)]
    here = "/".join(where[name][0] for name in ("restaurantId", "locationId", "stationId"))
    shown = httpx.get(
        f"{stack.api_url}/stations/{here}/orders", headers={"authorization": f"Bearer {token['token'][0]}"}
    )
    assert shown.status_code == 200, "the link opens the display as the demo's kitchen person"


@pytest.mark.parametrize(
    ("card", "outcome", "message"),
    [
        ("approved", "placed", ""),
        ("declined", "declined", "Your card was declined."),
        ("insufficient", "declined", "There is not enough money on this card."),
        ("unknown", "checking", ""),
    ],
)
def test_a_demo_order_is_paid_for_with_a_test_card(stack: Stack, card: str, outcome: str, message: str) -> None:
    with httpx.Client(base_url=stack.console_url, timeout=PATIENCE) as console:
        paid = console.post("/api/demo-order", json={"location": "payment", "card": card, "seconds": 5}).json()
        # The console looks for a few seconds; on a busy machine that may be too short, or long enough for `unknown`.
        assert paid["outcome"] in (outcome, "placed" if outcome == "checking" else "checking")
        if paid["outcome"] == outcome:
            assert paid["message"].startswith(message)
            assert ("orderCode" in paid) is (outcome == "placed")
        status = f"{stack.api_url}/order-app/orders/{paid['orderId']}/status"
        until(lambda: console.get(status).json()["status"] != "CHECKING_PAYMENT")
        assert console.get(status).json()["status"] == ("OPEN" if outcome == "declined" else "ACCEPTED")
        orders = {order["_id"]: order for order in console.get("/api/orders").json()}
        ledger = console.get("/api/emergepay/ledger").json()
    if outcome == "declined":
        assert paid["orderId"] not in orders
    else:
        assert ledger[-1]["amountCents"] == orders[paid["orderId"]]["totalPriceCents"]


def test_a_card_that_cannot_be_used_is_refused_in_words(stack: Stack) -> None:
    url = f"{stack.console_url}/api/demo-order"
    for asked, status, words in (
        ({"location": "payment", "card": "stolen"}, 400, "approved, declined"),
        ({"location": "payment", "card": "unknown", "seconds": "long"}, 400, "number"),
        ({"location": "open", "card": "approved"}, 502, "PAYMENT_NOT_TAKEN"),
    ):
        refused = httpx.post(url, json=asked, timeout=PATIENCE)
        assert refused.status_code == status
        assert words in refused.json()["message"]


def test_a_location_that_takes_payment_refuses_a_demo_order_in_words(stack: Stack) -> None:
    refused = httpx.post(f"{stack.console_url}/api/demo-order", json={"location": "payment"})
    assert refused.status_code == 502
    message = refused.json()["message"]
    assert message.startswith("The order was not placed: This restaurant takes payment with the order. (")
    assert message.endswith("answered 402 PAYMENT_REQUIRED)")


def test_the_demos_people_have_the_ids_in_the_core_that_they_have_in_the_database(stack: Stack) -> None:
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        stored = {row["email"]: row["userId"] for row in client[stack.db_name].users.find()}
    core = httpx.get(f"{stack.description['parts']['saas']['url']}/supertokens/_local/users").json()
    assert {row["email"]: row["id"] for row in core if row["email"] in stored} == stored
    shown = people(stack)
    assert [shown[stack.demo[role]["email"]]["name"] for role in ("owner", "manager", "service", "kitchen")] == [
        *("owner", "manager", "service", "kitchen")
    ]


def test_the_start_page_shows_a_code_until_it_is_used_and_no_log_does(stack: Stack) -> None:
    email = stack.demo["manager"]["email"]
    login = f"{stack.api_url.removesuffix('/api/v1')}/login"
    asked = httpx.post(f"{login}/signinup/code", json={"email": email}, timeout=PATIENCE).json()
    code = people(stack)[email]["code"]
    attempt = {name: asked[name] for name in ("deviceId", "preAuthSessionId")}
    taken = httpx.post(f"{login}/signinup/code/consume", json={**attempt, "userInputCode": code}, timeout=PATIENCE)
    assert taken.json()["user"]["id"] == stack.demo["manager"]["userId"]
    assert "code" not in people(stack)[email]
    logs = "".join(path.read_text(errors="replace") for path in (stack.data_dir.root / "logs").iterdir())
    assert code not in re.findall(r"(?<![\w-])\d{6}(?![\w-])", logs)


def test_the_token_that_the_command_line_prints_is_a_session(stack: Stack) -> None:
    kitchen, place = stack.demo["kitchen"], stack.demo["open"]
    token = said_by(stack, "token", kitchen["email"]).strip()
    board = f"{stack.api_url}/stations/{place['restaurantId']}/{place['locationId']}/{place['stationIds'][0]}/orders"
    assert httpx.get(board, headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE).status_code == 200
    stranger = said_by(stack, "token", stack.demo["stranger"]["email"]).strip()
    assert httpx.get(board, headers={"authorization": f"Bearer {stranger}"}, timeout=PATIENCE).status_code == 403


def test_a_timer_removes_every_night_what_is_not_kept_for_ever(stack: Stack) -> None:
    long_ago = datetime(2020, 3, 1, tzinfo=UTC)
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        db = client[stack.db_name]
        old, young = (
            db.orders_preview.insert_one({"startedAt": at, "customer": {"name": "Ann"}}).inserted_id
            for at in (long_ago, datetime.now(UTC))
        )
        db.attention.insert_one({"_id": "hours:old", "kind": "hours", "at": long_ago, "endedAt": long_ago})
        asked = httpx.post(f"http://127.0.0.1:{stack.base}/admin/functions/keep_no_longer", json={"input": ""})
        assert asked.status_code == 202
        # The entries go after the previews.
        until(lambda: db.attention.count_documents({"_id": "hours:old"}) == 0)
        assert [row["_id"] for row in db.orders_preview.find({"_id": {"$in": [old, young]}})] == [young]
    until(lambda: "not kept any longer: " in stack.log("host"))
