"""Spans, measures and the trace that goes on, by OpenTelemetry's API."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Final, Self

from opentelemetry import context, trace
from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.metrics import _Gauge as Gauge
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer

from shared.telemetry import redaction
from shared.telemetry.sink import Attributes, Kind, Span

_KINDS: Final = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
_PARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})\Z")

SUBJECT: ContextVar[dict[str, Any]] = ContextVar("subject", default={})  # noqa: B039 - never changed, only replaced
"""The request and the order that the running code works for: log records carry them."""

_SUBJECTS: Final = ("requestId", "orderId")


def parent_of(traceparent: str | None, *, ours: bool = False) -> SpanContext | None:
    """The span that a `traceparent` names; None where it is none. `ours`: a document keeps it, so we have decided
    whether it is sent (choosing.py)."""
    found = _PARENT.match(traceparent) if traceparent else None
    if found is None:
        return None
    flags = TraceFlags(int(found[3], 16) & TraceFlags.SAMPLED)
    return SpanContext(int(found[1], 16), int(found[2], 16), is_remote=not ours, trace_flags=flags)


def traceparent(span: SpanContext) -> str:
    """A span as a `traceparent`."""
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags) & TraceFlags.SAMPLED:02x}"


def _within(span: SpanContext) -> context.Context:
    return trace.set_span_in_context(NonRecordingSpan(span), context.Context())


class _Open:
    """A span while it goes on, as a context manager."""

    __slots__ = ("_given", "_kind", "_name", "_parent", "_span", "_subject", "_token", "_tracer")

    def __init__(
        self, tracer: Tracer, name: str, attributes: Attributes, kind: SpanKind, parent: SpanContext | None
    ) -> None:
        self._tracer, self._name, self._given, self._kind, self._parent = tracer, name, attributes, kind, parent

    def __enter__(self) -> Self:
        around = None if self._parent is None else _within(self._parent)
        self._span = self._tracer.start_span(redaction.clean(self._name), around, self._kind)
        self._token = context.attach(trace.set_span_in_context(self._span))
        if self._given and self._span.is_recording():
            self._span.set_attributes(redaction.attributes(self._given))
        # Cleaned where a record of the log takes it: most write none.
        told = {name: self._given[name] for name in _SUBJECTS if name in self._given}
        self._subject: Token[dict[str, Any]] | None = SUBJECT.set({**SUBJECT.get(), **told}) if told else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, asyncio.CancelledError | GeneratorExit):
            # Never its text, which may repeat a document; its place in the code is in the log, where it is logged.
            self._span.set_attribute("error.type", kind.__name__)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
        context.detach(self._token)
        if self._subject is not None:
            SUBJECT.reset(self._subject)

    def note(self, attributes: Attributes) -> None:
        """Add what is known only now."""
        if self._span.is_recording():
            self._span.set_attributes(redaction.attributes(attributes))

    def link(self, trace: str | None) -> None:
        """Say that it belongs to another trace, too."""
        other = parent_of(trace)
        if other is not None and other.trace_id != self._span.get_span_context().trace_id:
            self._span.add_link(other)


class _Joined(_Open):
    """A span in a document's trace. It and the span that asked for it link each other, where that is of another one."""

    __slots__ = ("_asked",)

    def __enter__(self) -> Self:
        self._asked = trace.get_current_span()
        here = self._asked.get_span_context()
        if self._parent is not None and here.is_valid and here.trace_id == self._parent.trace_id:
            self._parent = None
        super().__enter__()
        if here.is_valid and self._parent is not None:
            self._span.add_link(here)
            if self._asked.is_recording():
                self._asked.add_link(self._span.get_span_context())
        return self


class OtelSink:
    """Takes telemetry and hands it to OpenTelemetry.

    `within_platform`: the platform tells of each request itself, so ours is a part of its span.
    """

    def __init__(self, tracer: Tracer, meter: Meter, *, within_platform: bool) -> None:
        self._tracer = tracer
        self._meter = meter
        self._within_platform = within_platform
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._gauges: dict[str, Gauge] = {}

    def span(self, name: str, attributes: Attributes, kind: Kind) -> AbstractContextManager[Span]:
        """A span, which ends with the `with`."""
        return _Open(self._tracer, name, attributes, _KINDS[kind], None)

    def joined(self, trace: str | None, name: str, attributes: Attributes) -> AbstractContextManager[Span]:
        """A span in a document's trace."""
        return _Joined(self._tracer, name, attributes, SpanKind.INTERNAL, parent_of(trace, ours=True))

    def request(
        self, name: str, attributes: Attributes, *, caller: str | None, platform: str | None
    ) -> AbstractContextManager[Span]:
        """The span of a request. Counted as one only where nobody else counts it."""
        if self._within_platform:
            return _Open(self._tracer, name, attributes, SpanKind.INTERNAL, parent_of(platform or caller))
        return _Open(self._tracer, name, attributes, SpanKind.SERVER, parent_of(caller))

    def past(self, name: str, attributes: Attributes, seconds: float, *, failed: bool) -> None:
        """A call that has ended just now."""
        if trace.get_current_span().is_recording():
            self._ended(name, attributes, seconds, SpanKind.CLIENT, failed=failed)

    def whole(self, trace: str, name: str, attributes: Attributes, seconds: float) -> None:
        """Work in a document's trace that has ended just now."""
        parent = parent_of(trace, ours=True)
        if parent is not None:
            self._ended(name, attributes, seconds, SpanKind.INTERNAL, within=parent)

    def _ended(
        self,
        name: str,
        attributes: Attributes,
        seconds: float,
        kind: SpanKind,
        *,
        within: SpanContext | None = None,
        failed: bool = False,
    ) -> None:
        ended = time.time_ns()
        around = None if within is None else _within(within)
        told = redaction.attributes(attributes)
        began = ended - int(seconds * 1e9)
        span = self._tracer.start_span(redaction.clean(name), around, kind, told, start_time=began)
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    def note(self, attributes: Attributes) -> None:
        """Add to the span that goes on."""
        span = trace.get_current_span()
        if span.is_recording():
            span.set_attributes(redaction.attributes(attributes))

    def recording(self) -> bool:
        """Whether the span that goes on is sent."""
        return trace.get_current_span().is_recording()

    def here(self) -> str | None:
        """The span that goes on."""
        here = trace.get_current_span().get_span_context()
        return traceparent(here) if here.is_valid else None

    def count(self, name: str, amount: int, attributes: Attributes) -> None:
        """Add to a counter."""
        counter = self._counters.get(name)
        if counter is None:
            counter = self._counters[name] = self._meter.create_counter(name)
        counter.add(amount, redaction.attributes(attributes))

    def record(self, name: str, value: float, attributes: Attributes) -> None:
        """Add a value to a histogram."""
        histogram = self._histograms.get(name)
        if histogram is None:
            histogram = self._histograms[name] = self._meter.create_histogram(name, unit=_unit(name))
        histogram.record(value, redaction.attributes(attributes))

    def gauge(self, name: str, value: float, attributes: Attributes) -> None:
        """Say how much there is now."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = self._meter.create_gauge(name)
        gauge.set(value, redaction.attributes(attributes))


def _unit(name: str) -> str:
    return "s" if name.endswith("Seconds") else "1"
