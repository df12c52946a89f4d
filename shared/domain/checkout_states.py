"""What the stored state of a checkout allows next, and when it is purged once at rest (rules 1 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment
from shared.domain import payment_states

EXPIRY_GRACE = timedelta(seconds=30)

OVER_AFTER = timedelta(hours=1)
"""So long after its checkout came to rest, an orchestration must have ended."""

_OVER_AFTER_WAIT = timedelta(minutes=10)


Step = Literal["take_payment", "place_order", "do_duties", "expire", "see_answered"]


@dataclass(frozen=True, slots=True)
class Next:
    """What a checkout waits for: `step`, at once or at `at` (UTC); `step` is None when it is at rest."""

    step: Step | None
    at: datetime | None = None


AT_REST = Next(None)


@dataclass(frozen=True, slots=True)
class RestDates:
    """When a checkout at rest and its preview are purged.

    The preview goes a day earlier: so a preview without a checkout never means that the checkout was purged.
    """

    checkout: datetime
    preview: datetime


_KEPT_FOR = {"placed": timedelta(days=30), "abandoned": timedelta(days=30), "expired": timedelta(days=7)}


def rest_dates(now: datetime, state: Literal["placed", "abandoned", "expired"]) -> RestDates:
    """The purge dates of a checkout that comes to rest now."""
    checkout = now + _KEPT_FOR[state]
    return RestDates(checkout, checkout - timedelta(days=1))


def over_by(checkout: Checkout, now: datetime, told_at: datetime | None = None) -> datetime:
    """When the orchestration of a checkout that comes to rest now must have ended.

    One that no wake has reached still waits for the expiry. `told_at`: when it tells that nobody has accepted.
    """
    waits_until = max(checkout.expires_at + EXPIRY_GRACE, told_at or now)
    return max(now + OVER_AFTER, waits_until + _OVER_AFTER_WAIT)


def used_up(checkout: Checkout) -> bool:
    """Whether an open checkout has no attempt to pay left: then it expires at once."""
    refusal = checkout.refusal
    return refusal is not None and payment_states.used_up(refusal.attempt, checkout.never_left)


def next_step(checkout: Checkout | None, payment: Payment | None = None) -> Next:
    """What the stored state allows next. `payment`: of the claim's attempt, where the claim is a paid one."""
    if checkout is None:
        return AT_REST
    match checkout.state:
        case "open" if used_up(checkout):
            return Next("expire")
        case "open":
            return Next("expire", checkout.expires_at + EXPIRY_GRACE)
        case "claimed":
            return _of_claim(checkout, payment)
        case "placed" if any(duty.state in ("due", "claimed") for duty in checkout.duties):
            return Next("do_duties")
        case _:
            return AT_REST


def _of_claim(checkout: Checkout, payment: Payment | None) -> Next:
    if not is_paid(checkout):
        return Next("place_order")
    match payment.state if payment else None:
        case "intent":
            return Next("take_payment")
        case "sent":
            return Next("take_payment", _look_at(payment))
        case "unknown":
            return Next("take_payment", payment.next_look_at if payment else None)
        case "approved" if payment and payment.captured_cents == payment.amount_cents:
            return Next("place_order")
        case _:
            # Only a person ends this: another sum was captured, or the claim's payment is gone or given back.
            return AT_REST


def _look_at(sent: Payment | None) -> datetime | None:
    """When a payment that was sent is looked up.

    Never before its deadline; and after a look-up without a result, not before the time that the look-up has set.
    """
    times = [at for at in (sent.deadline_at, sent.next_look_at) if at is not None] if sent else []
    return max(times, default=None)


def is_paid(checkout: Checkout) -> bool:
    """Whether the checkout's claim promises a payment."""
    return checkout.claim is not None and checkout.claim.kind != "none"
