"""Money that staff give back (rules 14)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Id, Reply, Request, Whole
from shared.api.ordering import CounterKind

MAX_LINES = 1000
"""As many units as an order may have by far."""

Why = Annotated[str, Field(min_length=1, max_length=500, description="Said to nobody but staff."), Cleaned]
ByHand = Annotated[
    bool,
    Field(description="It is given back outside: for an order that was paid outside, such as one of the older system."),
]


class RefundedLine(Request):
    """One unit of the order."""

    item_id: Id


class RefundRequest(Request):
    """What to give back: these units, or this amount, or, with neither, all that is left with its tip.

    The amount is in cents and has no tip in it; `tip` adds what is left of the tip.
    """

    lines: Annotated[list[RefundedLine], Field(min_length=1, max_length=MAX_LINES)] | None = None
    amount_cents: Annotated[Whole, Field(ge=1, le=10_000_000)] | None = None
    tip: bool = False
    reason: Why
    by_hand: ByHand = False


class Refunded(Reply):
    """What is given back, or promised to be, in cents. The tip is a part of the amount.

    `refundedCents`: of the whole order by now. `leftCents`: what can still be given back.
    """

    order_id: str
    refund_id: str
    amount_cents: int
    tip_cents: int
    refunded_cents: int
    left_cents: int
    by_hand: bool


class CancelRequest(Request):
    """Why the order is cancelled. All that is left of its money is given back."""

    reason: Why
    by_hand: ByHand = False


class CancelledOrder(Reply):
    """The order's state after the cancel; `refundedCents`: what is given back of it, or promised to be."""

    order_id: str
    status: str
    seq: int
    refunded_cents: int


class CounterPaymentRequest(Request):
    """How the order is paid at the counter."""

    payment: CounterKind


class CounterPayment(Reply):
    """How the order is paid at the counter, and the sum in cents."""

    order_id: str
    payment: CounterKind
    amount_cents: int
