"""Telemetry switched on: where a setting says so, a thread loads OpenTelemetry's SDK while the process starts.

It takes half a second to import, and no request waits for it. What happens before is not told; only activities, which
go on with somebody's order after a restart, wait a moment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Mapping

from pydantic import ValidationError

from shared.settings import Settings
from shared.telemetry.sink import OUTLET

log = logging.getLogger("orderbuddy.telemetry")

ASKED_BY = ("APPLICATIONINSIGHTS_CONNECTION_STRING", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The settings of which one is enough."""

LONGEST_WAIT_SECONDS = 2.0


class Starting:
    """The thread that loads the SDK: one in a process, whatever becomes of it."""

    thread: threading.Thread | None = None


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a setting asks for telemetry."""
    return any(environment.get(name, "").strip() for name in ASKED_BY)


def start_soon() -> None:
    """Load the SDK in a thread, once in a process, where telemetry is asked for."""
    if Starting.thread is None and wanted():
        Starting.thread = threading.Thread(target=_start, name="telemetry", daemon=True)
        Starting.thread.start()


async def started() -> None:
    """Wait a moment, where the SDK is being loaded."""
    thread = Starting.thread
    if thread is not None and thread.is_alive():
        await asyncio.to_thread(thread.join, LONGEST_WAIT_SECONDS)


def _start() -> None:
    try:
        settings = Settings.read()
        from shared.integrations.otel import choosing, logs, patience, pipelines, spans

        endpoint = settings.otel_exporter_otlp_endpoint
        chosen = choosing.Choosing(settings.telemetry_share, settings.telemetry_traces_per_second)
        azure = settings.applicationinsights_connection_string
        patience.speak_seldom()
        if azure is not None:
            made = pipelines.azure(azure, chosen, endpoint)
        elif endpoint is not None:
            made = pipelines.otlp(endpoint, chosen)
        else:
            return
        patience.close_quickly()
    except ValidationError:
        log.error("telemetry is off: settings are missing or wrong")
        return
    except Exception as error:
        # An order matters more than what is told of it. The text may hold the connection string.
        log.error("telemetry is off: it cannot be set up (%s)", type(error).__name__)
        return
    # Where the platform's host tells of requests itself, ours is a part of its span.
    logging.getLogger("orderbuddy").addHandler(logs.Exporting(made.logger))
    OUTLET.sink = spans.OtelSink(made.tracer, made.meter, within_platform=settings.app_env != "local")
