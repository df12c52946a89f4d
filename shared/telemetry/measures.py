"""Measures: counters, histograms and gauges. docs/telemetry.md lists their names; those of the original are kept."""

from __future__ import annotations

from shared.telemetry.sink import OUTLET, Attributes

NAMES = (
    "orderCount",
    "orderTotalCents",
    "orderItemsCount",
    "placementSeconds",
    "waitSeconds",
    "outsideCalls",
    "payments",
    "messages",
    "paymentsByState",
    "dutiesByState",
    "overdueCheckouts",
    "unpublishedRows",
    "terminatedInstances",
)
"""Every measure. The SDK writes names in lower case, unless it is told each."""

_NONE: Attributes = {}


def count(name: str, amount: int = 1, attributes: Attributes = _NONE) -> None:
    """Add to a counter."""
    if OUTLET.sink is not None:
        OUTLET.sink.count(name, amount, attributes)


def record(name: str, value: float, attributes: Attributes = _NONE) -> None:
    """Add a value to a histogram."""
    if OUTLET.sink is not None:
        OUTLET.sink.record(name, value, attributes)


def gauge(name: str, value: float, attributes: Attributes = _NONE) -> None:
    """Say how much there is now."""
    if OUTLET.sink is not None:
        OUTLET.sink.gauge(name, value, attributes)
