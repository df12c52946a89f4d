"""Which traces are sent: all of a quiet hour, and in a rush so many a second of each route as cost next to nothing.

Whoever begins a trace decides. Everything that joins it later follows, in any process: the decision is a part of the
`traceparent` that documents keep. What a caller's `traceparent` says of it counts for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

_MOST_NAMES: Final = 1000
_LOW_64_BITS: Final = (1 << 64) - 1


class Choosing(Sampler):
    """`share`: of how many traces, by their number. `a_second`: how many of one name at most; 0: any number."""

    def __init__(self, share: float, a_second: float) -> None:
        self._below = round(share * (1 << 64))
        self._a_second = a_second
        self._left: dict[str, tuple[float, float]] = {}

    def should_sample(  # noqa: PLR0917 - the interface is the SDK's
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """As the parent was, where that is ours; else as may be."""
        parent = get_current_span(parent_context).get_span_context()
        ours = parent.is_valid and not parent.is_remote
        kept = parent.trace_flags.sampled if ours else self._begins(trace_id, name)
        return SamplingResult(Decision.RECORD_AND_SAMPLE if kept else Decision.DROP, attributes)

    def get_description(self) -> str:
        """For the SDK's own log."""
        return f"Choosing({self._below / (1 << 64):g}, {self._a_second:g}/s)"

    def _begins(self, trace_id: int, name: str) -> bool:
        if trace_id & _LOW_64_BITS >= self._below:
            return False
        if not self._a_second:
            return True
        if name not in self._left and len(self._left) >= _MOST_NAMES:
            # Whoever asks with ever new methods shares with others like them.
            name = ""
        now = time.monotonic()
        left, at = self._left.get(name, (self._a_second, now))
        left = min(self._a_second, left + (now - at) * self._a_second)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        return left >= 1
