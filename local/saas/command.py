"""`python -m local saas`: serves the stand-ins of outside services until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvloop
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from local.saas.emergepay.books import Books
from local.saas.emergepay.service import Gateway
from local.saas.emergepay.switches import Switches
from local.standin.faults import Faults
from local.standin.journal import Journal, JournalError
from local.standin.received import Received
from local.standin.server import Server, refused


def main(argv: list[str]) -> int:
    """Runs the part; 0 after SIGTERM or SIGINT, 1 when the port is taken or the data cannot be used."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        listening = _listen(options.port)
    except OSError as error:
        return _complain(f"port {options.port} cannot be opened: {error.strerror or error}")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options.data_dir, listening))
    except JournalError as error:
        return _complain(str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local saas", description="Stand-ins for outside services: the payment gateway."
    )
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where the gateway's ledger is kept")
    return parser


async def _serve(data_dir: Path, listening: socket.socket) -> None:
    journal = Journal(data_dir / "emergepay.jsonl")
    try:
        stopping = asyncio.Event()
        await Server(_app(Books(journal), stopping), stopping).serve([listening])
    finally:
        journal.close()


def _app(books: Books, stopping: asyncio.Event) -> Starlette:
    faults, received = Faults(), Received()
    gateway = Gateway(books, faults, received, stopping)
    switches = Switches(books, faults, received)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await books.written()

    return Starlette(
        routes=[
            Route("/_local/health", _health),
            Mount("/emergepay", routes=[*gateway.routes(), *switches.routes()]),
        ],
        exception_handlers={HTTPException: refused},
        lifespan=lifespan,
    )


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


def _complain(text: str) -> int:
    print(f"saas: {text}", file=sys.stderr)  # noqa: T201 - a command speaks to its user
    return 1
