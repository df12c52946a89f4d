"""Which part of an order's money a refund gives back, in cents (rules 4).

An order's refunds that were not declined are what stands: they say which units and how much of the tip are given back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from shared.documents.orders import Order, OrderRefund
from shared.documents.payments import TO_COME, Payment


def standing(refunds: Iterable[OrderRefund]) -> list[OrderRefund]:
    """The refunds that count: the gateway did not refuse them."""
    return [refund for refund in refunds if not refund.declined]


def units_left(order: Order) -> list[str]:
    """The ids of the units that are not given back yet, in the order's order."""
    given = Counter(unit for refund in standing(order.refunds) for unit in refund.units)
    left = []
    for item in order.items:
        if given[item.id]:
            given[item.id] -= 1
        else:
            left.append(item.id)
    return left


def tip_left(order: Order) -> int:
    """What of the tip is not given back yet."""
    return max(0, order.tip_cents - sum(refund.tip_cents for refund in standing(order.refunds)))


def of_units(order: Order, units: Sequence[str]) -> int:
    """What giving back these units comes to. They must be left.

    A unit gives back its price and its share of the tax, less its share of the discount, each share rounded half up.
    The refund that takes the last unit takes what the roundings left, so that all of them add up to the total.
    """
    lines = sum(one.amount_cents - one.tip_cents for one in standing(order.refunds) if one.units)
    remains = max(0, order.total_price_cents - lines)
    if Counter(units) == Counter(units_left(order)):
        return remains
    prices = {item.id: item.price_cents for item in order.items}
    return min(remains, sum(_share(order, prices[unit]) for unit in units))


def _share(order: Order, price: int) -> int:
    whole = sum(item.price_cents for item in order.items)
    if whole <= 0:
        return 0
    discount = order.discount_cents or (order.discount.amount_cents if order.discount else 0)
    # Orders of the original server keep no tax: it is what else is in the total.
    tax = order.tax_cents or max(0, order.total_price_cents + discount - whole)
    return max(0, price + _half_up(tax * price, whole) - _half_up(discount * price, whole))


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def undone(refunds: Sequence[OrderRefund], payment: Payment, declined: str) -> Collection[str]:
    """The ids of an order's refunds that count no more, since the gateway refused the payment's refund `declined`.

    One that is none of the order's own is what a void became once the capture was settled: it stands behind all that
    have no other.
    """
    counting = [one for one in standing(refunds) if not one.by_hand]
    if any(one.id == declined for one in counting):
        return (declined,)
    others = {one.id for one in payment.refunds if one.state in TO_COME or one.state == "done"}
    return [one.id for one in counting if one.id not in others and not one.found]
