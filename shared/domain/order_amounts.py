"""What the money of an order consists of, also where the original server wrote down only the total (rules 19)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.documents.orders import Order

UNKNOWN = "unknown"
"""The rate of a tax that nobody wrote down."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cents. `gross`: the dishes, before tax and discount. `discount` is taken off, `tax` comes on top, and the total
    is what remains. The tip is in none of them. `tax_percent`: the tax's rate, or `unknown`."""

    gross: int
    discount: int
    tax: int
    tip: int
    tax_percent: str

    @property
    def net(self) -> int:
        """The dishes less the discount, before tax."""
        return self.gross - self.discount

    @property
    def total(self) -> int:
        """What was to be paid, without the tip."""
        return self.net + self.tax


def amounts_of(order: Order) -> Amounts:
    """The amounts of an order; they always add up to its stored total.

    The original keeps neither subtotal nor tax, and of the discount what the client claimed: the dishes are added up,
    and the tax is what else is in the total.
    """
    gross = order.subtotal_cents or sum(item.price_cents for item in order.items)
    claimed = order.discount_cents or (order.discount.amount_cents if order.discount else 0)
    tax = order.tax_cents or max(0, order.total_price_cents + max(0, claimed) - gross)
    return Amounts(
        gross=gross,
        discount=gross + tax - order.total_price_cents,
        tax=tax,
        tip=order.tip_cents,
        tax_percent=order.tax_percent or UNKNOWN,
    )
