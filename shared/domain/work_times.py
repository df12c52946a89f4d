"""When orders come in, and how long each station takes (rules 19)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from shared.documents.orders import Order, OrderItem
from shared.domain.order_states import GIVEN_UP

HOURS = 24
LONGEST = timedelta(hours=12)
"""What took longer was forgotten, and says nothing of the kitchen."""

_STEP = timedelta(minutes=15)
_DAY = timedelta(hours=24)
_TENTHS = 6
"""Seconds in a tenth of a minute."""


@dataclass(slots=True)
class Hour:
    """One hour of the wall. `minutes`: how long the wall showed it in these days. `cents`: totals, without tips."""

    minutes: int = 0
    orders: int = 0
    cents: int = 0


@dataclass(slots=True)
class ByHour:
    """Sales by the hour that the wall showed."""

    hours: list[Hour] = field(default_factory=lambda: [Hour() for _ in range(HOURS)])

    def begin(self, since: datetime, until: datetime, tz: tzinfo) -> None:
        """Count how long a day from `since` to `until` showed each hour: where clocks change, one is missing or is
        shown twice."""
        if until - since == _DAY and since.astimezone(tz).utcoffset() == until.astimezone(tz).utcoffset():
            for hour in self.hours:
                hour.minutes += 60
            return
        at = since
        while at < until:
            self.hours[at.astimezone(tz).hour].minutes += int((min(at + _STEP, until) - at) / timedelta(minutes=1))
            at += _STEP

    def add(self, order: Order, tz: tzinfo) -> None:
        """Count an order, unless it was given up."""
        if order.status in GIVEN_UP:
            return
        hour = self.hours[order.began_at.astimezone(tz).hour]
        hour.orders += 1
        hour.cents += order.total_price_cents


@dataclass(slots=True)
class ByStation:
    """How long stations took for their part of each order, by the station's id."""

    tenths: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, order: Order) -> None:
        """Count an order at each station that has finished its part: from when it was accepted, else from the first
        item that was started, else from when it was placed, until its last item. One that was cleared off the screens
        says nothing."""
        if order.cleared_at is not None:
            return
        for route in order.routing:
            mine = [item for item in order.items if item.id in route.item_ids]
            took = _took(order, mine)
            if took is not None:
                self.tenths.setdefault(route.station_id, Counter())[round(took.total_seconds() / _TENTHS)] += 1

    def orders(self, station_id: str) -> int:
        """Of how many orders the station's times are."""
        return self.tenths[station_id].total()

    def minutes(self, station_id: str, share: float) -> float:
        """So many minutes or fewer the station took for this share of its orders: 0.5 is the median."""
        counted = self.tenths[station_id]
        rank = max(1, math.ceil(share * counted.total()))
        for tenths in sorted(counted):
            rank -= counted[tenths]
            if rank <= 0:
                return tenths / 10
        return 0.0


def _took(order: Order, items: Iterable[OrderItem]) -> timedelta | None:
    ends, starts = [], []
    for item in items:
        if item.completed_at is None:
            return None
        ends.append(item.completed_at)
        if item.started_at is not None:
            starts.append(item.started_at)
    if not ends:
        return None
    began = order.meta.accepted_at or min(starts, default=order.began_at)
    took = max(ends) - began
    return took if timedelta(0) <= took <= LONGEST else None


def zone_or_utc(tz: tzinfo | None) -> tzinfo:
    """The zone, or UTC where it is unknown."""
    return tz or UTC
