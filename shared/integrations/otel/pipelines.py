"""The SDK's providers: by OTLP over HTTP, to Azure Monitor, or both. Threads of the SDK send everything, in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry._logs import Logger
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from shared.integrations.otel.choosing import Choosing
from shared.integrations.otel.patience import EXPORT_SECONDS, ImpatientSession
from shared.telemetry.measures import NAMES

SCOPE: Final = "orderbuddy"
MOST_WAITING: Final = 2048
AT_A_TIME: Final = 512
EVERY_SECONDS: Final = 2.0
NOBODY: Final = "orderbuddy.nobody"
"""Azure's package listens to a logger of its own; our records reach it through ours alone, cleaned."""


@dataclass(frozen=True, slots=True)
class Pipelines:
    """Where spans, measures and log records are handed in. `close`: sends what waits, and ends the SDK's threads."""

    tracer: Tracer
    meter: Meter
    logger: Logger
    close: Callable[[], None]


def otlp(endpoint: str, choosing: Choosing) -> Pipelines:
    """To any collector. `choosing`: which traces are sent."""
    resource = _resource()
    tracers = TracerProvider(sampler=choosing, resource=resource)
    tracers.add_span_processor(_spans(endpoint))
    meters = MeterProvider(metric_readers=[_measures(endpoint)], resource=resource, views=_as_they_are_called())
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(_records(endpoint))
    return _of(tracers, meters, loggers)


def azure(connection_string: str, choosing: Choosing, endpoint: str | None) -> Pipelines:
    """To Azure Monitor; where `endpoint` is given, to a collector, too."""
    from azure.monitor.opentelemetry import configure_azure_monitor
    from opentelemetry import metrics, trace
    from opentelemetry._logs import get_logger_provider

    more: dict[str, Any] = {}
    if endpoint is not None:
        more = {
            "span_processors": [_spans(endpoint)],
            "log_record_processors": [_records(endpoint)],
            "metric_readers": [_measures(endpoint)],
        }
    configure_azure_monitor(
        connection_string=connection_string,
        resource=_resource(),
        logger_name=NOBODY,
        views=_as_they_are_called(),
        sampling_ratio=1.0,
        # Ours names each call; the libraries' own spans would be doubles, and hold whole addresses.
        instrumentation_options={name: {"enabled": False} for name in _INSTRUMENTATIONS},
        enable_live_metrics=False,
        enable_performance_counters=False,
        **more,
    )
    tracers, meters, loggers = trace.get_tracer_provider(), metrics.get_meter_provider(), get_logger_provider()
    assert isinstance(tracers, TracerProvider)
    assert isinstance(meters, MeterProvider)
    assert isinstance(loggers, LoggerProvider)
    # Its own would not know what documents say of their traces.
    tracers.sampler = choosing
    return _of(tracers, meters, loggers)


def _of(tracers: TracerProvider, meters: MeterProvider, loggers: LoggerProvider) -> Pipelines:
    def close() -> None:
        for provider in (tracers, meters, loggers):
            provider.shutdown()

    return Pipelines(tracers.get_tracer(SCOPE), meters.get_meter(SCOPE), loggers.get_logger(SCOPE), close)


_INSTRUMENTATIONS: Final = (
    "azure_sdk",
    "django",
    "fastapi",
    "flask",
    "httpx",
    "httpx2",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)


def _as_they_are_called() -> list[View]:
    return [View(instrument_name=name.lower(), name=name) for name in NAMES]


def _resource() -> Resource:
    # OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win.
    given = Resource.create()
    name = given.attributes.get("service.name", "")
    return given if not str(name).startswith("unknown_service") else given.merge(Resource({"service.name": SCOPE}))


def _spans(endpoint: str) -> SpanProcessor:
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS, session=ImpatientSession())
    return BatchSpanProcessor(exporter, MOST_WAITING, EVERY_SECONDS * 1000, AT_A_TIME)


def _records(endpoint: str) -> LogRecordProcessor:
    exporter = OTLPLogExporter(f"{endpoint}/v1/logs", timeout=EXPORT_SECONDS, session=ImpatientSession())
    return BatchLogRecordProcessor(
        exporter,
        schedule_delay_millis=EVERY_SECONDS * 1000,
        max_export_batch_size=AT_A_TIME,
        max_queue_size=MOST_WAITING,
    )


def _measures(endpoint: str) -> MetricReader:
    exporter = OTLPMetricExporter(f"{endpoint}/v1/metrics", timeout=EXPORT_SECONDS, session=ImpatientSession())
    # Once a minute, or as OTEL_METRIC_EXPORT_INTERVAL says.
    return PeriodicExportingMetricReader(exporter)
