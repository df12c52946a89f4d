"""Who of the staff took orders at the counter, gave money back, and cancelled (rules 19)."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.documents.orders import Order, OrderRefund
from shared.domain.order_states import GIVEN_UP

_PEOPLE = ("user:", "device:")


@dataclass(slots=True)
class Work:
    """What one of them did. Cents: totals of the orders without tips, and what was given back."""

    orders: int = 0
    order_cents: int = 0
    refunds: int = 0
    refund_cents: int = 0
    ended: int = 0


@dataclass(slots=True)
class ByActor:
    """The work of each, by the actor as histories keep it (`user:<id>`)."""

    rows: dict[str, Work] = field(default_factory=dict)

    def add(self, order: Order, ended_by: str = "") -> None:
        """Count an order for whoever took it at the counter, and, where it was given up, for whoever ended it."""
        if order.counter is not None and order.counter.history and order.status not in GIVEN_UP:
            taker = self._of(order.counter.history[0].by)
            if taker is not None:
                taker.orders += 1
                taker.order_cents += order.total_price_cents
        ender = self._of(ended_by)
        if ender is not None:
            ender.ended += 1

    def give_back(self, refund: OrderRefund) -> None:
        """Count a refund for whoever made it."""
        maker = self._of(refund.by)
        if maker is not None:
            maker.refunds += 1
            maker.refund_cents += refund.amount_cents

    def _of(self, by: str) -> Work | None:
        return self.rows.setdefault(by, Work()) if by.startswith(_PEOPLE) else None
