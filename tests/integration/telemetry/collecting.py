"""The real SDK, sending over HTTP to the collector's stand-in, and what came there."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

from shared.integrations.otel import logs, pipelines, spans
from shared.integrations.otel.choosing import Choosing
from shared.telemetry.sink import OUTLET
from tests.integration.local_saas.clients import StandIn
from tests.patience import wait_until

CLOSE: dict[logging.Handler, Callable[[], None]] = {}


class Collector:
    """The collector, and the SDK that sends to it."""

    def __init__(self, stand_in: StandIn) -> None:
        self.url = f"http://127.0.0.1:{stand_in.port}/otlp"
        self.http = stand_in.http

    def spans(self, trace: str, many: int = 1) -> list[dict[str, Any]]:
        """The spans of a trace, once so many are there."""

        def look() -> list[dict[str, Any]]:
            found = self.http.get(f"{self.url}/_traces", params={"trace": trace}).json()["spans"]
            return found if len(found) >= many else []

        return wait_until(look, every=0.1)

    def records(self, trace: str, many: int = 1) -> list[dict[str, Any]]:
        """The log records of a trace, once so many are there."""

        def look() -> list[dict[str, Any]]:
            found = self.http.get(f"{self.url}/_traces", params={"trace": trace}).json()["logs"]
            return found if len(found) >= many else []

        return wait_until(look, every=0.1)

    def fault(self, **fault: Any) -> None:
        assert self.http.post(f"{self.url}/_local/fault", json=fault).status_code == 200


def switched_on(
    url: str, *, share: float = 1.0, a_second: float = 0.0, within_platform: bool = False
) -> logging.Handler:
    made = pipelines.otlp(url, Choosing(share, a_second))
    OUTLET.sink = spans.OtelSink(made.tracer, made.meter, within_platform=within_platform)
    handler = logs.Exporting(made.logger)
    logging.getLogger("orderbuddy").addHandler(handler)
    CLOSE[handler] = made.close
    return handler


def switched_off(handler: logging.Handler) -> None:
    logging.getLogger("orderbuddy").removeHandler(handler)
    OUTLET.sink = None
    CLOSE.pop(handler)()


def traced(trace: str) -> str:
    return f"00-{trace}-{secrets.token_hex(8)}-01"
