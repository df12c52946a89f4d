"""HTTP to a collector that may be down: nothing waits for it, least of all the end of the process."""

from __future__ import annotations

import atexit
import logging
import time
from typing import Any, Final

import requests

EXPORT_SECONDS: Final = 5.0
_LAST_EXPORT_SECONDS: Final = 1.0
_TOLD_EVERY_SECONDS: Final = 60.0


class Closing:
    """Whether the process ends."""

    now = False


def _close() -> None:
    Closing.now = True


class ImpatientSession(requests.Session):
    """Requests to a collector. Once the process ends, each is tried once, for a second."""

    def post(self, url: str | bytes, data: Any = None, json: Any = None, **more: Any) -> requests.Response:
        """Post; raises requests' exceptions. A refused connection is not tried again at the end of the process."""
        if not Closing.now:
            return super().post(url, data=data, json=json, **more)
        try:
            return super().post(url, data=data, json=json, **{**more, "timeout": _LAST_EXPORT_SECONDS})
        except requests.ConnectionError as error:
            # The exporter tries again after a ConnectionError, and after nothing else.
            raise requests.ReadTimeout(str(type(error).__name__)) from None


class OnceAMinute(logging.Filter):
    """Lets one line a minute through: that the collector is down need not be said every second."""

    def __init__(self) -> None:
        super().__init__()
        self._told_at = -_TOLD_EVERY_SECONDS

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass."""
        if time.monotonic() - self._told_at < _TOLD_EVERY_SECONDS:
            return False
        self._told_at = time.monotonic()
        return True


def close_quickly() -> None:
    """See to it that the end of the process waits for no collector. Call it after the SDK's providers are made."""
    atexit.register(_close)


def speak_seldom() -> None:
    """Have the exporters say at most once a minute that they fail."""
    seldom = OnceAMinute()
    for name in (
        "opentelemetry.exporter.otlp.proto.http.trace_exporter",
        "opentelemetry.exporter.otlp.proto.http.metric_exporter",
        "opentelemetry.exporter.otlp.proto.http._log_exporter",
        "opentelemetry.sdk._shared_internal",
        "opentelemetry.sdk.metrics._internal.export",
        "azure.monitor.opentelemetry",
        "azure.monitor.opentelemetry.exporter.export._base",
        "azure.core.pipeline.policies.http_logging_policy",
    ):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.addFilter(seldom)
