"""Requests and answers of HTTP functions, over a real connection to a real host."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.local_host.process import HostProcess, write_app
from tests.integration.local_stack.foreign import all_refused_but, statuses

APP = """
import asyncio, json, logging, threading
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="echo/{id}/{rest?}")
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    seen = {
        "method": req.method, "url": req.url, "headers": dict(req.headers), "params": dict(req.params),
        "route": dict(req.route_params), "body": req.get_body().decode("latin-1"),
        "context": [context.function_name, context.invocation_id, context.function_directory],
        "trace": [context.trace_context.trace_parent, context.trace_context.trace_state],
        "retry": context.retry_context.retry_count, "thread": threading.current_thread().name,
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="sync", methods=["POST"])
def sync(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    local = context.thread_local_storage.invocation_id == context.invocation_id
    logging.info("said in a thread")
    return func.HttpResponse(json.dumps([req.get_json(), threading.current_thread().name, local]))


@app.route(route="bad-json", methods=["POST"])
async def bad_json(req: func.HttpRequest) -> func.HttpResponse:
    try:
        req.get_json()
    except ValueError as error:
        return func.HttpResponse("ValueError", status_code=400)
    return func.HttpResponse("no error")


@app.route(route="form", methods=["POST"])
async def form(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.form["name"] + " " + req.files["menu"].read().decode())


@app.route(methods=["GET", "HEAD"])
async def named_by_function(req: func.HttpRequest) -> str:
    return "a text with ünïcode"


@app.route(route="cookies")
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("with cookies")
    response.headers.add("Set-Cookie", "a=1; Path=/x; HttpOnly; Secure; SameSite=None; Max-Age=60")
    response.headers.add("Set-Cookie", "b=x=y; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Domain=example.com")
    response.headers.add("X-Twice", "first")
    response.headers.add("X-Twice", "second")
    return response


@app.route(route="status/{code:int}")
async def status(req: func.HttpRequest) -> func.HttpResponse:
    code = int(req.route_params["code"])
    return func.HttpResponse("body", status_code=code, headers={"ETag": '"1"', "Content-Length": "999"})


@app.route(route="raises/{how}")
async def raises(req: func.HttpRequest) -> func.HttpResponse:
    how = req.route_params["how"]
    if how == "none":
        return None
    if how == "dict":
        return {"a": 1}
    if how == "cancels":
        raise asyncio.CancelledError
    if how == "umlaut":
        return func.HttpResponse("x", headers={"X-Name": "Zoë"})
    if how == "control":
        return func.HttpResponse("x", headers={"X-Name": "a\\x00b"})
    if how == "name":
        return func.HttpResponse("x", headers={"X Name": "a"})
    if how == "status":
        return func.HttpResponse("x", status_code=700)
    if how == "header":
        return func.HttpResponse("x", headers={"X-Evil": "a\\r\\nInjected: 1"})
    raise RuntimeError("the secret of the kitchen")


@app.route(route="raises-in-thread")
def raises_in_thread(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("in a thread")


@app.route(route="json")
async def json_reply(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("{}", mimetype="application/json", charset="utf-8")


@app.route(route="bytes")
async def bytes_reply(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(b"\\x00\\x01", headers={"Content-Type": "image/png"})


@app.route(route="length", methods=["POST"])
async def length(req: func.HttpRequest) -> str:
    return str(len(req.get_body()))
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder = tmp_path_factory.mktemp("http")
    with HostProcess(write_app(folder / "app", APP), folder / "data") as host:
        yield host


@pytest.fixture
def client(host: HostProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client


def _raw(host: HostProcess, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", host.port), timeout=60) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def test_a_request_arrives_as_the_worker_would_hand_it_over(host: HostProcess, client: httpx.Client) -> None:
    answer = client.post(
        "/api/Echo/Ab%20C%2Fd?x=1&X=2&y=a%20b+c&empty=&flag",
        content=b"\x01body",
        headers=[("X-One", "a"), ("x-one", "b"), ("Traceparent", "00-" + "a" * 32 + "-" + "b" * 16 + "-01")],
    )
    seen: dict[str, Any] = answer.json()
    assert answer.status_code == 200
    assert seen["method"] == "POST"
    assert seen["url"] == f"{host.url}/api/Echo/Ab%20C%2Fd?x=1&X=2&y=a%20b+c&empty=&flag"
    assert seen["headers"]["x-one"] == "a,b"
    assert seen["headers"]["content-length"] == "5"
    assert seen["params"] == {"x": "1,2", "y": "a b c"}
    assert seen["route"] == {"id": "Ab C%2Fd"}
    assert seen["body"] == "\x01body"
    assert seen["thread"] == "MainThread"
    name, invocation, directory = seen["context"]
    assert (name, len(invocation), directory) == ("echo", 36, str(host.app.resolve()))
    parent, state = seen["trace"]
    assert parent.startswith("00-" + "a" * 32) and parent.endswith("-01") and "b" * 16 not in parent and state == ""
    assert seen["retry"] == 0


def test_a_function_without_methods_answers_every_method(client: httpx.Client) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert client.request(method, "/api/echo/1").json()["method"] == method
    assert client.head("/api/echo/1").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/api/nothing"),
        ("GET", "/nothing"),
        ("GET", "/api/sync"),
        ("HEAD", "/api/sync"),
        ("OPTIONS", "/api/sync"),
        ("GET", "/api/status/x"),
    ],
)
def test_no_route_and_no_method_are_404_with_an_empty_body(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (404, b"", "0")


def test_a_plain_function_runs_in_a_thread(host: HostProcess, client: httpx.Client) -> None:
    seen, thread, local = client.post("/api/sync", json={"a": [1]}).json()
    assert seen == {"a": [1]}
    assert thread.startswith("function")
    assert local is True
    line = next(line for line in host.output.splitlines() if "said in a thread" in line)
    assert "[sync " in line


def test_bad_json_is_a_value_error(client: httpx.Client) -> None:
    assert client.post("/api/bad-json", content=b"{").text == "ValueError"
    assert client.post("/api/bad-json", content=b"").text == "ValueError"


def test_a_form_and_its_files_can_be_read(client: httpx.Client) -> None:
    assert client.post("/api/form", data={"name": "menu"}, files={"menu": b"taco"}).text == "menu taco"


def test_a_text_is_an_answer(client: httpx.Client) -> None:
    answer = client.get("/api/NAMED_by_function/")
    assert (answer.status_code, answer.text) == (200, "a text with ünïcode")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_head_has_the_headers_of_get_and_no_body(host: HostProcess) -> None:
    lines = b"HEAD /api/named_by_function HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    head, _, body = _raw(host, lines).partition(b"\r\n\r\n")
    assert b"200 OK" in head and b"content-length: 21" in head and body == b""


def test_cookies_repeat_and_other_headers_do_not(client: httpx.Client) -> None:
    answer = client.get("/api/cookies")
    assert answer.headers.get_list("set-cookie") == [
        "a=1; max-age=60; path=/x; secure; samesite=none; httponly",
        "b=x%3Dy; expires=Wed, 21 Oct 2026 07:28:00 GMT; domain=example.com; path=/",
    ]
    assert answer.headers.get_list("x-twice") == ["second"]


@pytest.mark.parametrize(
    ("code", "body", "length"), [(200, b"body", "4"), (404, b"body", "4"), (204, b"", None), (304, b"", None)]
)
def test_a_status_decides_whether_there_is_a_body(
    client: httpx.Client, code: int, body: bytes, length: str | None
) -> None:
    for _ in range(2):  # twice on one connection: it stays usable
        answer = client.get(f"/api/status/{code}")
        assert (answer.status_code, answer.content) == (code, body)
        assert (answer.headers.get("content-length"), answer.headers["etag"]) == (length, '"1"')


@pytest.mark.parametrize("how", ["error", "none", "dict", "cancels", "umlaut", "control", "name", "status"])
def test_an_exception_is_500_with_an_empty_body_and_a_log_line(
    host: HostProcess, client: httpx.Client, how: str
) -> None:
    answer = client.get(f"/api/raises/{how}")
    assert (answer.status_code, answer.content) == (500, b"")
    host.wait_for_output("function 'raises' failed")


def test_an_exception_in_a_thread_is_500_too(host: HostProcess, client: httpx.Client) -> None:
    answer = client.get("/api/raises-in-thread")
    assert (answer.status_code, answer.content) == (500, b"")
    host.wait_for_output("RuntimeError: in a thread")


def test_a_header_cannot_smuggle_another_one(client: httpx.Client) -> None:
    answer = client.get("/api/raises/header")
    assert answer.status_code == 500
    assert "injected" not in answer.headers


def test_content_types_are_as_the_function_says(client: httpx.Client) -> None:
    assert client.get("/api/json").headers["content-type"] == "application/json"
    assert client.get("/api/bytes").headers["content-type"] == "image/png"
    assert client.get("/api/bytes").content == b"\x00\x01"


def test_bodies_of_any_form_arrive_whole(client: httpx.Client) -> None:
    big = b"x" * 3_000_000
    assert client.post("/api/length", content=big).text == "3000000"
    assert client.post("/api/length", content=iter([b"chunk" * 1000] * 3)).text == "15000"
    assert client.post("/api/length").text == "0"


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /api/a%00b HTTP/1.1", b"400"),
        ("GET /api/café HTTP/1.1".encode(), b"400"),
        (b"NONSENSE", b"400"),
        (b"GET /api/../api/json HTTP/1.1", b"200"),
        (b"GET http://elsewhere/api/json HTTP/1.1", b"200"),
        (b"OPTIONS * HTTP/1.1", b"400"),
    ],
)
def test_odd_request_lines(host: HostProcess, request_line: bytes, status: bytes) -> None:
    answer = _raw(host, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.split(b"\r\n")[0].split()[1] == status


def test_half_a_body_is_never_handed_to_a_function(host: HostProcess, client: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=60) as connection:
        connection.sendall(b"POST /api/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    assert client.get("/api/json").status_code == 200
    assert "function 'sync' failed" not in host.output


def test_without_origins_the_platform_keeps_out_of_preflights(client: httpx.Client) -> None:
    asked = {"Origin": "http://app.test", "Access-Control-Request-Method": "POST"}
    answer = client.options("/api/echo/1", headers=asked)
    assert answer.json()["method"] == "OPTIONS"
    assert not any(name.startswith("access-control-") for name in answer.headers)


def test_two_requests_in_one_packet_are_both_answered(host: HostProcess) -> None:
    one = b"GET /api/json HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /api/named_by_function HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert _raw(host, one + last).count(b"200 OK") == 2


def test_the_host_tells_its_state_and_its_functions(host: HostProcess, client: httpx.Client) -> None:
    status = client.get("/admin/host/status").json()
    assert status["state"] == "Running"
    assert status["processUptime"] > 0
    assert {"id", "version", "instanceId", "computerName"} <= status.keys()
    functions = {entry["name"]: entry for entry in client.get("/admin/functions").json()}
    assert functions["echo"]["invoke_url_template"] == f"{host.url}/api/echo/{{id}}/{{rest?}}"
    assert client.get("/admin/functions/echo").json()["name"] == "echo"
    assert client.get("/admin/functions/nothing").status_code == 404
    assert statuses("POST", str(client.base_url.join("/admin/functions/echo")), json={"input": ""}) == all_refused_but(
        400
    )
    assert client.get("/admin/host/keys").status_code == 404
    json.dumps(functions)
