"""The stack's clock is moved by hand: what would take a day is seen at once, in the product and in the engine alike."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pymongo
import pytest
from bson import ObjectId

from local.console import demo_order
from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack
from tests.started import PATIENCE, until


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("clock")) as running:
        yield running


@pytest.fixture
def stack(whole: Stack) -> Iterator[Stack]:
    yield whole
    clock(whole, do="real")


def clock(stack: Stack, **deed: Any) -> dict[str, Any]:
    """Move the clock; whoever follows it knows before this returns."""
    answer = httpx.post(f"{stack.console_url}/api/clock", json=deed, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    told = dict(answer.json())
    assert told["late"] == []
    return told


def paid(stack: Stack) -> dict[str, Any]:
    """A paid demo order of two dishes or more, as the database has it."""
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        orders = client[stack.db_name].orders
        for _ in range(20):
            body = {"location": "payment", "card": "approved"}
            told = httpx.post(f"{stack.console_url}/api/demo-order", json=body, timeout=PATIENCE).json()
            key = {"_id": ObjectId(told["orderId"])}
            until(lambda key=key: orders.find_one(key) is not None)
            order = orders.find_one(key)
            if order is not None and len(order["items"]) > 1:
                return order
    raise AssertionError("twenty orders of one dish each")


def ledger(stack: Stack, payment: str) -> list[tuple[str, int]]:
    rows = httpx.get(f"{stack.console_url}/api/emergepay/ledger").json()
    return [
        (row["kind"], row["amountCents"])
        for row in rows
        if payment in (row["externalTransactionId"], row["ofExternalTransactionId"])
    ]


async def test_a_preview_expires_by_a_jump_and_not_before(stack: Stack) -> None:
    clock(stack, do="freeze")
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        place = f"{stack.api_url}/payments/place-order-without-payment"
        kept = await demo_order.preview(http, stack.api_url, stack.demo["open"])
        late = await demo_order.preview(http, stack.api_url, stack.demo["open"])
        clock(stack, do="step", seconds=29 * 60)
        assert (await http.post(place, json={"previewOrderId": kept})).status_code == 200
        clock(stack, do="step", seconds=2 * 60)

        # The engine's own timer rings by the same clock, and its workflow lets the preview expire.
        async def ended() -> bool:
            run = (await http.get(f"{stack.console_url}/api/orchestrations/{late}")).json()
            return run.get("runtimeStatus") == "Completed"

        await eventually(ended, "the workflow of the preview does not let it expire")
        refused = await http.post(place, json={"previewOrderId": late})
        assert refused.status_code == 410, refused.text


async def test_to_what_is_due_next(stack: Stack) -> None:
    began = datetime.fromisoformat(clock(stack, do="freeze")["now"])
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        late = await demo_order.preview(http, stack.api_url, stack.demo["open"])

        async def goes_on() -> bool:
            run = (await http.get(f"{stack.console_url}/api/orchestrations/{late}")).json()
            if run.get("runtimeStatus") == "Completed":
                return True
            # Others may be due before it. Where one is at work, or none waits yet, the clock stays.
            moved = await http.post(f"{stack.console_url}/api/clock", json={"do": "next"})
            assert moved.status_code in (200, 409), moved.text
            return False

        await eventually(goes_on, "the workflow of the preview does not let it expire")
        place = f"{stack.api_url}/payments/place-order-without-payment"
        refused = await http.post(place, json={"previewOrderId": late})
        assert refused.status_code == 410, refused.text
    now = httpx.get(f"{stack.console_url}/api/clock").json()
    assert now["frozen"] and datetime.fromisoformat(now["now"]) - began > timedelta(minutes=30)


def test_what_is_owed_goes_back_once_the_capture_is_settled_a_day_later(stack: Stack) -> None:
    order = paid(stack)
    headers = {"authorization": f"Bearer {stack.token('manager@demo.example')}", "idempotency-key": uuid.uuid4().hex}
    here = f"restaurant/{order['restaurantId']}/{order['locationId']}"
    body = {"lines": [{"itemId": order["items"][0]["id"]}], "reason": "It was cold."}
    url = f"{stack.api_url}/{here}/orders/{order['_id']}/refunds"
    answer = httpx.post(url, json=body, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    assert [kind for kind, _ in ledger(stack, order["paymentId"])] == ["capture"], "it is not settled yet"
    clock(stack, do="jump", seconds=24 * 3600 + 16 * 60)
    # The reconciler is a timer of the host: it runs at the next minute by the clock.
    clock(stack, do="jump", seconds=60)
    until(lambda: [kind for kind, _ in ledger(stack, order["paymentId"])] == ["capture", "refund"])


async def test_the_business_day_ends_at_four_in_the_morning(stack: Stack) -> None:
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        database = client[stack.db_name]
        place = stack.demo["open"]
        here = {"_id": ObjectId(place["locationId"])}
        location = database.locations.find_one_and_update(here, {"$set": {"businessDayStartsAt": "04:00"}})
        assert location is not None
        zone = ZoneInfo(location["timezone"])
        tomorrow = datetime.now(zone).date() + timedelta(days=2)
        border = datetime.combine(tomorrow, time(4), zone).astimezone(UTC)

        async def business_date(moment: datetime) -> str:
            clock(stack, do="freeze")
            clock(stack, do="jump", to=moment.isoformat())
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
                order = await demo_order.place(http, stack.api_url, place)
            found = database.orders.find_one({"_id": ObjectId(order)})
            assert found is not None
            return str(found["businessDate"])

        assert await business_date(border - timedelta(seconds=1)) == (tomorrow - timedelta(days=1)).isoformat()
        assert await business_date(border) == tomorrow.isoformat()


def test_a_timer_that_waits_for_a_far_future_runs_again_once_the_clock_is_set_back(stack: Stack) -> None:
    clock(stack, do="jump", seconds=40 * 86400)
    clock(stack, do="real")
    async_order = httpx.post(f"{stack.console_url}/api/demo-order", json={"location": "open"}, timeout=PATIENCE).json()
    run = f"{stack.console_url}/api/orchestrations/{async_order['orderId']}"
    until(lambda: httpx.get(run).json().get("runtimeStatus") == "Completed")
    assert httpx.get(f"{stack.api_url}/health/ready").status_code == 200


def test_the_command_moves_the_clock_and_says_so(stack: Stack) -> None:
    def said(*words: str, code: int = 0) -> str:
        where = ("--data-dir", str(stack.data_dir.root))
        command = [sys.executable, "-m", "local", "clock", *words, *where]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert said().endswith("the machine's own time\n")
    assert said("jump", "2031-01-01T04:00:00Z").startswith("2031-01-01T04:00:0")
    assert said("freeze").endswith("virtual time that stands\n")
    assert said("step", "90s").startswith("2031-01-01T04:01:3")
    assert "20 years" in said("jump", "2090-01-01T00:00:00Z", code=1)
    assert "zone" in said("jump", "2030-01-01T00:00:00", code=1)
    assert "no duration" in said("step", "soon", code=2)
    assert "takes nothing more" in said("next", "1h", code=2)
    assert said("real").endswith("the machine's own time\n")


@pytest.mark.long
def test_the_clock_outlives_kill_9_of_everything(whole: Stack) -> None:
    clock(whole, do="freeze")
    at = clock(whole, do="jump", to="2031-05-05T12:00:00Z")["now"]
    whole.kill_all()
    whole.up()
    assert httpx.get(f"{whole.console_url}/api/clock").json()["now"] == at
    placed = httpx.post(f"{whole.console_url}/api/demo-order", json={"location": "open"}, timeout=PATIENCE).json()
    with pymongo.MongoClient[dict[str, Any]](whole.mongo_uri, tz_aware=True) as client:
        order = client[whole.db_name].orders.find_one({"_id": ObjectId(placed["orderId"])})
    assert order is not None
    assert order["startedAt"] == datetime(2031, 5, 5, 12, tzinfo=UTC)
    clock(whole, do="real")
