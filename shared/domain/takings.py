"""What was taken and given back in some business days, by day, by tender and by tax rate (rules 19).

An order counts on the day it was placed, a refund on the day it was made. Orders that were given up are no sales: what
was taken and returned for them stands apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.documents.orders import Order, OrderRefund
from shared.domain.order_amounts import UNKNOWN, Amounts, amounts_of
from shared.domain.order_states import GIVEN_UP

UNPAID = "unpaid"
TENDERS = ("card", "wallet", "cash", "card_at_counter", UNKNOWN, UNPAID)
"""How an order is paid: with it, at the counter, not known how (to the original server), or not yet."""


def tender_of(order: Order, kinds: Mapping[str, str]) -> str:
    """How an order is paid. `kinds`: card or wallet by the payment's id, for orders that do not say so themselves."""
    if order.payment_id:
        return order.paid_with or kinds.get(order.payment_id, UNKNOWN)
    kind = order.counter.kind if order.counter is not None else UNPAID
    return kind if kind in TENDERS else UNPAID


def taken_for(order: Order, tender: str) -> int:
    """What was taken for an order, the tip in it, in cents; 0 where it is unpaid."""
    if tender == UNPAID:
        return 0
    if order.counter is not None and not order.payment_id:
        return order.counter.amount_cents
    return order.total_price_cents + order.tip_cents


@dataclass(slots=True)
class Sums:
    """The amounts of some orders, in cents, each as `Amounts` has it."""

    orders: int = 0
    gross: int = 0
    discount: int = 0
    tax: int = 0
    tip: int = 0

    def add(self, amounts: Amounts) -> None:
        """Count an order."""
        self.orders += 1
        self.gross += amounts.gross
        self.discount += amounts.discount
        self.tax += amounts.tax
        self.tip += amounts.tip

    @property
    def net(self) -> int:
        """Before tax, less the discount."""
        return self.gross - self.discount

    @property
    def total(self) -> int:
        """With tax, less the discount, without tips."""
        return self.net + self.tax


@dataclass(slots=True)
class GivenBack:
    """Refunds. `tip`: the part of the cents that is tip."""

    refunds: int = 0
    cents: int = 0
    tip: int = 0

    def add(self, refund: OrderRefund) -> None:
        """Count a refund."""
        self.refunds += 1
        self.cents += refund.amount_cents
        self.tip += refund.tip_cents


@dataclass(slots=True)
class Voids:
    """Orders that were given up. `total`: what they had come to, without tips. `taken`: what was paid for them."""

    orders: int = 0
    total: int = 0
    taken: int = 0
    returned: GivenBack = field(default_factory=GivenBack)


@dataclass(slots=True)
class Taken:
    """One day, or all of them: sales, what was given back of sales, and what was given up."""

    sales: Sums = field(default_factory=Sums)
    refunded: GivenBack = field(default_factory=GivenBack)
    voids: Voids = field(default_factory=Voids)

    def add(self, order: Order, amounts: Amounts, taken: int) -> None:
        """Count an order."""
        if order.status in GIVEN_UP:
            self.voids.orders += 1
            self.voids.total += amounts.total
            self.voids.taken += taken
        else:
            self.sales.add(amounts)

    def give_back(self, order: Order, refund: OrderRefund) -> None:
        """Count a refund."""
        (self.voids.returned if order.status in GIVEN_UP else self.refunded).add(refund)


@dataclass(slots=True)
class ByTender:
    """One tender. `cents`: what was taken, tips in it; of `unpaid` what is still to be paid. `tipped`: orders with a
    tip."""

    orders: int = 0
    cents: int = 0
    tip: int = 0
    tipped: int = 0
    returned: GivenBack = field(default_factory=GivenBack)


@dataclass(slots=True)
class Takings:
    """All of it, added up order by order and refund by refund."""

    days: dict[date, Taken] = field(default_factory=dict)
    tenders: dict[str, ByTender] = field(default_factory=lambda: {tender: ByTender() for tender in TENDERS})
    rates: dict[str, Sums] = field(default_factory=dict)
    all: Taken = field(default_factory=Taken)

    def begin(self, days: Iterable[date]) -> None:
        """Let these days be there, also where nothing happens on them."""
        for day in days:
            self.days.setdefault(day, Taken())

    def add(self, order: Order, day: date, tender: str) -> None:
        """Count an order on the day it was placed."""
        amounts, taken = amounts_of(order), taken_for(order, tender)
        for one in (self.all, self.days.setdefault(day, Taken())):
            one.add(order, amounts, taken)
        given_up = order.status in GIVEN_UP
        if not given_up:
            self.rates.setdefault(amounts.tax_percent, Sums()).add(amounts)
        if given_up and not taken:
            return
        row = self.tenders[tender]
        row.orders += 1
        row.cents += amounts.total + amounts.tip if tender == UNPAID else taken
        row.tip += amounts.tip
        row.tipped += amounts.tip > 0

    def give_back(self, order: Order, refund: OrderRefund, day: date, tender: str) -> None:
        """Count a refund on the day it was made, whenever its order was placed."""
        for one in (self.all, self.days.setdefault(day, Taken())):
            one.give_back(order, refund)
        self.tenders[tender].returned.add(refund)
