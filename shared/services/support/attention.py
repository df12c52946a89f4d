"""What a person must look at: checkouts and payments that only a decision can move, or that take too long (rules 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment, PaymentState
from shared.domain.payment_states import GIVING_BACK
from shared.store import payments
from shared.store.mongo.client import Database
from shared.store.support import attention

WITHOUT_ORDER_FOR = timedelta(minutes=10)
UNKNOWN_FOR = timedelta(minutes=30)
GIVING_BACK_FOR = timedelta(hours=1)
_APPROVED: tuple[PaymentState, ...] = ("approved",)
_UNKNOWN: tuple[PaymentState, ...] = ("unknown",)


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs a person. A payment is in only one of the lists; each list has at most a thousand."""

    checkouts: Sequence[Checkout]
    payments: Sequence[Payment]
    without_order_for_long: Sequence[Payment]
    unknown_for_long: Sequence[Payment]
    given_back_for_long: Sequence[Payment]

    @property
    def count(self) -> int:
        """How many there are in all."""
        for_long = (self.without_order_for_long, self.unknown_for_long, self.given_back_for_long)
        return sum(map(len, (self.checkouts, self.payments, *for_long)))


def stands_since(payment: Payment) -> datetime:
    """Since when a payment stands as it does; what is only owed counts as 47 hours younger than it is.

    Nobody can hurry the gateway to settle a capture. What was sent counts from its deadline, however long it was owed.
    """
    if payment.state == "refunding":
        running = [one for one in payment.refunds if one.state in ("intent", "sent", "unknown")]
        if running:
            return min(one.deadline_at or one.at for one in running)
        owed = [one.at for one in payment.refunds if one.state == "owed"]
        if owed:
            return min(owed) + timedelta(hours=attention.OWED_HOURS_MORE)
        if payment.refunds:
            return max(one.deadline_at or one.at for one in payment.refunds)
    return payment.history[-1].at if payment.history else payment.began_at


async def needing(db: Database, clock: Clock) -> Attention:
    """All that needs a person at this moment."""
    now = clock.now()
    checkouts, flagged, without_order, unknown, given_back = await asyncio.gather(
        attention.checkouts_flagged(db),
        payments.needing_attention(db),
        attention.payments_staying(db, _APPROVED, now - WITHOUT_ORDER_FOR),
        attention.payments_staying(db, _UNKNOWN, now - UNKNOWN_FOR),
        attention.payments_staying(db, sorted(GIVING_BACK), now - GIVING_BACK_FOR),
    )
    return Attention(
        checkouts=checkouts,
        payments=flagged,
        without_order_for_long=[one for one in without_order if one.needs_attention is None],
        unknown_for_long=[one for one in unknown if one.needs_attention is None],
        given_back_for_long=[one for one in given_back if one.needs_attention is None],
    )


async def count(db: Database, now: datetime) -> int:
    """How many need a person; it stops counting at some thousand."""
    staying = [
        (_APPROVED, now - WITHOUT_ORDER_FOR),
        (_UNKNOWN, now - UNKNOWN_FOR),
        (sorted(GIVING_BACK), now - GIVING_BACK_FOR),
    ]
    return await attention.count(db, staying)
