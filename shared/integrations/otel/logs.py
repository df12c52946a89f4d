"""Our log records as OpenTelemetry's: each with its request, its order and its trace, cleaned like all telemetry."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.context import get_current
from opentelemetry.trace import get_current_span

from shared.integrations.otel.spans import SUBJECT
from shared.telemetry import redaction
from shared.telemetry.events import EVENT, FIELDS

REQUESTS: Final = "orderbuddy.request"
"""Who answers requests: a span says the same of each."""

CUSTOM_EVENTS: Final = frozenset({"new_order_placed"})
"""What the original sends to Application Insights as a custom event, and not as a line of its log (contract 5.9)."""

_OURS: Final = ("shared.", "functions.")

_SEVERITIES: Final = (
    (logging.CRITICAL, SeverityNumber.FATAL),
    (logging.ERROR, SeverityNumber.ERROR),
    (logging.WARNING, SeverityNumber.WARN),
    (logging.INFO, SeverityNumber.INFO),
    (logging.NOTSET, SeverityNumber.DEBUG),
)


class Exporting(logging.Handler):
    """Hands each record of ours on; a line about a request that went well is a span already."""

    def __init__(self, logger: Logger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on. Whatever goes wrong, nobody who logs hears of it."""
        if record.levelno < logging.WARNING and (record.name == REQUESTS or not _is_sent(record)):
            return
        try:
            self._logger.emit(_as_otel(record))
        except Exception:
            self.handleError(record)


def _is_sent(record: logging.LogRecord) -> bool:
    """What a trace tells in passing is sent with the trace; what belongs to none, or counts by itself, always."""
    here = get_current_span()
    return here.is_recording() or not here.get_span_context().is_valid or getattr(record, EVENT, None) in CUSTOM_EVENTS


def _message(record: logging.LogRecord) -> str:
    """What is said. Of an exception that is not ours it is its type alone: its text may repeat a document."""
    said, args = str(_known(record.msg)), record.args
    if isinstance(args, Mapping):
        return said % {name: _known(value) for name, value in args.items()}
    return said % tuple(map(_known, args)) if args else said


def _known(value: object) -> object:
    is_foreign = isinstance(value, BaseException) and not type(value).__module__.startswith(_OURS)
    return type(value).__name__ if is_foreign else value


def _as_otel(record: logging.LogRecord) -> LogRecord:
    name = getattr(record, EVENT, None)
    told: dict[str, Any] = {"logger.name": record.name, **SUBJECT.get()}
    if name is not None:
        told |= {"event": name, **getattr(record, FIELDS, {})}
        if name in CUSTOM_EVENTS:
            told["microsoft.custom_event.name"] = name
    attributes: dict[str, Any] = redaction.attributes(told)
    if record.exc_info and record.exc_info[0] is not None:
        attributes |= redaction.exception(record.exc_info[0], record.exc_info[2])
    return LogRecord(
        timestamp=int(record.created * 1e9),
        context=get_current(),
        severity_text=record.levelname,
        severity_number=next(severity for level, severity in _SEVERITIES if record.levelno >= level),
        body=redaction.clean(_message(record)),
        attributes=attributes,
        event_name=name,
    )
