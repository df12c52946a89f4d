"""The tree indexes and answers under Azure's own worker library, outside our host (Python 3.13)."""

from __future__ import annotations

import json
import subprocess
import sys
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


SESSIONS = f"""
    import sys

    import azure.functions as func

    sys.path.append({str(environment.ROOT)!r})

    from shared.integrations.supertokens.messages import Response
    from shared.web.answering import answered
    from shared.web.call import Reply

    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.function_name("session")
    @app.route(route="session")
    async def session(req: func.HttpRequest) -> func.HttpResponse:
        sent = Response()
        sent.set_cookie("sAccessToken", "a.b-c_d", expires=1890000000000, httponly=True)
        sent.set_cookie("sRefreshToken", "x%2By%3D", expires=0, path="/login/session/refresh", secure=True)

        async def work(request_id: str) -> Reply:
            return Reply({{}}, None, {{}}, sent.written.cookies)

        return await answered(req, work, route="session")
"""


def test_each_cookie_of_a_session_leaves_by_itself(worker: Path, tmp_path: Path) -> None:
    calls = [{"function": "session", "method": "GET", "url": "http://localhost/api/session"}]
    [told] = environment.drive(worker, small_app(tmp_path / "app", SESSIONS), tmp_path, calls)["answers"]
    assert told["error"] is None
    assert "set-cookie" not in told["headers"]
    access, refresh = told["cookies"]
    assert (access["name"], access["value"], access["path"]) == ("sAccessToken", "a.b-c_d", "/")
    assert (access["expires"], access["http_only"], access["secure"]) == (1_890_000_000, True, False)
    # The host escapes the value once more: it is handed over as it is meant.
    assert (refresh["name"], refresh["value"], refresh["path"]) == ("sRefreshToken", "x+y=", "/login/session/refresh")
    assert (refresh["max_age"], refresh["secure"], refresh["same_site"]) == (0.0, True, "lax")


def test_an_app_that_only_a_lenient_host_would_take_is_refused(worker: Path, tmp_path: Path) -> None:
    source = SMALL_APP.replace("async def breaks(req: func.HttpRequest)", "async def breaks(req, user: str)")
    answer = environment.drive(worker, small_app(tmp_path / "app", source), tmp_path)
    assert answer["functions"] == []
    assert "the following parameters are declared in Python but not in the function definition" in answer["error"]


LISTING = """
import json
import function_app
told = {found.get_function_name(): found.get_raw_bindings() for found in function_app.app.get_functions()}
print(json.dumps({name: [json.loads(binding) for binding in bindings] for name, bindings in told.items()}))
"""


@pytest.fixture(scope="module")
def indexed(worker: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Azure would see of the published tree, without any of our settings, and two answers of it."""
    folder = tmp_path_factory.mktemp("published")
    tree = environment.deployed_tree(folder / "app")
    calls = [
        {"route": f"api/v1/health/{which}", "method": "GET", "url": f"http://localhost/api/v1/health/{which}"}
        for which in ("live", "ready")
    ]
    return environment.drive(worker, tree, folder, calls)


def test_the_published_tree_is_indexed(indexed: dict[str, Any]) -> None:
    assert indexed["error"] is None
    http = triggers(indexed, "httpTrigger")
    assert {"api/v1/health/live", "api/v1/health/ready", "{*path}"} <= {binding["route"] for binding in http.values()}
    assert all(binding["authLevel"] == "ANONYMOUS" for binding in http.values())
    for kind in ("orchestrationTrigger", "activityTrigger", "timerTrigger"):
        assert triggers(indexed, kind), kind


def test_every_python_lists_the_same_functions(indexed: dict[str, Any]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTING], cwd=environment.ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert {found["name"]: found["bindings"] for found in indexed["functions"]} == json.loads(done.stdout)


def test_the_published_tree_answers(indexed: dict[str, Any]) -> None:
    live, ready = indexed["answers"]
    assert (live["error"], live["status"]) == (None, 200)
    assert live["headers"]["x-request-id"]
    assert (ready["error"], ready["status"]) == (None, 503)
    assert "MONGODB_URI" in ready["body"]
