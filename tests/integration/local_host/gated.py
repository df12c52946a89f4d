"""A small app whose functions go on when a test lets them, and a host that serves it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.integration.local_host.process import HostProcess, write_app
from tests.started import PATIENCE

APP = """
import asyncio, os, pathlib, time
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
GATES = pathlib.Path(os.environ["GATES"])

@app.route(route="wait/{gate}")
async def wait(req: func.HttpRequest) -> str:
    print("began to wait", flush=True)
    while not (GATES / req.route_params["gate"]).exists():
        await asyncio.sleep(0.01)
    return "waited"

@app.route(route="block/{gate}")
def block(req: func.HttpRequest) -> str:
    print("began to block", flush=True)
    while not (GATES / req.route_params["gate"]).exists():
        time.sleep(0.01)
    return "blocked"

@app.route(route="length")
async def length(req: func.HttpRequest) -> str:
    return str(len(req.get_body()))
"""


class GatedHost(HostProcess):
    """A host of APP. The gate `open` is open from the start."""

    def __init__(self, folder: Path, *, host: Mapping[str, Any] | None = None, **environment: str) -> None:
        self._gates = folder / "gates"
        self._gates.mkdir(parents=True)
        self.open_gate("open")
        app = write_app(folder / "app", APP, host=host)
        super().__init__(app, folder / "data", env={"GATES": str(self._gates), **environment})

    def open_gate(self, name: str) -> None:
        """Let the functions go on that wait for it."""
        (self._gates / name).touch()


class Call(threading.Thread):
    """A request on its way. `outcome` is the answer's text, or the error's name."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.outcome = ""
        self.start()

    def run(self) -> None:
        try:
            self.outcome = httpx.get(self._url, timeout=PATIENCE).text
        except httpx.HTTPError as error:
            self.outcome = type(error).__name__
