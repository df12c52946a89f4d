"""`python -m local saas`: serves the stand-ins of outside services until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import uvloop
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from local.clock import SETTING, following
from local.saas.registry import VENDORS
from local.saas.vendor import Service
from local.standin import part
from local.standin.emulation import not_emulated
from local.standin.guard import AsgiApp, guarded, is_below
from local.standin.journal import JournalError
from local.standin.server import Server, refused, switch_route
from local.standin.way import Way


def main(argv: list[str]) -> int:
    """Run the part; 0 after SIGTERM or SIGINT, 1 when the port is taken or the data cannot be used."""
    options = _parser().parse_args(argv)
    part.configure_logging()
    try:
        listening = part.open_socket(options.port)
    except OSError as error:
        return part.complain("saas", part.port_taken(options.port, error))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options.data_dir, listening))
    except JournalError as error:
        return part.complain("saas", str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local saas", description=f"Stand-ins for outside services: {', '.join(VENDORS)}."
    )
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where the stand-ins keep what must outlive them")
    return parser


async def _serve(data_dir: Path, listening: socket.socket) -> None:
    stopping = asyncio.Event()
    services: dict[str, Service] = {}
    try:
        for name, vendor in VENDORS.items():
            services[name] = vendor.open(data_dir, stopping)
        async with following(os.environ.get(SETTING), f"saas-{os.getpid()}"):
            app = guarded(_app(services, stopping), signed_at=_signed_at().keys())
            await Server(app, stopping).serve([listening])
    finally:
        for service in services.values():
            await service.close()


def _app(services: Mapping[str, Service], stopping: asyncio.Event) -> AsgiApp:
    ways = {name: _with_way(name, service, stopping) for name, service in services.items()}
    mounts = [Mount(f"/{name}", app=way) for name, way in ways.items()]
    app = Starlette(routes=[Route("/_local/health", _health), *mounts], exception_handlers={HTTPException: refused})

    async def by_path(scope: Scope, receive: Receive, send: Send) -> None:
        # No mount: the service sees the path that is signed.
        signed = (name for place, name in _signed_at().items() if is_below(scope.get("path", ""), (place,)))
        name = next(signed, None)
        await (app if name is None else ways[name])(scope, receive, send)

    return by_path


def _signed_at() -> dict[str, str]:
    """The paths at which calls are signed, each with its vendor's name."""
    return {vendor.signed_at: name for name, vendor in VENDORS.items() if vendor.signed_at}


def _with_way(name: str, service: Service, stopping: asyncio.Event) -> Way:
    """A vendor's stand-in behind what may happen to a call on the way to it."""
    # The switches first: a vendor may answer every other path itself.
    routes = [switch_route(service.switches), *service.routes()]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refused})
    app.router.default = not_emulated(name, service.switches.received)
    return Way(app, service.switches, stopping, root=f"/{name}")


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})
