"""What was collected, while the process lives. Batches are kept as they came, and read when somebody looks.

So taking one costs nearly nothing: the programs that send them share the machine with whoever places orders.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

Signal = Literal["traces", "logs", "metrics"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)

MOST_BYTES = 64 * 1024 * 1024
"""Of one signal. The oldest batches go first."""

MOST_SHOWN = 5_000


class InvalidBatchError(ValueError):
    """A batch cannot be read; the message says why."""


class Kept:
    """Batches of all signals."""

    def __init__(self) -> None:
        self._batches: dict[Signal, deque[bytes | dict[str, Any]]] = {signal: deque() for signal in SIGNALS}
        self._bytes = dict.fromkeys(SIGNALS, 0)
        self._sizes: dict[Signal, deque[int]] = {signal: deque() for signal in SIGNALS}
        self.came = dict.fromkeys(SIGNALS, 0)

    def add(self, signal: Signal, body: bytes, content_type: str) -> None:
        """Keep a batch. Raises InvalidBatchError."""
        batch: bytes | dict[str, Any] = body
        if content_type == "application/json":
            try:
                batch = json.loads(body)
            except (ValueError, RecursionError):
                raise InvalidBatchError("the body is not JSON") from None
            if not isinstance(batch, dict):
                raise InvalidBatchError("the body must be a JSON object")
        elif content_type != "application/x-protobuf":
            raise InvalidBatchError("send application/x-protobuf or application/json")
        self._batches[signal].append(batch)
        self._sizes[signal].append(len(body))
        self._bytes[signal] += len(body)
        self.came[signal] += 1
        while self._bytes[signal] > MOST_BYTES:
            self._batches[signal].popleft()
            self._bytes[signal] -= self._sizes[signal].popleft()

    def clear(self) -> None:
        """Forget everything."""
        for signal in SIGNALS:
            self._batches[signal].clear()
            self._sizes[signal].clear()
            self._bytes[signal] = 0

    def spans(self, traces: frozenset[str] | None = None) -> list[dict[str, Any]]:
        """The spans of these traces, or all, oldest first; the newest 5,000 at most."""
        found = [_span(span, scope) for _, scope, span in self._each("traces", "resourceSpans", "scopeSpans", "spans")]
        wanted = [span for span in found if traces is None or traces & {span["traceId"], *span["linked"]}]
        return sorted(wanted, key=lambda span: span["startedAt"])[-MOST_SHOWN:]

    def records(self, traces: frozenset[str] | None = None) -> list[dict[str, Any]]:
        """The log records of these traces, or all, oldest first; the newest 5,000 at most."""
        found = [_record(one, scope) for _, scope, one in self._each("logs", "resourceLogs", "scopeLogs", "logRecords")]
        wanted = [one for one in found if traces is None or one["traceId"] in traces]
        return sorted(wanted, key=lambda one: one["at"])[-MOST_SHOWN:]

    def measures(self) -> list[dict[str, Any]]:
        """Every measure by its name: its last value for each set of attributes of each process (`instance`), and when
        (`at`) it was that."""
        last: dict[tuple[str, str, str], dict[str, Any]] = {}
        for resource, _, metric in self._each("metrics", "resourceMetrics", "scopeMetrics", "metrics"):
            kind = next((kind for kind in ("sum", "gauge", "histogram") if kind in metric), "")
            instance = str(_attributes(resource).get("service.instance.id", ""))
            for point in metric.get(kind, {}).get("dataPoints", ()):
                attributes = _attributes(point)
                told = {
                    "name": metric.get("name", ""),
                    "kind": kind,
                    "unit": metric.get("unit", ""),
                    "attributes": attributes,
                    "instance": instance,
                    "at": int(point.get("timeUnixNano", 0)) / 1e9,
                    "value": _number(point, "asInt", "asDouble", "sum"),
                    **({"count": int(point.get("count", 0))} if kind == "histogram" else {}),
                }
                last[str(metric.get("name")), json.dumps(attributes, sort_keys=True), instance] = told
        return list(last.values())

    def _each(
        self, signal: Signal, resources: str, scopes: str, rows: str
    ) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
        batches = self._batches[signal]
        for at, kept in enumerate(batches):
            batch = _read(signal, kept) if isinstance(kept, bytes) else kept
            if batch is not kept:
                # Read once, and kept so.
                batches[at] = batch
            for resource in batch.get(resources, ()):
                for scope in resource.get(scopes, ()):
                    for row in scope.get(rows, ()):
                        yield resource.get("resource", {}), str(scope.get("scope", {}).get("name", "")), row


def _read(signal: Signal, body: bytes) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    kinds: Mapping[Signal, Any] = {
        "traces": ExportTraceServiceRequest,
        "logs": ExportLogsServiceRequest,
        "metrics": ExportMetricsServiceRequest,
    }
    try:
        read: dict[str, Any] = _hex_ids(MessageToDict(kinds[signal].FromString(body)))
    except DecodeError:
        return {}
    return read


_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def _hex_ids(value: Any) -> Any:
    """Protobuf's own JSON has ids as base64; OTLP's has them as hex."""
    import base64

    if isinstance(value, dict):
        return {
            name: base64.b64decode(one).hex() if name in _IDS and isinstance(one, str) else _hex_ids(one)
            for name, one in value.items()
        }
    return [_hex_ids(one) for one in value] if isinstance(value, list) else value


def _span(span: Mapping[str, Any], scope: str) -> dict[str, Any]:
    began, ended = int(span.get("startTimeUnixNano", 0)), int(span.get("endTimeUnixNano", 0))
    return {
        "traceId": str(span.get("traceId", "")).lower(),
        "spanId": str(span.get("spanId", "")).lower(),
        "parentSpanId": str(span.get("parentSpanId", "")).lower(),
        "name": span.get("name", ""),
        "kind": str(span.get("kind", "")).removeprefix("SPAN_KIND_").lower(),
        "scope": scope,
        "startedAt": began / 1e9,
        "ms": round((ended - began) / 1e6, 3),
        "failed": span.get("status", {}).get("code") in ("STATUS_CODE_ERROR", 2),
        "attributes": _attributes(span),
        "linked": [str(link.get("traceId", "")).lower() for link in span.get("links", ())],
        "events": [{"name": one.get("name", ""), "attributes": _attributes(one)} for one in span.get("events", ())],
    }


def _record(record: Mapping[str, Any], scope: str) -> dict[str, Any]:
    return {
        "at": int(record.get("timeUnixNano") or record.get("observedTimeUnixNano") or 0) / 1e9,
        "level": record.get("severityText", ""),
        "scope": scope,
        "body": _value(record.get("body", {})),
        "event": record.get("eventName", ""),
        "traceId": str(record.get("traceId", "")).lower(),
        "spanId": str(record.get("spanId", "")).lower(),
        "attributes": _attributes(record),
    }


def _attributes(of: Mapping[str, Any]) -> dict[str, Any]:
    return {str(one.get("key", "")): _value(one.get("value", {})) for one in of.get("attributes", ())}


def _value(value: Mapping[str, Any]) -> Any:
    if "intValue" in value:
        return int(value["intValue"])
    if "arrayValue" in value:
        return [_value(one) for one in value["arrayValue"].get("values", ())]
    return next((value[name] for name in ("stringValue", "boolValue", "doubleValue") if name in value), None)


def _number(point: Mapping[str, Any], *names: str) -> float:
    return next((float(point[name]) for name in names if name in point), 0.0)
