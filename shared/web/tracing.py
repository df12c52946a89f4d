"""The trace that the platform hands to an invocation."""

from __future__ import annotations

import azure.functions as func

from shared.telemetry import traces


def trace_of(context: func.Context) -> str | None:
    """The `traceparent` of the platform's own span of an invocation, where anybody listens."""
    return context.trace_context.trace_parent or None if traces.on() else None
