"""A stand-in as a process of the stack: its port, its first line, and its last words."""

from __future__ import annotations

import logging
import socket
import sys

HOST = "127.0.0.1"


def configure_logging() -> None:
    """Write warnings to standard error, which the supervisor keeps as the part's log."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def open_socket(port: int) -> socket.socket:
    """A socket bound to 127.0.0.1:`port`; 0 takes a free one. Raises OSError where the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def say_ready(listener: socket.socket) -> None:
    """Print the line that tells whoever started the part that it serves, and where."""
    sys.stdout.write(f"ready http://{HOST}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()


def port_taken(port: int, error: OSError) -> str:
    """The sentence about a port that cannot be opened."""
    return f"port {port} cannot be opened: {error.strerror or error}"


def complain(part: str, text: str, status: int = 1) -> int:
    """Say why the part cannot run, and return its exit code."""
    sys.stderr.write(f"{part}: {text}\n")
    return status
