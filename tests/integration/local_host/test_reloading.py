"""`--reload`: what a developer saves is served."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx

from tests.integration.local_host.process import HostProcess, write_app
from tests.started import until

APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="version")
async def version(req: func.HttpRequest) -> str:
    return "{}"
"""


def test_a_saved_file_is_served_and_a_broken_one_is_survived(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP.format("one"))
    with HostProcess(app, tmp_path / "data", "--reload") as host:
        assert httpx.get(host.url + "/api/version").text == "one"
        write_app(app, APP.format("two") + "\nraise ValueError('unfinished')\n")
        host.wait_for_output("unfinished")
        write_app(app, APP.format("three"))
        host.wait_for_output("ready ", times=2)
        url = [line for line in host.output.splitlines() if line.startswith("ready ")][-1].removeprefix("ready ")
        assert httpx.get(url + "/api/version").text == "three"
        host.signal(signal.SIGTERM)
        assert host.wait() == 0
        until(lambda: not _serves(url))


def _serves(url: str) -> bool:
    try:
        return httpx.get(url + "/api/version").is_success
    except httpx.HTTPError:
        return False
