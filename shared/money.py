"""Money: integer cents, one rounding, one breakdown. No float ever holds an amount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

Cents = NewType("Cents", int)
"""An amount in US cents."""

ZERO = Cents(0)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What an order costs, in cents: `total` is max(0, subtotal + tax - discount); the tip is not in it."""

    subtotal: Cents
    tax: Cents
    discount: Cents
    tip: Cents
    total: Cents


def tax_percent(value: object) -> Decimal | None:
    """A menu's `salesTax` (percent, such as 10.25) as an exact decimal; None where it is missing or no number >= 0.

    Stored doubles are read by their shortest text, so 10.25 is 10.25 and 8.875 is 8.875.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        rate = Decimal(str(value))
    except ArithmeticError:
        return None
    return rate if rate.is_finite() and 0 <= rate <= 100 else None


def rate_text(percent: Decimal) -> str:
    """A tax rate as it is stored and shown: 10.25 is "10.25", and 10 is "10"."""
    return f"{percent.normalize():f}"


def taxed(subtotal: Cents, percent: Decimal) -> Cents:
    """`subtotal` with tax on it, rounded once, half up (contract 3.1, step 5)."""
    exact = Decimal(subtotal) * (1 + percent / 100)
    return Cents(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def breakdown(subtotal: Cents, percent: Decimal, flat_off: Cents = ZERO) -> Breakdown:
    """Tax on the undiscounted subtotal, then a flat discount, never below zero (contract 3.1, steps 5 and 6).

    `flat_off` is what a campaign gives; a negative one gives nothing.
    """
    with_tax = taxed(subtotal, percent)
    discount = Cents(min(max(flat_off, 0), with_tax))
    return Breakdown(
        subtotal=subtotal,
        tax=Cents(with_tax - subtotal),
        discount=discount,
        tip=ZERO,
        total=Cents(with_tax - discount),
    )


def plain(cents: int) -> str:
    """An amount, never below zero, as the gateway and its clients write it: 123456 is "1234.56"."""
    return f"{cents // 100}.{cents % 100:02}"


def dollars(cents: int) -> str:
    """An amount as people read it: 123456 is "$1,234.56"; one that is taken off begins with a minus."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02}"
