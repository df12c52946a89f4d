"""Tips: a percentage of the dishes, or an amount, up to a bound."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shared.money import Cents

AT_LEAST_ALLOWED_CENTS = 2_000
"""So much may be tipped on any order, even on a coffee; on a larger one, as much as the dishes cost."""


@dataclass(frozen=True, slots=True)
class Tip:
    """What the diner adds: `percent` (0 to 100) of the dishes before tax and discount, or `cents`, or nothing."""

    cents: int | None = None
    percent: int | None = None

    @property
    def field(self) -> str:
        """The field of a body that it came in."""
        return "tipPercent" if self.percent is not None else "tipCents"

    def on(self, subtotal: int) -> Cents:
        """The tip in cents, a percentage rounded half up."""
        if self.percent is None:
            return Cents(self.cents or 0)
        exact = Decimal(subtotal) * self.percent / 100
        return Cents(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


NO_TIP = Tip()


def most(subtotal: int) -> int:
    """The largest tip in cents on dishes of `subtotal` cents: a slip of the finger must not cost a fortune."""
    return max(subtotal, AT_LEAST_ALLOWED_CENTS)
