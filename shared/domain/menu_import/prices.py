"""Prices as people write them, in exact cents."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from shared.money import Cents

MAX_PRICE_CENTS = 10_000_000
_HIGHEST = Decimal(MAX_PRICE_CENTS) / 100

_DOLLARS = r"(?:USD|US ?\$|\$)"
_PRICE = re.compile(
    rf"(?:{_DOLLARS} ?)?([-+]?) ?(?:{_DOLLARS} ?)?([0-9.,]+)(?:\.?-)?(?: ?{_DOLLARS})*\Z", re.IGNORECASE
)
_POINT = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})\Z")
_GROUPS_AND_POINT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}\Z")
_GROUPS_AND_COMMA = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}\Z")
_WITH_COMMA = re.compile(r"[0-9]+(?:,[0-9]+)+\Z")

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width forms, which Chinese and Japanese keyboards write. Raised digits are none: $12⁵⁰ is not $1250."""

_NOISE = Decimal("0.000001")
"""Dollars by which a sum of floating-point numbers may be off, as in 8.949999999999999."""

_US_DOLLARS = frozenset({"", "USD", "$", "US$", "USDOLLAR", "USDOLLARS"})


class PriceError(Exception):
    """A price that is not taken; the message is the reason."""


def cents(value: Any, currency: Any = None) -> Cents:
    """A price as exact cents.

    Raises PriceError: no number, below zero, parts of a cent, another currency, or a comma that may mean two things.
    """
    if currency is not None and "".join(str(currency).translate(_WIDE).upper().split()) not in _US_DOLLARS:
        raise PriceError(f"Prices are in US dollars; this one is in {str(currency)[:20]}.")
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PriceError("There is no price.")
    written = " ".join(str(value).translate(_WIDE).split())
    number = Decimal(value) if isinstance(value, Decimal | int) else _number(written)
    if number < 0:
        raise PriceError(f"The price {written[:30]} is below zero.")
    if number > _HIGHEST:
        raise PriceError(f"The price {written[:30]} is too high to be one.")
    exact = number.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    if abs(number - exact) > _NOISE:
        raise PriceError(f"The price {written[:30]} has parts of a cent.")
    return Cents(int(exact * 100))


def _number(written: str) -> Decimal:
    found = _PRICE.match(written)
    if found is None:
        raise PriceError(f"{written[:30]!r} is not a price such as 4.75.")
    sign, digits = found.groups()
    if _GROUPS_AND_POINT.match(digits):
        digits = digits.replace(",", "")
    elif _GROUPS_AND_COMMA.match(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif _WITH_COMMA.match(digits):
        raise PriceError(f"{written[:30]!r} is not a price such as 4.75: write the cents with a point.")
    elif not _POINT.match(digits):
        raise PriceError(f"{written[:30]!r} is not a price such as 4.75.")
    return Decimal(f"{sign}{digits}")
