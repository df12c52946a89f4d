"""Where telemetry goes: nowhere, until a sink is installed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

Kind = Literal["internal", "client"]
"""Whether a span is work of ours, or asks an outside service."""

Attributes = Mapping[str, Any]
"""Texts, numbers, booleans and ids, by name. Whoever receives them cleans them (redaction.py)."""


class Span(Protocol):
    """A piece of work that goes on."""

    def note(self, attributes: Attributes) -> None:
        """Add what is known only now."""
        ...

    def link(self, trace: str | None) -> None:
        """Say that it belongs to another trace, too (a `traceparent`)."""
        ...


class Sink(Protocol):
    """What takes telemetry."""

    def span(self, name: str, attributes: Attributes, kind: Kind) -> AbstractContextManager[Span]:
        """A span, which ends with the `with`."""
        ...

    def joined(self, trace: str | None, name: str, attributes: Attributes) -> AbstractContextManager[Span]:
        """A span in the trace of a `traceparent`. Where a span of that trace goes on already, that is its parent; one
        of another trace is linked."""
        ...

    def request(
        self, name: str, attributes: Attributes, *, caller: str | None, platform: str | None
    ) -> AbstractContextManager[Span]:
        """The span of a request that is answered. `caller`: the `traceparent` that it came with. `platform`: that of
        the platform's own span."""
        ...

    def past(self, name: str, attributes: Attributes, seconds: float, *, failed: bool) -> None:
        """A call of an outside service that has ended just now; nothing where no span goes on."""
        ...

    def whole(self, trace: str, name: str, attributes: Attributes, seconds: float) -> None:
        """Work in the trace of a `traceparent` that has ended just now."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Add to the span that goes on."""
        ...

    def recording(self) -> bool:
        """Whether a span goes on that is sent."""
        ...

    def here(self) -> str | None:
        """The `traceparent` of the span that goes on."""
        ...

    def count(self, name: str, amount: int, attributes: Attributes) -> None:
        """Add to a counter."""
        ...

    def record(self, name: str, value: float, attributes: Attributes) -> None:
        """Add a value to a histogram."""
        ...

    def gauge(self, name: str, value: float, attributes: Attributes) -> None:
        """Say how much there is now."""
        ...


class Outlet:
    """The one sink of the process, where there is one."""

    __slots__ = ("sink",)

    def __init__(self) -> None:
        self.sink: Sink | None = None


OUTLET = Outlet()
