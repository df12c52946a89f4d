"""The command line of the host."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from local.host.config import split_origins

ROLES = ("all", "http", "durable")


@dataclass(frozen=True, slots=True)
class Options:
    """What to serve, where. `durable_url` None: the engine is in this process."""

    app: Path
    port: int
    data_dir: Path
    role: str
    durable_url: str | None
    cors: tuple[str, ...]
    cors_credentials: bool = False
    reload: bool = False

    @property
    def serves_http(self) -> bool:
        """Whether this process runs the app's HTTP functions and timers."""
        return self.role in {"all", "http"}

    @property
    def serves_durable(self) -> bool:
        """Whether this process runs orchestrations and activities."""
        return self.role in {"all", "durable"}


def parse_options(argv: list[str]) -> Options:
    """Read the command line. Paths become absolute. Ends the process with 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m local host", description="Serve a Python v2 function app.", allow_abbrev=False
    )
    add = parser.add_argument
    add("--app", type=Path, required=True, metavar="DIR", help="directory of function_app.py")
    add("--port", type=int, default=7071, help="port on 127.0.0.1; 0 takes a free one (default %(default)s)")
    add(
        "--data-dir", type=Path, default=Path(".local"), metavar="DIR", help="where state is kept (default %(default)s)"
    )
    add(
        "--role", choices=ROLES, default="all", help="http: HTTP functions and timers; durable: orchestrations; or both"
    )
    add("--durable-url", metavar="URL", help="address of the process that runs orchestrations, for role http")
    add("--cors", default="", metavar="ORIGIN,ORIGIN", help="origins besides those of local.settings.json's Host.CORS")
    add("--cors-credentials", action="store_true", help="let these origins send cookies")
    add("--reload", action="store_true", help="start again whenever a file of the app changes")
    given = parser.parse_args(argv)
    if given.durable_url and given.role != "http":
        parser.error("--durable-url goes with --role http")
    return Options(
        app=given.app.resolve(),
        port=given.port,
        data_dir=given.data_dir.resolve(),
        role=given.role,
        durable_url=given.durable_url,
        cors=split_origins(given.cors),
        cors_credentials=given.cors_credentials,
        reload=given.reload,
    )
