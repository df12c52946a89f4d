"""`python -m local webpubsub`: serves the stand-in until it is told to stop."""

import argparse
import asyncio
import os
import resource
import signal
import socket
from pathlib import Path

import uvloop
from aiohttp.web import Server

from local.standin import part
from local.webpubsub import limits
from local.webpubsub.entrance import Entrance
from local.webpubsub.server import WebPubSub
from local.webpubsub.upstream import Upstream

_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 75.0
# A client's token stands in the URL with all its groups, and so do excluded connections.
_MAX_HEAD_BYTES = 64 * 1024
# aiohttp may take this twice: once for calls to end, once for cancelling them.
_SHUTDOWN_SECONDS = 1.5


def main(argv: list[str]) -> int:
    """Runs the part; 0 after SIGTERM or SIGINT, 1 when the port is taken, 2 for wrong arguments or no access key."""
    options = _parser().parse_args(argv)
    key = os.environ.get(options.access_key_env)
    if not key:
        missing = f"the environment variable {options.access_key_env} must hold the access key"
        return part.complain("webpubsub", missing, status=2)
    part.configure_logging()
    _allow_open_files(limits.MAX_CONNECTIONS + 1_000)
    try:
        listening = part.open_socket(options.port)
    except OSError as error:
        return part.complain("webpubsub", part.port_taken(options.port, error))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(_service(key, options, listening), listening))
    return 0


def _service(key: str, options: argparse.Namespace, listening: socket.socket) -> WebPubSub:
    upstream = None
    if options.event_handler:
        upstream = Upstream(options.event_handler, key, host=f"127.0.0.1:{listening.getsockname()[1]}")
    return WebPubSub(key, options.recovery_seconds, upstream)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local webpubsub", description="A stand-in for Azure Web PubSub.")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument(
        "--access-key-env",
        default="ORDERBUDDY_WEBPUBSUB_KEY",
        metavar="NAME",
        help="environment variable with the access key (default %(default)s)",
    )
    parser.add_argument(
        "--recovery-seconds",
        type=float,
        default=limits.RECOVERY_SECONDS,
        metavar="N",
        help="how long a reliable connection that was cut can be recovered (default %(default)g)",
    )
    parser.add_argument(
        "--event-handler", metavar="URL", help="address that is told of connections, signed; none without it"
    )
    parser.add_argument("--data-dir", type=Path, help="accepted like by the other parts; nothing is kept")
    return parser


async def _serve(service: WebPubSub, listening: socket.socket) -> None:
    front = Server(
        service.handle,
        access_log=None,
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        max_line_size=_MAX_HEAD_BYTES,
        max_field_size=_MAX_HEAD_BYTES,
    )
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    publishers: set[Entrance] = set()
    listener = await loop.create_server(lambda: Entrance(service, front, publishers), sock=listening, backlog=_BACKLOG)
    part.say_ready(listening)
    await stop.wait()
    listener.close()
    for publisher in tuple(publishers):
        publisher.close()
    service.shut_down()
    front.pre_shutdown()
    await front.shutdown(_SHUTDOWN_SECONDS)
    await service.close()


def _allow_open_files(number: int) -> None:
    # Each connection takes a file descriptor, and the usual soft limit is 1,024.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
