"""A whole stack on another function app, of which the local stack knows nothing, and its console."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pymongo
import pytest

from local.console.api import without_password
from local.console.demo_order import basket
from local.console.services import TO_COME
from local.saas.registry import VENDORS
from tests.stack import Stack
from tests.started import until

FUNCTION_APP = """
import os

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("settings", methods=["GET"])
async def settings(req: func.HttpRequest) -> str:
    return " ".join(os.environ[name] for name in ("MONGODB_URI", "DB_NAME", "APP_ENV", "WEB_PUBSUB_HUB"))


@app.route("greet/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def greet(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> str:
    return await client.start_new("greeting", req.route_params["name"], None)


@app.orchestration_trigger(context_name="context")
def greeting(context: df.DurableOrchestrationContext):
    yield context.wait_for_external_event("go")
    return (yield context.call_activity("hello", context.instance_id))


@app.activity_trigger(input_name="name")
def hello(name: str) -> str:
    return f"hello {name}"
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("small-app")
    app = folder / "app"
    app.mkdir()
    (app / "function_app.py").write_text(FUNCTION_APP)
    (app / "host.json").write_text('{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}')
    with Stack(folder, app=app) as running:
        yield running


@pytest.fixture
def console(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.console_url, trust_env=False) as client:
        yield client


@pytest.fixture
def api(stack: Stack) -> str:
    return stack.api_url.removesuffix("/api/v1")


def completed(stack: Stack, instance: str) -> dict[str, object]:
    found: dict[str, object] = {}

    def has_completed() -> bool:
        found.update(httpx.get(f"{stack.console_url}/api/orchestrations/{instance}").json())
        return found.get("runtimeStatus") == "Completed"

    until(has_completed, lambda: str(found))
    return found


def test_the_app_gets_the_stacks_settings(stack: Stack, api: str) -> None:
    assert httpx.get(f"{api}/settings").text == f"{stack.mongo_uri} orderbuddy local orders"
    assert set(stack.description["parts"]) == {"mongod", "webpubsub", "saas", "durable", "host"}


def test_the_console_and_the_front_ends_servers_may_call_the_api(stack: Stack, api: str) -> None:
    for origin, allowed in (
        (stack.console_url, True),
        (f"http://localhost:{stack.base + 9}", True),
        ("http://localhost:5173", True),
        ("http://attacker.example", False),
    ):
        answer = httpx.get(f"{api}/settings", headers={"origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


@pytest.mark.parametrize("kill_durable", [False, True])
def test_orchestrations_run_in_the_durable_part_and_are_seen_in_the_console(
    stack: Stack, api: str, kill_durable: bool
) -> None:
    instance = f"ada-{kill_durable}"
    assert httpx.post(f"{api}/greet/{instance}").text == instance
    listed = httpx.get(f"{stack.console_url}/api/orchestrations").json()
    assert instance in {each["instanceId"] for each in listed}
    if kill_durable:
        stack.kill("durable")
        assert httpx.get(f"{api}/settings").status_code == 200, "HTTP goes on without the engine"
        assert httpx.get(f"{stack.console_url}/api/orchestrations").status_code == 502
        stack.start("durable")
    durable = stack.description["parts"]["durable"]["url"]
    event = f"{durable}/runtime/webhooks/durabletask/instances/{instance}/raiseEvent/go"
    told = {"content": "null", "headers": {"content-type": "application/json"}}
    assert httpx.post(event, **told).status_code == 202
    found = completed(stack, instance)
    assert found["output"] == f"hello {instance}"
    assert found["historyEvents"]
    assert httpx.get(f"{stack.console_url}/api/orchestrations/nobody").status_code == 404


def test_the_stack_is_described_with_the_parts_health(stack: Stack, console: httpx.Client) -> None:
    said = console.get("/api/stack").json()
    assert said["ready"] is True
    assert said["parts"]["mongod"] == {
        "pid": stack.pid("mongod"),
        "url": f"mongodb://127.0.0.1:{stack.base + 12}",
        "state": "ready",
        "health": "ok",
    }
    stack.kill("webpubsub")
    assert console.get("/api/stack").json()["parts"]["webpubsub"]["health"] == "down"
    stack.start("webpubsub")


def test_the_newest_orders_come_first(stack: Stack, console: httpx.Client) -> None:
    with pymongo.MongoClient(stack.mongo_uri) as client:
        orders = client.get_database(stack.db_name).get_collection("orders")
        orders.insert_many(
            {
                "orderCode": f"A{number}",
                "status": "ACCEPTED",
                "restaurantId": "demo-cafe",
                "totalPriceCents": 100 * number,
                "startedAt": datetime(2026, 11, 24, 12, number, tzinfo=UTC),
                "customer": {"name": "Ada", "phone": "+12025550123"},
            }
            for number in range(60)
        )
    listed = console.get("/api/orders").json()
    assert [order["orderCode"] for order in listed] == [f"A{number}" for number in range(59, 9, -1)]
    assert listed[0]["startedAt"] == "2026-11-24T12:59:00+00:00"
    assert "customer" not in listed[0]


def test_only_this_machines_names_are_answered(stack: Stack, console: httpx.Client) -> None:
    for host, status in (
        (f"127.0.0.1:{stack.base + 9}", 200),
        (f"localhost:{stack.base + 9}", 200),
        ("attacker.example", 403),
        (f"attacker.example:{stack.base + 9}", 403),
        ("localhost.attacker.example", 403),
        ("127.0.0.1:8080", 200),
    ):
        assert console.get("/api/stack", headers={"host": host}).status_code == status
        assert console.get("/", headers={"host": host}).status_code == status


def test_only_own_pages_and_programs_may_change_anything(stack: Stack, console: httpx.Client) -> None:
    calm = {"mode": "ok"}
    for origin, status in (
        (None, 200),
        (stack.console_url, 200),
        ("http://attacker.example", 403),
        ("null", 403),
        (f"http://localhost:{stack.base + 9}", 403),
    ):
        headers = {"origin": origin} if origin else {}
        assert console.post("/api/webpubsub/fault", json=calm, headers=headers).status_code == status


def test_parts_are_controlled_with_the_key_only(console: httpx.Client) -> None:
    assert console.post("/control/parts/webpubsub/stop").status_code == 403
    wrong = {"x-orderbuddy-control": "wrong"}
    assert console.post("/control/parts/webpubsub/stop", headers=wrong).status_code == 403
    assert console.get("/api/stack").json()["parts"]["webpubsub"]["state"] == "ready"


def test_stand_ins_are_seen_and_told_to_fail(console: httpx.Client) -> None:
    assert isinstance(console.get("/api/webpubsub/received").json(), list)
    assert console.post("/api/webpubsub/fault", json={"mode": "perhaps"}).status_code == 400
    for service in set(TO_COME) - set(VENDORS):
        assert console.get(f"/api/{service}/received").json() == []
        refused = console.post(f"/api/{service}/fault", json={"mode": "ok"})
        assert refused.status_code == 404
        assert service in refused.json()["message"]
    assert console.get("/api/carrier-pigeon/received").status_code == 404


def test_the_gateways_stand_in_is_seen_and_told_what_to_do(stack: Stack, console: httpx.Client) -> None:
    gateway = f"{stack.description['parts']['saas']['url']}/emergepay/v1/orgs/shop/transactions"
    key = {"authorization": "Bearer test-key-shop"}
    sale = {"transactionData": {"amount": "5.00", "externalTransactionId": "sale", "token": {"data": "a secret"}}}
    assert httpx.post(f"{gateway}/wallets", json=sale, headers=key).status_code == 200
    (row,) = console.get("/api/emergepay/ledger").json()
    assert (row["externalTransactionId"], row["kind"], row["amountCents"]) == ("sale", "capture", 500)
    assert "a secret" not in console.get("/api/emergepay/received").text
    assert console.post("/api/emergepay/fault", json={"mode": "settle"}).json() == {"status": "ok", "settled": 1}
    assert console.post("/api/emergepay/fault", json={"mode": "perhaps"}).status_code == 400
    stack.kill("saas")
    assert console.get("/api/emergepay/ledger").status_code == 502
    stack.start("saas")
    assert console.get("/api/emergepay/ledger").json() == [row]


def test_wrong_calls_are_refused_in_words(console: httpx.Client) -> None:
    assert console.post("/api/demo-order", json={"location": "open"}).status_code == 404
    assert console.post("/api/demo-order", content=b"[").status_code == 400
    assert console.post("/api/demo-order", content=b"x" * 70_000).status_code == 413
    assert console.get("/api/orchestrations/..%2f..%2fx").status_code == 404
    assert console.get("/api/nothing").status_code == 404
    assert console.put("/api/stack").status_code == 405


def test_the_screens_are_served_with_their_types_and_never_stale(console: httpx.Client) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/kitchen/", "text/html"),
        ("/status/", "text/html"),
        ("/live/live.js", "text/javascript"),
        ("/style/base.css", "text/css"),
    ):
        page = console.get(path)
        assert page.status_code == 200, path
        assert page.headers["content-type"].startswith(kind)
        assert page.headers["cache-control"] == "no-cache"
    assert console.get("/kitchen").headers["location"].endswith("/kitchen/")
    assert console.get("/style/../../pyproject.toml").status_code == 404
    assert console.get("/style/%2e%2e/%2e%2e/pyproject.toml").status_code == 404


def test_a_shown_connection_string_has_no_password() -> None:
    assert without_password("mongodb://u:p%40ss@db.example/?x=1") == "mongodb://u:***@db.example/?x=1"
    assert without_password("mongodb://127.0.0.1:1/") == "mongodb://127.0.0.1:1/"


def test_a_demo_basket_makes_every_required_choice_within_its_limits() -> None:
    option = [{"id": f"o{number}", "name": {"en": f"Option {number}"}, "priceCents": 50} for number in range(6)]

    def modifier(name: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "name": {"en": name}, "options": option, "maxChoices": 3, **more}

    item = {
        "id": "i1",
        "name": {"en": "Latte"},
        "isAvailable": True,
        "priceCents": 400,
        "variants": [{"id": "s", "name": "Small", "priceCents": 300}],
        "modifiers": [
            modifier("milk", required=True, selectionMode="single"),
            modifier("syrup", required=True, selectionMode="max"),
            modifier("extra", required=False, selectionMode="multiple"),
        ],
    }
    menu = {"items": [item, {**item, "id": "i2", "isAvailable": False}]}
    for seed in range(200):
        lines = basket(menu, random.Random(seed))
        assert {line["menuItemId"] for line in lines} == {"i1"}
        (line,) = lines
        chosen = {modifier["id"]: len(modifier["options"]) for modifier in line["modifiers"]}
        assert chosen["milk"] == 1
        assert 1 <= chosen["syrup"] <= 3
        assert len(line["id"]) == 24
        assert line["price"] == 300
