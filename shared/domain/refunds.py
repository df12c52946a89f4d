"""Which part of an order's money a refund gives back, in cents (rules 4).

An order's refunds that were not declined are what stands: they say which units and how much of the tip are given back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from shared.documents.orders import Order, OrderRefund
from shared.documents.payments import TO_COME, Payment, Refund


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
    return min(remains, sum(_share(order, unit, prices[unit]) for unit in units))


def _share(order: Order, unit: str, price: int) -> int:
    whole = sum(item.price_cents for item in order.items)
    if whole <= 0:
        return 0
    discount = order.discount_cents or (order.discount.amount_cents if order.discount else 0)
    # Orders of the original server keep no tax: it is what else is in the total.
    tax = order.tax_cents or max(0, order.total_price_cents + discount - whole)
    return max(0, price + _half_up(tax * price, whole) - _discount(order, unit, price, of_all=(discount, whole)))


def _discount(order: Order, unit: str, price: int, *, of_all: tuple[int, int]) -> int:
    """A unit's share of the discount: of each that was taken off it, or of all units."""
    if not any(one.item_ids is not None for one in order.discounts):
        return _half_up(of_all[0] * price, of_all[1])
    shares = 0
    for one in order.discounts:
        covered = [item for item in order.items if one.item_ids is None or item.id in one.item_ids]
        whole = sum(item.price_cents for item in covered)
        if whole > 0 and any(item.id == unit for item in covered):
            shares += _half_up(one.amount_cents * price, whole)
    return shares


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def refused(payment: Payment) -> list[Refund]:
    """The payment's refunds that the gateway refused, and in whose place no other was made."""
    return [one for one in payment.refunds if one.state == "declined" and not one.again]


def behind(refunds: Iterable[OrderRefund], payment: Payment, refund_id: str) -> list[OrderRefund]:
    """What the order had promised by a refund of the payment that the gateway refused.

    One that is none of the order's own is what a void became: it stood behind all that have no other (see `undone`).
    """
    declined = [one for one in refunds if one.declined]
    own = [one for one in declined if one.id == refund_id]
    others = {one.id for one in payment.refunds if one.state != "covered"}
    return own or [one for one in declined if one.id not in others]


def made_again_by(order: Order, payment: Payment, units: Collection[str], cents: int) -> list[str]:
    """The ids of the payment's refused refunds in whose place one of these `units` and `cents` is made; of an amount
    where there are no units.

    It is made for a unit that they share. An amount names no unit: it is made for all that named none. So is what does
    not fit into the rest any more: nothing that is left could give it back.
    """
    rest = payment.left_cents - cents
    made = []
    for one in refused(payment):
        named = {unit for part in behind(order.refunds, payment, one.id) for unit in part.units}
        is_shared = not named.isdisjoint(units) if units else not named
        if is_shared or one.amount_cents > rest:
            made.append(one.id)
        else:
            rest -= one.amount_cents
    return made


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
