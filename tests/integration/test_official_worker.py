"""The tree indexes and answers under Azure's own worker library, outside our host (Python 3.13)."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.worker import environment

SMALL_APP = """
    import azure.durable_functions as df
    import azure.functions as func

    app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.function_name("echo")
    @app.route(route="echo/{word}", methods=["POST"])
    @app.durable_client_input(client_name="client")
    async def echo(req: func.HttpRequest, client: str, context: func.Context) -> func.HttpResponse:
        text = req.route_params["word"] + req.params["more"] + req.get_body().decode() + context.function_name
        return func.HttpResponse(text, status_code=201, headers={"x-seen": req.headers["X-Sent"]})

    @app.function_name("breaks")
    @app.route(route="breaks")
    async def breaks(req: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("as told")

    @app.function_name("tick")
    @app.timer_trigger(schedule="0 * * * * *", arg_name="timer")
    async def tick(timer: func.TimerRequest) -> None:
        pass

    @app.orchestration_trigger(context_name="context")
    def flow(context: df.DurableOrchestrationContext):
        yield context.call_activity("step", 1)

    @app.activity_trigger(input_name="number")
    async def step(number: int) -> int:
        return number
"""


@pytest.fixture(scope="module")
def worker() -> Path:
    """The worker's interpreter."""
    python = environment.find_python()
    if python is None:
        pytest.skip("no Python 3.13 here, and azure-functions-runtime runs on no other")
    return environment.prepare(python)


def triggers(answer: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Function name -> its trigger, for the triggers of one kind."""
    return {
        function["name"]: binding
        for function in answer["functions"]
        for binding in function["bindings"]
        if binding["type"] == kind
    }


def small_app(folder: Path, source: str = SMALL_APP) -> Path:
    folder.mkdir()
    (folder / "function_app.py").write_text(textwrap.dedent(source))
    return folder


def test_a_small_app_is_indexed_and_called_as_in_azure(worker: Path, tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = [
        {"function": "echo", "method": "POST", "url": "http://localhost/api/echo/a?more=b", "params": {"word": "a"}}
        | {"query": {"more": "b"}, "headers": {"x-sent": "yes"}, "body": "c"},
        {"function": "breaks", "method": "GET", "url": "http://localhost/api/breaks"},
    ]
    answer = environment.drive(worker, small_app(tmp_path / "app"), tmp_path, calls)
    assert answer["error"] is None
    assert triggers(answer, "httpTrigger")["echo"]["route"] == "echo/{word}"
    kinds = ("httpTrigger", "timerTrigger", "orchestrationTrigger", "activityTrigger")
    assert [sorted(triggers(answer, kind)) for kind in kinds] == [["breaks", "echo"], ["tick"], ["flow"], ["step"]]
    echoed, broken = answer["answers"]
    assert echoed["error"] is None
    assert (echoed["status"], echoed["body"], echoed["headers"]["x-seen"]) == (201, "abcecho", "yes")
    assert broken["error"].startswith("RuntimeError: as told")


def test_an_app_that_only_a_lenient_host_would_take_is_refused(worker: Path, tmp_path: Path) -> None:
    source = SMALL_APP.replace("async def breaks(req: func.HttpRequest)", "async def breaks(req, user: str)")
    answer = environment.drive(worker, small_app(tmp_path / "app", source), tmp_path)
    assert answer["functions"] == []
    assert "the following parameters are declared in Python but not in the function definition" in answer["error"]
