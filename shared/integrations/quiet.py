"""Loggers of libraries that write down the address of each call: it may hold a number, a token or a key."""

from __future__ import annotations

import logging

TOO_CHATTY = ("httpx", "httpcore", "azure.core.pipeline.policies.http_logging_policy")


def hush() -> None:
    """From now on they log warnings alone. It imports none of them, and is harmless twice."""
    for name in TOO_CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
