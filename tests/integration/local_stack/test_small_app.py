"""A whole stack on another function app: the local stack knows nothing of this project's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.stack import Stack

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
def api(stack: Stack) -> str:
    return stack.api_url.removesuffix("/api/v1")


def completed(stack: Stack, instance: str) -> dict[str, object]:
    deadline = time.monotonic() + 20
    while True:
        found = httpx.get(f"{stack.console_url}/api/orchestrations/{instance}").json()
        if found.get("runtimeStatus") == "Completed":
            return dict(found)
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


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
    stack: Stack, api: str, tmp_path: Path, kill_durable: bool
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
    assert httpx.post(event, json=None).status_code == 202
    found = completed(stack, instance)
    assert found["output"] == f"hello {instance}"
    assert found["historyEvents"]
    assert httpx.get(f"{stack.console_url}/api/orchestrations/nobody").status_code == 404
