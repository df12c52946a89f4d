"""Logging of the host and of the app: to standard error, each line with the invocation that it belongs to."""

from __future__ import annotations

import logging
import sys
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
    def format(self, record: logging.LogRecord) -> str:
        invocation = current.get()
        if invocation is not None:
            where = f" [{invocation.function_name} {invocation.invocation_id}]"
        else:
            # A thread of the app's own says for whom it works in the context's thread_local_storage.
            noted = getattr(thread_storage, "invocation_id", None)
            where = f" [{noted}]" if noted else ""
        record.where = where
        return super().format(record)


def configure_logging(host_json: Mapping[str, Any]) -> None:
    """Log from host.json's logging.logLevel.default on (Information where it says nothing)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s%(where)s %(message)s"))
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
