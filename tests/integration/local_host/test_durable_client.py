"""Durable clients in functions: both ways to ask for one, in one process and in two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.integration.local_host.process import HostProcess, write_app
from tests.started import PATIENCE, until

APP = """
import json
import azure.functions as func
import azure.durable_functions as df
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
bp = df.Blueprint()

@bp.route(route="start/{id}", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    instance = await client.start_new("Greet", req.route_params["id"], {"name": req.get_body().decode()})
    return client.create_check_status_response(req, instance)

@bp.route(route="text")
@bp.generic_input_binding(arg_name="client", type="durableClient")
async def text(req: func.HttpRequest, client: str, context: func.Context) -> func.HttpResponse:
    status = await df.DurableOrchestrationClient(client).get_status(req.params["id"])
    return func.HttpResponse(json.dumps([json.loads(client), status.output, context.function_name]))

@bp.orchestration_trigger(context_name="context", orchestration="Greet")
def greet(context: df.DurableOrchestrationContext):
    first = yield context.call_activity("hello", context.get_input()["name"])
    return (yield context.call_activity("shout", first))

@bp.activity_trigger(input_name="name")
def hello(name: str, context: func.Context) -> str:
    return f"hello {name} from {context.function_name}"

@bp.activity_trigger(input_name="text", activity="shout")
async def shout_it(text: str) -> str:
    return text.upper()

@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *", run_on_startup=True)
async def at_start(timer: func.TimerRequest) -> None:
    print("at start", flush=True)

app.register_functions(bp)
"""
HUB = {"extensions": {"durableTask": {"hubName": "greetings"}, "http": {"routePrefix": ""}}}
GREETED = "HELLO ANA FROM HELLO"


def _greet(url: str, instance: str) -> Any:
    """Start an orchestration, and follow its status address to the end; its output."""
    started = httpx.post(f"{url}/start/{instance}", content=b"Ana", timeout=PATIENCE)
    assert started.status_code == 202, started.text
    address = started.json()["statusQueryGetUri"]
    assert started.headers["location"] == address
    status: dict[str, Any] = {}

    def completed() -> bool:
        status.update(httpx.get(address, follow_redirects=True, timeout=PATIENCE).json())
        return bool(status["runtimeStatus"] == "Completed")

    until(completed, lambda: str(status))
    return status["output"]


def test_one_process_serves_http_and_orchestrations(tmp_path: Path) -> None:
    with HostProcess(write_app(tmp_path / "app", APP, host=HUB), tmp_path / "data") as host:
        assert _greet(host.url, "one") == GREETED
        binding, output, name = httpx.get(f"{host.url}/text?id=one", timeout=PATIENCE).json()
        assert (output, name) == (GREETED, "text")
        assert binding["taskHubName"] == "greetings"
        assert binding["rpcBaseUrl"] == f"{host.url}/runtime/webhooks/durabletask/"
        for name in ("Greet", "greet", "hello", "shout"):
            assert httpx.post(f"{host.url}/{name}", content=b'"x"').status_code == 404
        assert host.stop() == 0


def test_two_processes_share_an_app_and_nothing_else(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP, host=HUB)
    with (
        HostProcess(app, tmp_path / "durable", "--role", "durable") as durable,
        HostProcess(app, tmp_path / "http", "--role", "http", "--durable-url", durable.url) as host,
    ):
        assert _greet(host.url, "two") == GREETED
        binding, output, _ = httpx.get(f"{host.url}/text?id=two", timeout=PATIENCE).json()
        assert output == GREETED
        assert binding["rpcBaseUrl"] == f"{durable.url}/runtime/webhooks/durabletask/"
        health = httpx.get(f"{durable.url}/_local/health")
        assert (health.status_code, json.loads(health.content)) == (200, {"status": "ok"})
        for url in (f"{durable.url}/text?id=two", f"{durable.url}/start/x", f"{host.url}/_local/nothing"):
            assert httpx.get(url).status_code == 404
        assert httpx.get(f"{durable.url}/admin/host/status").json()["state"] == "Running"
        assert not (tmp_path / "http" / "durable-greetings.db").exists()
        # Timers run beside HTTP functions only.
        host.wait_for_output("at start")
        assert "at start" not in durable.output
        timer = "/admin/functions/at_start"
        assert httpx.post(durable.url + timer, json={"input": ""}).status_code == 400
        assert httpx.post(host.url + timer, json={"input": ""}).status_code == 202
        assert durable.stop() == 0
        assert host.stop() == 0


def test_state_that_cannot_be_read_ends_the_host_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "durable-greetings.db").write_text("not a database" * 1000)
    host = HostProcess(write_app(tmp_path / "app", APP, host=HUB), tmp_path / "data", "--role", "durable")
    host.spawn()
    assert host.wait() == 1
    assert "durable engine cannot start" in host.output
    assert "Traceback" not in host.output
