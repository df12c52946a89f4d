"""Structured log events under the original's names (contract 5.9): `create_order_success`, `payment_failed`, ..."""

from __future__ import annotations

import logging

from shared.telemetry.sink import OUTLET, Attributes

log = logging.getLogger("orderbuddy.events")

EVENT, FIELDS = "event", "fields"
"""Where a log record keeps its name and its fields."""

_NONE: Attributes = {}


def event(name: str, fields: Attributes = _NONE, *, level: int = logging.INFO) -> None:
    """Log an event by its name. Nothing where nobody listens: the same is told in words elsewhere."""
    if OUTLET.sink is not None and log.isEnabledFor(level):
        record = log.makeRecord(log.name, level, "", 0, name, (), None, extra={EVENT: name, FIELDS: fields})
        log.handle(record)
