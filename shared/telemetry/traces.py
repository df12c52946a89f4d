"""Spans: one diner's order is one trace.

    with traces.span("gateway charge", {"orderId": preview_id}, kind="client"): ...
    with traces.joined(order.trace, "move order", {"orderId": order.id}): ...

A trace is handed on as a W3C `traceparent`: in a request's header, and in the documents of the checkout and the order.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from shared.telemetry.sink import OUTLET, Attributes, Kind, Span


class _NoSpan:
    """What is noted of a span where nobody listens."""

    __slots__ = ()

    def note(self, attributes: Attributes) -> None:
        """Nothing."""

    def link(self, trace: str | None) -> None:
        """Nothing."""


_NOTHING: Final[AbstractContextManager[Span]] = nullcontext(_NoSpan())
_NONE: Final[Attributes] = {}


def on() -> bool:
    """Whether anybody listens: ask before work that only telemetry needs."""
    return OUTLET.sink is not None


def recording() -> bool:
    """Whether a span goes on that is sent: ask before work that only this trace needs."""
    return OUTLET.sink is not None and OUTLET.sink.recording()


def span(name: str, attributes: Attributes = _NONE, *, kind: Kind = "internal") -> AbstractContextManager[Span]:
    """A piece of work."""
    sink = OUTLET.sink
    return _NOTHING if sink is None else sink.span(name, attributes, kind)


def request(
    name: str, attributes: Attributes, *, caller: str | None, platform: str | None
) -> AbstractContextManager[Span]:
    """A request that is answered. `caller`: the `traceparent` that it came with. `platform`: that of the platform's own
    span of it, where that is known."""
    sink = OUTLET.sink
    return _NOTHING if sink is None else sink.request(name, attributes, caller=caller, platform=platform)


def joined(trace: str | None, name: str, attributes: Attributes = _NONE) -> AbstractContextManager[Span]:
    """A piece of work in the trace that a document keeps. Whoever asked for it is linked, and keeps their own trace."""
    sink = OUTLET.sink
    return _NOTHING if sink is None else sink.joined(trace, name, attributes)


def past(name: str, attributes: Attributes, seconds: float, *, failed: bool = False) -> None:
    """A call of an outside service that took `seconds` and has ended just now."""
    if OUTLET.sink is not None:
        OUTLET.sink.past(name, attributes, seconds, failed=failed)


def whole(trace: str | None, name: str, attributes: Attributes, seconds: float) -> None:
    """Work that took `seconds` and has ended just now, in the trace that it was begun in; nothing where that is not
    known. For what cannot keep a span open, because it goes on in many processes."""
    if OUTLET.sink is not None and trace is not None:
        OUTLET.sink.whole(trace, name, attributes, seconds)


def note(attributes: Attributes) -> None:
    """Add to the span that goes on."""
    if OUTLET.sink is not None:
        OUTLET.sink.note(attributes)


def here() -> str | None:
    """The trace that goes on, as documents keep it; None where there is none."""
    return None if OUTLET.sink is None else OUTLET.sink.here()


def header() -> dict[str, str]:
    """The header that tells an outside service of the trace that goes on; nothing where there is none."""
    trace = here()
    return {} if trace is None else {"traceparent": trace}


def kept() -> dict[str, str]:
    """The field `trace` of a document that is made now; nothing where there is no trace."""
    trace = here()
    return {} if trace is None else {"trace": trace}
