"""Limits of the platform: requests at once, the length of an invocation, the size of a body."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import httpx

from tests.integration.local_host.process import HostProcess, write_app

APP = """
import asyncio, time
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="wait/{seconds}")
async def wait(req: func.HttpRequest) -> str:
    await asyncio.sleep(float(req.route_params["seconds"]))
    return "waited"

@app.route(route="block/{seconds}")
def block(req: func.HttpRequest) -> str:
    time.sleep(float(req.route_params["seconds"]))
    return "blocked"

@app.route(route="length")
async def length(req: func.HttpRequest) -> str:
    return str(len(req.get_body()))
"""


async def test_more_requests_than_may_run_wait_and_more_than_may_wait_are_turned_away(tmp_path: Path) -> None:
    limits = {"maxConcurrentRequests": 2, "maxOutstandingRequests": 4}
    app = write_app(tmp_path / "app", APP, host={"extensions": {"http": limits}})
    with HostProcess(app, tmp_path / "data") as host:
        async with httpx.AsyncClient(base_url=host.url, timeout=10) as client:
            began = time.monotonic()
            answers = await asyncio.gather(*(client.get("/api/wait/0.5") for _ in range(7)))
            took = time.monotonic() - began
            assert sorted(answer.status_code for answer in answers) == [200] * 4 + [429] * 3
            assert 1.0 <= took < 3.0  # two at a time
            assert (await client.get("/api/wait/0")).text == "waited"


async def test_threads_bound_how_many_plain_functions_run(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP)
    with HostProcess(app, tmp_path / "data", env={"PYTHON_THREADPOOL_THREAD_COUNT": "2"}) as host:
        async with httpx.AsyncClient(base_url=host.url, timeout=10) as client:
            began = time.monotonic()
            await asyncio.gather(*(client.get("/api/block/0.4") for _ in range(4)))
            assert time.monotonic() - began >= 0.8
            # A blocked thread does not hold up the loop.
            blocked = asyncio.create_task(client.get("/api/block/1"))
            await asyncio.sleep(0.1)
            began = time.monotonic()
            assert (await client.get("/api/wait/0")).text == "waited"
            assert time.monotonic() - began < 0.5
            assert (await blocked).text == "blocked"


async def test_an_invocation_that_takes_too_long_is_ended_with_500(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP, host={"functionTimeout": "00:00:01"})
    with HostProcess(app, tmp_path / "data") as host:
        async with httpx.AsyncClient(base_url=host.url, timeout=10) as client:
            answers = await asyncio.gather(client.get("/api/wait/60"), client.get("/api/block/4"))
            assert [(answer.status_code, answer.content) for answer in answers] == [(500, b"")] * 2
            assert host.output.count("longer than functionTimeout") >= 2
            assert (await client.get("/api/wait/0.1")).text == "waited"


def test_whoever_sends_half_a_body_holds_no_place_for_ever(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP, host={"extensions": {"http": {"maxConcurrentRequests": 1}}})
    with (
        HostProcess(app, tmp_path / "data") as host,
        socket.create_connection(("127.0.0.1", host.port), timeout=60) as slow,
        httpx.Client(base_url=host.url, timeout=60) as client,
    ):
        slow.sendall(b"POST /api/length HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
        # Whoever comes next waits for the only place, and gets it.
        assert client.post("/api/length", content=b"x").text == "1"
        assert slow.makefile("rb").read().split(b"\r\n")[0].split()[1] == b"408"


def test_a_body_over_the_limit_is_413(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP)
    with (
        HostProcess(app, tmp_path / "data", env={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"}) as host,
        httpx.Client(base_url=host.url, timeout=10) as client,
    ):
        assert client.post("/api/length", content=b"x" * 1000).text == "1000"
        assert client.post("/api/length", content=b"x" * 1001).status_code == 413
        assert client.post("/api/length", content=iter([b"x" * 600] * 2)).status_code == 413
        assert client.post("/api/length", content=b"x").text == "1"
