"""`python -m local host`: serve a function app on this machine until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import uvloop

from local.host.app import FunctionAppTree, LoadError, load_app
from local.host.config import ConfigError, LocalSettings, apply_settings, read_local_settings, split_origins
from local.host.cors import Cors
from local.host.durable_client import client_texts
from local.host.front import AsgiApp, Front
from local.host.invocation import Invoker
from local.host.logs import configure_logging
from local.host.server import open_socket, serving
from local.host.template import TemplateError
from local.host.throttle import Throttle

_log = logging.getLogger("host")
ROLES = ("all", "http", "durable")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line. `durable_url` None: the engine is in this process."""

    app: Path
    port: int
    data_dir: Path
    role: str
    durable_url: str | None
    cors: tuple[str, ...]

    @property
    def serves_http(self) -> bool:
        """Whether this process runs the app's HTTP functions and timers."""
        return self.role in {"all", "http"}

    @property
    def serves_durable(self) -> bool:
        """Whether this process runs orchestrations and activities."""
        return self.role in {"all", "durable"}


def main(argv: list[str]) -> int:
    """Run the host; 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for a wrong command line."""
    options = _parse(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a text stream in a process of its own
    try:
        listener = open_socket(options.port)
    except OSError as error:
        return _fail(f"port {options.port} of 127.0.0.1 cannot be used: {error.strerror}")
    try:
        settings = read_local_settings(options.app)
        apply_settings(settings.values, os.environ)
        os.chdir(options.app)
        tree = load_app(options.app)
        configure_logging(tree.host.raw)
        host = _Host(options, settings, tree, listener)
    except (LoadError, ConfigError, TemplateError) as error:
        return _fail(str(error))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(host.run())
    return 0


class _Host:
    """Everything that serves one app."""

    def __init__(
        self, options: Options, settings: LocalSettings, tree: FunctionAppTree, listener: socket.socket
    ) -> None:
        self._options = options
        self._tree = tree
        self._listener = listener
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        texts = client_texts(
            tree.client_bindings,
            base_url=options.durable_url or self._url,
            hub=tree.hub,
        )
        self._invoker = Invoker(tree.directory, texts, tree.host.timeout_seconds)
        self._front = Front(
            tree.http if options.serves_http else (),
            prefix=tree.host.route_prefix,
            invoker=self._invoker,
            cors=Cors(frozenset((*settings.cors_origins, *options.cors)), settings.cors_credentials),
            throttle=Throttle(tree.host.max_concurrent_requests, tree.host.max_outstanding_requests),
            mounts=self._mounts(),
        )

    def _mounts(self) -> dict[bytes, AsgiApp]:
        return {}

    async def run(self) -> None:
        """Serve until a signal comes."""
        # What has been loaded stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        async with serving(self._front, self._listener) as stop:
            print(f"ready {self._url}", flush=True)  # noqa: T201 - whoever started this process reads it
            await stop.wait()
        self._invoker.close()


def _parse(argv: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m local host", description="Serve a Python v2 function app.")
    parser.add_argument("--app", type=Path, required=True, metavar="DIR", help="directory of function_app.py")
    parser.add_argument(
        "--port", type=int, default=7071, help="port on 127.0.0.1; 0 takes a free one (default %(default)s)"
    )
    parser.add_argument(
        "--data-dir", type=Path, default=Path(".local"), metavar="DIR", help="where the host keeps its state"
    )
    parser.add_argument("--role", choices=ROLES, default="all", help="HTTP and timers, durable functions, or both")
    parser.add_argument(
        "--durable-url", metavar="URL", help="the durable engine's address, when another process runs it"
    )
    parser.add_argument(
        "--cors", default="", metavar="ORIGIN,ORIGIN", help="origins besides local.settings.json's Host.CORS"
    )
    arguments = parser.parse_args(argv)
    return Options(
        app=arguments.app.resolve(),
        port=arguments.port,
        data_dir=arguments.data_dir.resolve(),
        role=arguments.role,
        durable_url=arguments.durable_url,
        cors=split_origins(arguments.cors),
    )


def _fail(message: str) -> int:
    print(f"host: {message}", file=sys.stderr)  # noqa: T201 - logging may not be configured yet
    return 1
