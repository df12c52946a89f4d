"""`python -m local host`: serve a function app on this machine until told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import threading

import uvloop

from local.host.app import LoadError, load_app
from local.host.checks import check
from local.host.config import ConfigError, apply_settings, read_host_json, read_local_settings
from local.host.host import EngineError, Host
from local.host.logs import configure_logging
from local.host.options import Options, parse_options
from local.host.reload import run_reloading
from local.host.schedule import ScheduleError
from local.host.template import TemplateError
from local.standin import part

_LAST_WORDS_SECONDS = 1.5


def main(argv: list[str]) -> int:
    """Run the host; 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for a wrong command line."""
    options = parse_options(argv)
    if options.reload:
        return run_reloading([argument for argument in argv if argument != "--reload"], options.app)
    # What functions print appears at once, in a pipe, too.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream, in a process of its own
    # The port first: where another stack has it, the app's code must not run at all.
    try:
        listener = part.open_socket(options.port)
    except OSError as error:
        return part.complain("host", part.port_taken(options.port, error))
    try:
        host = _make(options, listener)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(host.run())
            _end_soon()
    except (LoadError, ConfigError, TemplateError, ScheduleError, EngineError) as error:
        return part.complain("host", str(error))
    return 0


def _make(options: Options, listener: socket.socket) -> Host:
    settings = read_local_settings(options.app)
    apply_settings(settings.values, os.environ)
    if options.app.is_dir():
        os.chdir(options.app)
    configure_logging(read_host_json(options.app, os.environ).raw)
    # What is loaded now stays loaded: to look for garbage meanwhile costs nearly a tenth of the start.
    gc.disable()
    tree = load_app(options.app)
    check(tree, os.environ)
    return Host(options, settings, tree, listener)


def _end_soon() -> None:
    """End the process soon. Python alone would wait for the app's threads, which cannot be stopped."""
    timer = threading.Timer(_LAST_WORDS_SECONDS, os._exit, [0])
    timer.daemon = True
    timer.start()
