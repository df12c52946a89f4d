"""The receipt of an order as it is now: its sums are those that the API tells (rules 19, 24.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from shared.documents.orders import Order, OrderItem
from shared.documents.places import Restaurant, StoredLocation
from shared.domain.contact_texts import is_web_address
from shared.domain.letters import formats
from shared.domain.letters.rendering import Written, write
from shared.domain.letters.words import RECEIPT, ReceiptWords
from shared.domain.order_amounts import UNKNOWN, Amounts, amounts_of
from shared.domain.order_states import CANCELLED, GIVEN_UP, REJECTED
from shared.domain.refunds import standing

MAX_LOGO = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """Some units of one dish, made alike. `extras`: choices and the diner's note. `returned`: the money is back."""

    many: int
    name: str
    price: str
    extras: tuple[str, ...]
    returned: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One sum below the dishes. `name`: what somebody called it. `strong`: what the others add up to."""

    word: str
    amount: str
    name: str = ""
    strong: bool = False


def receipt(order: Order, restaurant: Restaurant | None, location: StoredLocation, link: str) -> Written:
    """The receipt in the diner's language. `link`: of the order's page, "" for none."""
    language = order.language
    words = RECEIPT[language]
    place = formats.short(restaurant.name if restaurant else "") or formats.short(location.name)
    title = _title(order, words)
    values = {
        "words": words,
        "title": title,
        "restaurant": place,
        "location": formats.short(location.name),
        "address": formats.short(location.address, 300),
        "logo": _logo(restaurant),
        "code": order.order_code,
        "customer": formats.short(order.customer.name),
        "table": formats.short(order.origin.name or order.origin.note),
        "when": formats.moment(order.began_at, location.timezone, language),
        "lines": list(lines(order)),
        "rows": list(rows(order, words)),
        "paid": _paid(order, words),
        "link": link,
    }
    return write("receipt", language, f"{title}: {order.order_code} - {place}", values)


def _title(order: Order, words: ReceiptWords) -> str:
    """What the receipt says first: how the order is now, whatever it was when the mail was called for."""
    if order.status == CANCELLED:
        return words.cancelled
    if order.status == REJECTED:
        return words.rejected
    return words.updated if order.refunded_cents else words.thanks


def lines(order: Order) -> Iterator[Line]:
    """The dishes in the order's order; neighbours that are alike stand on one line."""
    returned = {unit for refund in standing(order.refunds) for unit in refund.units}
    for _, group in groupby(order.items, key=lambda item: (_recipe(item), item.id in returned)):
        same = list(group)
        first = same[0]
        yield Line(
            many=len(same),
            name=formats.short(first.name),
            price=formats.money(sum(item.price_cents for item in same)),
            extras=tuple(_extras(first)),
            returned=first.id in returned,
        )


def _recipe(item: OrderItem) -> tuple[object, ...]:
    return item.menu_item_id, item.name, item.price_cents, tuple(_extras(item))


def _extras(item: OrderItem) -> Iterator[str]:
    for variant in item.variants:
        yield formats.short(variant.name)
    for modifier in item.modifiers:
        chosen = ", ".join(formats.short(option.name) for option in modifier.options)
        if chosen:
            name = formats.short(modifier.name)
            # Many menus ask: "How would you like your eggs?"
            yield f"{name} {chosen}" if name.endswith(("?", ":")) else f"{name}: {chosen}"
    if item.notes.strip():
        yield f"“{formats.short(item.notes, 300)}”"


def rows(order: Order, words: ReceiptWords) -> Iterator[Row]:
    """What the order comes to, row by row: each is what the API tells, and they add up."""
    amounts, tip = amounts_of(order), order.tip_cents
    yield Row(words.subtotal, formats.money(amounts.gross))
    yield from _discounts(order, amounts, words)
    rate = "" if amounts.tax_percent == UNKNOWN else f" ({amounts.tax_percent} %)"
    yield Row(words.tax + rate, formats.money(amounts.tax))
    if tip:
        yield Row(words.tip, formats.money(tip))
    total = amounts.total + tip
    yield Row(words.total, formats.money(total), strong=True)
    if order.refunded_cents:
        yield Row(words.refunded, formats.money(-order.refunded_cents))
        yield Row(words.remains, formats.money(total - order.refunded_cents), strong=True)


def _discounts(order: Order, amounts: Amounts, words: ReceiptWords) -> Iterator[Row]:
    named = [one for one in order.discounts if one.amount_cents]
    if named and sum(one.amount_cents for one in named) == amounts.discount:
        for one in named:
            yield Row(words.discount, formats.money(-one.amount_cents), formats.short(one.name))
    elif amounts.discount:
        name = order.discount.name if order.discount else ""
        yield Row(words.discount, formats.money(-amounts.discount), formats.short(name))


def _paid(order: Order, words: ReceiptWords) -> str:
    """How it was paid, in the diner's words; an order that was given up before is to be paid no more."""
    later = words.nothing if order.status in GIVEN_UP else words.unpaid
    if order.counter is not None:
        return {"cash": words.cash, "card_at_counter": words.card_at_counter}.get(order.counter.kind, later)
    if not order.payment_id:
        return later
    return {"card": words.card, "wallet": words.wallet}.get(order.paid_with, words.online)


def _logo(restaurant: Restaurant | None) -> str:
    """The address of the restaurant's logo, the only picture that a mail fetches; "" where there is none."""
    logo = (restaurant.logo or "") if restaurant else ""
    safe = logo.startswith("https://") and logo.isascii() and len(logo) <= MAX_LOGO and is_web_address(logo)
    return logo if safe else ""
