"""New prices from old ones: by an amount or a percentage, rounded (rules 16)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from shared.api.menu_batch import PriceRule
from shared.documents.base import plain_number
from shared.domain.menu_edits.content import wrong
from shared.domain.menu_edits.words import MAX_PRICE_CENTS

_HOW = {"nearest": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
_ENDING = 99
_STEP = 100


def new_price(rule: PriceRule, stored: Any, *, part: bool = False) -> int:
    """A price in cents by the rule. What is free stays free: under a percentage, and, of a `part` (a size or a
    choice), always. Raises Problem INVALID_REQUEST where it would be below 0 or too high."""
    old = cents_of(stored)
    if rule.set_cents is not None:
        return _checked(rule.set_cents)
    if old == 0 and (part or rule.by_percent is not None):
        return 0
    if rule.by_percent is not None:
        exact = Decimal(old) * (100 + Decimal(str(rule.by_percent))) / 100
    else:
        exact = Decimal(old + (rule.by_cents or 0))
    if exact < 0:
        raise wrong("price", "A price would be below 0.")
    return _checked(_rounded(rule, exact))


def cents_of(stored: Any) -> int:
    """A stored price in whole cents; 0 where it is none."""
    return round(plain_number(stored) or 0)


def _rounded(rule: PriceRule, exact: Decimal) -> int:
    how = _HOW[rule.rounding]
    if rule.ending99:
        return max(0, int(((exact - _ENDING) / _STEP).quantize(Decimal(1), how))) * _STEP + _ENDING
    return int((exact / rule.round_to).quantize(Decimal(1), how)) * rule.round_to


def _checked(cents: int) -> int:
    if not 0 <= cents <= MAX_PRICE_CENTS:
        raise wrong("price", f"A price is from 0 to {MAX_PRICE_CENTS} cents.")
    return cents
