"""What is loaded of an app, what is refused, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.host.app import LoadError, load_app
from tests.integration.local_host.process import HostProcess, write_app

HEAD = "import azure.functions as func\nimport azure.durable_functions as df\napp = func.FunctionApp()\n"
MIXED = """
bp = df.Blueprint()

@bp.route(route="go", methods=["POST"])
@bp.durable_client_input(client_name="client", task_hub="other")
async def go(req: func.HttpRequest, client) -> func.HttpResponse: ...

@bp.orchestration_trigger(context_name="context", orchestration="Checkout")
def checkout(context):
    yield context.call_activity("charge", 1)

@bp.activity_trigger(input_name="order", activity="charge")
def charge_it(order: int) -> int:
    return order

@bp.activity_trigger(input_name="order")
async def refund(order: int, context: func.Context) -> int:
    return order

@bp.entity_trigger(context_name="context")
def counter(context): ...

@app.timer_trigger(arg_name="timer", schedule="%EVERY%", run_on_startup=True, use_monitor=False)
def tick(timer: func.TimerRequest) -> None: ...

@app.queue_trigger(arg_name="message", queue_name="q", connection="C")
def from_queue(message: func.QueueMessage) -> None: ...

@app.generic_trigger(arg_name="event", type="webPubSubTrigger", hub="orders", eventName="connect", eventType="system")
def connected(event) -> None: ...

@app.route(route="out")
@app.queue_output(arg_name="message", queue_name="q", connection="C")
async def to_queue(req: func.HttpRequest, message: func.Out[str]) -> str: ...

@app.route(route="off")
async def off(req: func.HttpRequest) -> str: ...

app.register_functions(bp)
"""


def test_functions_are_sorted_by_trigger_and_known_by_their_public_names(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", HEAD + MIXED, host={"extensions": {"durableTask": {"hubName": "mine"}}})
    tree = load_app(app, {"EVERY": "0 0 3 * * *", "AzureWebJobs.off.Disabled": "true"})
    assert tree.hub == "mine"
    assert [(f.name, f.route, f.methods, f.auth_level) for f in tree.http] == [
        ("go", "go", frozenset({"POST"}), "function")
    ]
    assert [(c.parameter, c.hub) for c in tree.client_bindings] == [("client", "other")]
    assert list(tree.orchestrators) == ["Checkout"]
    assert list(tree.entities) == ["counter"]
    charge, refund = tree.activities["charge"], tree.activities["refund"]
    assert (charge.function_name, charge.argument_name, charge.is_async, charge.wants_context) == (
        "charge_it",
        "order",
        False,
        False,
    )
    assert (refund.is_async, refund.wants_context) == (True, True)
    timer = tree.timers[0]
    assert (timer.schedule, timer.run_on_startup, timer.use_monitor) == ("0 0 3 * * *", True, False)
    assert {other.name for other in tree.others} == {"from_queue", "connected", "to_queue", "off"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ValueError('no setting')", "no setting"),
        ("import azure.functions as func", "no top-level FunctionApp"),
        (HEAD + "other = func.FunctionApp()", "more than one top-level FunctionApp"),
        (HEAD + "@app.route()\nasync def a(request): ...", "request"),
        (HEAD + "@app.route()\nasync def a(req, more): ...", "more"),
        (HEAD + "@app.route()\nasync def a(req, context: str): ...", "context"),
        (HEAD + "@app.route()\ndef a(req): ...\n@app.route(route='b')\ndef a(req): ...", "unique"),
        (HEAD + "@app.timer_trigger(arg_name='t', schedule='%NOT_SET%')\ndef a(t): ...", "%NOT_SET%"),
    ],
)
def test_what_azure_would_not_load_is_an_error_that_says_why(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(LoadError, match=said):
        load_app(write_app(tmp_path / "app", code), {})


def test_a_directory_without_an_app_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"function_app\.py"):
        load_app(tmp_path, {})


def test_what_is_not_served_is_said_at_the_start(tmp_path: Path) -> None:
    hub = {"extensions": {"durableTask": {"hubName": "other"}}}
    app = write_app(tmp_path / "app", HEAD + MIXED, host=hub, settings={"Values": {"EVERY": "0 0 3 * * *"}})
    with HostProcess(app, tmp_path / "data") as host:
        for name, kind in (("from_queue", "queueTrigger"), ("connected", "webPubSubTrigger"), ("to_queue", "queue")):
            line = next(line for line in host.output.splitlines() if f"'{name}'" in line)
            assert "WARNING" in line and "not served here" in line and kind in line
        assert host.stop() == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ValueError('no setting')", "ValueError: no setting"),
        (HEAD + "@app.route(route='a/{x:nonsense}')\ndef a(req): ...", "nonsense"),
        (HEAD + "@app.timer_trigger(arg_name='t', schedule='soon')\ndef a(t): ...", "soon"),
    ],
)
def test_an_app_that_cannot_be_served_ends_the_host_with_the_reason(tmp_path: Path, code: str, said: str) -> None:
    host = HostProcess(write_app(tmp_path / "app", code), tmp_path / "data")
    host.spawn()
    assert host.wait() == 1
    assert said in host.output
