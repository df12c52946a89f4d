"""When an order will be ready: what the kitchen's last orders took, and how long the line before this one is.

A kitchen that had its last orders ready in 12 minutes, with two others before each, needs about 12 minutes for an
order with two before it, and for each further one about as long as lies between two ready orders.
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
"""No kitchen is promised to be quicker, and no diner told to wait longer, than this from acceptance on."""

AT_LEAST_KNOWN = 3
"""One order or two tell nothing of a pace."""

OVERDUE = timedelta(minutes=2)
"""What an order that should be ready already is said to take still."""

GIVEN_UP_AFTER = timedelta(minutes=60)
"""An order that is so late was forgotten on the screen; nothing can be said of it."""

FORGOTTEN = timedelta(hours=3)
"""An order that took longer was marked ready late, not cooked for so long."""

MADE_AT_ONCE = 2
"""A kitchen that never had two orders at a time is taken to make two."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Made:
    """An order that the kitchen made: when it had it, and when its last item was ready."""

    began: datetime
    ready: datetime

    @property
    def took(self) -> timedelta:
        """From having it to having it ready, the line before it included."""
        return self.ready - self.began


@dataclass(frozen=True, slots=True)
class Pace:
    """How quick a kitchen is: what an order takes with the usual number before it, and what each further one adds."""

    took: timedelta
    before: float
    each_more: timedelta


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What a kitchen did lately, since when it has each open order, and its pace where that is known."""

    made: tuple[Made, ...]
    waiting: tuple[datetime, ...]
    pace: Pace | None


def kitchen_of(orders: Iterable[Order]) -> Kitchen:
    """The kitchen of a location, by its recent and its open orders."""
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
    return Kitchen(tuple(made), tuple(waiting), pace_of(made))


def pace_of(made: Sequence[Made]) -> Pace | None:
    """The pace that these orders show; None where they are too few."""
    if len(made) < AT_LEAST_KNOWN:
        return None
    took = timedelta(seconds=median(one.took.total_seconds() for one in made))
    before = float(median(sum(_is_before(other, one.began) for other in made) for one in made))
    return Pace(took, before, min(_between_two_ready(made) or took / MADE_AT_ONCE, took / (before + 1)))


def _between_two_ready(made: Sequence[Made]) -> timedelta | None:
    """The mean time between two ready orders while there was work.

    A gap before an order that came later says when diners come, not how quick the kitchen is.
    """
    in_turn = sorted(made, key=lambda one: one.ready)
    gaps = [(after.ready - one.ready).total_seconds() for one, after in pairwise(in_turn) if after.began <= one.ready]
    return timedelta(seconds=fmean(gaps)) if gaps else None


def estimate(order: Order, kitchen: Kitchen, now: datetime) -> datetime | None:
    """When the order will be ready, rounded up to the minute (UTC); None where that cannot be said, or is past.

    Counted from its acceptance, and the line before it as it was then, so that the answer stands still while the
    kitchen keeps its pace. An order that is not accepted yet could be accepted now at best.
    """
    began, pace = _began(order), kitchen.pace
    if pace is None or began is None or order.status not in (CREATED, ACCEPTED):
        return None
    since = began if order.status == ACCEPTED else now
    before = sum(other < began for other in kitchen.waiting)
    before += sum(other.began < began and other.ready > since for other in kitchen.made)
    at = since + min(max(pace.took + pace.each_more * (before - pace.before), SOONEST), LATEST)
    if now - at > GIVEN_UP_AFTER:
        return None
    return _whole_minute(max(at, now + OVERDUE))


def _began(order: Order) -> datetime | None:
    return order.meta.accepted_at or order.started_at


def _made(order: Order, began: datetime) -> Made | None:
    """What is known of a finished order; the original server may have closed one that was never marked ready."""
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
