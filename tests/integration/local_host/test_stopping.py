"""How the host ends: in good order, in time, and with nothing left behind."""

from __future__ import annotations

import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.integration.local_host.process import HostProcess, write_app

APP = """
import asyncio, time
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="wait/{seconds}")
async def wait(req: func.HttpRequest) -> str:
    print("began", flush=True)
    await asyncio.sleep(float(req.route_params["seconds"]))
    return "waited"

@app.route(route="block/{seconds}")
def block(req: func.HttpRequest) -> str:
    print("began", flush=True)
    time.sleep(float(req.route_params["seconds"]))
    return "blocked"
"""


class _Call(threading.Thread):
    """A request on its way; `outcome` is the answer's text, or the error's name."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.outcome = ""

    def run(self) -> None:
        try:
            self.outcome = httpx.get(self._url, timeout=20).text
        except httpx.HTTPError as error:
            self.outcome = type(error).__name__


def _calling(host: HostProcess, path: str) -> _Call:
    call = _Call(host.url + path)
    call.start()
    host.wait_for_output("began")
    return call


@pytest.mark.parametrize("path", ["/api/wait/1", "/api/block/1"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_is_finished_and_nothing_new_is_taken(tmp_path: Path, path: str, number: int) -> None:
    with HostProcess(write_app(tmp_path / "app", APP), tmp_path / "data") as host:
        call = _calling(host, path)
        host.signal(number)
        time.sleep(0.4)
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", host.port), timeout=5)
        assert host.wait() == 0
        call.join()
        assert call.outcome in {"waited", "blocked"}


@pytest.mark.parametrize("path", ["/api/wait/60", "/api/block/60"])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, path: str) -> None:
    with HostProcess(write_app(tmp_path / "app", APP), tmp_path / "data") as host:
        call = _calling(host, path)
        host.signal(signal.SIGTERM)
        time.sleep(0.3)
        host.signal(signal.SIGTERM)
        assert host.wait(5) == 0
        call.join()


@pytest.mark.long
@pytest.mark.parametrize("path", ["/api/wait/60", "/api/block/60"])
def test_what_does_not_end_is_given_up_within_ten_seconds(tmp_path: Path, path: str) -> None:
    with HostProcess(write_app(tmp_path / "app", APP), tmp_path / "data") as host:
        call = _calling(host, path)
        began = time.monotonic()
        host.signal(signal.SIGTERM)
        assert host.wait(12) == 0
        assert time.monotonic() - began < 10
        call.join()


def test_an_idle_connection_does_not_delay_the_end(tmp_path: Path) -> None:
    with HostProcess(write_app(tmp_path / "app", APP), tmp_path / "data") as host, httpx.Client() as client:
        client.get(host.url + "/api/wait/0")
        began = time.monotonic()
        assert host.stop() == 0
        assert time.monotonic() - began < 2


def test_a_taken_port_is_an_error_that_names_it(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        host = HostProcess(app, tmp_path / "data")
        host.spawn(port=port)
        assert host.wait() == 1
        assert str(port) in host.output


def test_it_comes_back_on_its_port_after_kill_9(tmp_path: Path) -> None:
    with HostProcess(write_app(tmp_path / "app", APP), tmp_path / "data") as host, httpx.Client() as client:
        client.get(host.url + "/api/wait/0")
        port = host.port
        host.kill()
        host.start(port=port)
        assert httpx.get(host.url + "/api/wait/0").text == "waited"
        assert host.port == port
