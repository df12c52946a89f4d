"""When an order will be ready. It depends on how long the last orders took, and on how many orders come before it.

Example: the last orders took 12 minutes, and each had two orders before it. Then an order with two before it takes
about 12 minutes. Each further order before it adds about the time between two ready orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median

from shared.documents.orders import Order
from shared.domain.order_states import ACCEPTED, CREATED, PICKED_UP, READY_FOR_PICKUP

SOONEST = timedelta(minutes=5)
LATEST = timedelta(minutes=90)
"""The shortest and the longest time that a diner is told, from acceptance on."""

AT_LEAST_KNOWN = 3
"""From fewer orders than this no pace can be told."""

OVERDUE = timedelta(minutes=2)
"""An order that should be ready already is said to take so much longer."""

GIVEN_UP_AFTER = timedelta(minutes=60)
"""An order that is so late was forgotten on the screen: it gets no estimate."""

FORGOTTEN = timedelta(hours=3)
"""An order that took longer was marked as ready too late, so it does not count."""

MADE_AT_ONCE = 2
"""A kitchen that never had two orders at once is assumed to make two at once."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Made:
    """An order that the kitchen made. `began`: when the kitchen got it. `ready`: when its last item was ready."""

    began: datetime
    ready: datetime

    @property
    def took(self) -> timedelta:
        """How long it took, with the time for the orders before it."""
        return self.ready - self.began


@dataclass(frozen=True, slots=True)
class Pace:
    """How quick a kitchen is. An order with `before` orders before it takes `took`; each one more adds `each_more`."""

    took: timedelta
    before: float
    each_more: timedelta


@dataclass(frozen=True, slots=True)
class Kitchen:
    """A kitchen's recent work.

    `made`: the orders that it made. `waiting`: since when it has each open order. `pace`: None where it is not known.
    `longer`: how much later orders are ready than that, as its people say.
    """

    made: tuple[Made, ...]
    waiting: tuple[datetime, ...]
    pace: Pace | None
    longer: timedelta = timedelta()


def kitchen_of(orders: Iterable[Order], *, wait_minutes: int = 0) -> Kitchen:
    """The kitchen that has these recent and open orders, and whose people say that it takes `wait_minutes` longer."""
    made: list[Made] = []
    waiting: list[datetime] = []
    for order in orders:
        began = _began(order)
        if began is None:
            continue
        if order.status in (CREATED, ACCEPTED):
            waiting.append(began)
        elif (one := _made(order, began)) is not None:
            made.append(one)
    return Kitchen(tuple(made), tuple(waiting), pace_of(made), timedelta(minutes=max(0, wait_minutes)))


def pace_of(made: Sequence[Made]) -> Pace | None:
    """The pace that these orders show; None where they are too few."""
    if len(made) < AT_LEAST_KNOWN:
        return None
    took = timedelta(seconds=median(one.took.total_seconds() for one in made))
    before = float(median(sum(_is_before(other, one.began) for other in made) for one in made))
    return Pace(took, before, min(_between_two_ready(made) or took / MADE_AT_ONCE, took / (before + 1)))


def _between_two_ready(made: Sequence[Made]) -> timedelta | None:
    """The mean time between two ready orders, while there was work.

    A gap does not count where the second order came after the first was ready: it tells when diners come, and not how
    quick the kitchen is.
    """
    in_turn = sorted(made, key=lambda one: one.ready)
    gaps = [(after.ready - one.ready).total_seconds() for one, after in pairwise(in_turn) if after.began <= one.ready]
    return timedelta(seconds=fmean(gaps)) if gaps else None


def estimate(order: Order, kitchen: Kitchen, now: datetime) -> datetime | None:
    """When the order will be ready (UTC), rounded up to the minute; None where that cannot be told.

    Of an accepted order, the time counts from its acceptance, and the orders before it as they were then: so the answer
    stays the same while the kitchen keeps its pace. Of an order that is not accepted yet, the time counts from now.
    """
    began, pace = _began(order), kitchen.pace
    if pace is None or began is None or order.status not in (CREATED, ACCEPTED):
        return None
    since = began if order.status == ACCEPTED else now
    before = sum(other < began for other in kitchen.waiting)
    before += sum(other.began < began and other.ready > since for other in kitchen.made)
    at = since + min(max(pace.took + pace.each_more * (before - pace.before), SOONEST), LATEST) + kitchen.longer
    if now - at > GIVEN_UP_AFTER:
        return None
    return _whole_minute(max(at, now + OVERDUE))


def _began(order: Order) -> datetime | None:
    return order.meta.accepted_at or order.started_at


def _made(order: Order, began: datetime) -> Made | None:
    """How a finished order was made; None where it tells nothing: the original closes orders that were never ready."""
    completed = [item.completed_at for item in order.items if item.completed_at is not None]
    if order.status not in (READY_FOR_PICKUP, PICKED_UP) or not completed:
        return None
    made = Made(began, max(completed))
    return made if timedelta() < made.took <= FORGOTTEN else None


def _is_before(other: Made, began: datetime) -> bool:
    """Whether `other` was in the kitchen when an order came."""
    return other.began < began < other.ready


def _whole_minute(moment: datetime) -> datetime:
    down = moment.replace(second=0, microsecond=0)
    return down if down == moment else down + _MINUTE
