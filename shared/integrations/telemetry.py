"""Telemetry switched on: where a setting says so, OpenTelemetry's SDK is loaded beside the first requests.

It takes half a second to import. Nobody waits for it: what happens until then is not told.
"""

from __future__ import annotations

import logging
import threading

from shared.settings import Settings
from shared.telemetry.sink import OUTLET

log = logging.getLogger("orderbuddy.telemetry")


class Starting:
    """The thread that loads the SDK: one in a process, whatever becomes of it."""

    thread: threading.Thread | None = None


def wanted(settings: Settings) -> bool:
    """Whether a setting asks for telemetry."""
    return (
        settings.applicationinsights_connection_string is not None or settings.otel_exporter_otlp_endpoint is not None
    )


def start_soon(settings: Settings) -> threading.Thread | None:
    """Load the SDK in a thread, once in a process, where telemetry is asked for."""
    if not wanted(settings) or Starting.thread is not None:
        return None
    Starting.thread = threading.Thread(target=_start, args=(settings,), name="telemetry", daemon=True)
    Starting.thread.start()
    return Starting.thread


def _start(settings: Settings) -> None:
    try:
        from shared.integrations.otel import logs, patience, pipelines, spans

        endpoint, share = settings.otel_exporter_otlp_endpoint, settings.telemetry_share
        azure = settings.applicationinsights_connection_string
        patience.speak_seldom()
        if azure is not None:
            made = pipelines.azure(azure.get_secret_value(), share, endpoint)
        else:
            assert endpoint is not None
            made = pipelines.otlp(endpoint, share)
        patience.close_quickly()
    except Exception as error:
        # An order matters more than what is told of it. The text may hold the connection string.
        log.error("telemetry is off: it cannot be set up (%s)", type(error).__name__)
        return
    # Where the platform's host tells of requests itself, ours is a part of its span.
    logging.getLogger("orderbuddy").addHandler(logs.Exporting(made.logger))
    OUTLET.sink = spans.OtelSink(made.tracer, made.meter, within_platform=settings.app_env != "local")
