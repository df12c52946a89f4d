"""Logging of the host and of the app: to standard error, each line with the invocation that it belongs to."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

from local.host.invocation import current, thread_storage

_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 10,
}


class _Formatter(logging.Formatter):
    """One line for each record, and the lines of an exception. It is fast, because an app may log each request."""

    def __init__(self) -> None:
        super().__init__()
        self._second = -1
        self._clock = ""

    def format(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            # Once a second: the standard formatter spends most of its time on this.
            self._second, self._clock = second, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        text = f"{self._clock}.{int(record.msecs):03d} {record.levelname} {record.name}{_where()} {record.getMessage()}"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        if record.stack_info:
            text = f"{text}\n{self.formatStack(record.stack_info)}"
        return text


def _where() -> str:
    invocation = current.get()
    if invocation is not None:
        return f" [{invocation.function_name} {invocation.invocation_id}]"
    # A thread that the app has started says in thread_local_storage which invocation it works for.
    noted = getattr(thread_storage, "invocation_id", None)
    return f" [{noted}]" if noted else ""


class _Stderr(logging.Handler):
    """Writes each record with one call, so that lines of several processes into one file do not mix."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.buffer.write(f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
            sys.stderr.buffer.flush()
        except Exception:
            self.handleError(record)


def configure_logging(host_json: Mapping[str, Any]) -> None:
    """Log from host.json's logging.logLevel.default on (Information where it says nothing)."""
    # No line shows these, so logging need not find them out.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as logging's own documentation advises
    handler = _Stderr()
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_level(host_json))
    # The server's own messages would repeat what the host says itself.
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, root.level))


def _level(host_json: Mapping[str, Any]) -> int:
    section: Any = host_json
    for name in ("logging", "logLevel", "default"):
        section = section.get(name) if isinstance(section, dict) else None
    return _LEVELS.get(str(section or "information").lower(), logging.INFO)
