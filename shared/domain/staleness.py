"""Whether a preview still costs what it says: the diner pays the price that was shown, or is refused (rules 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.documents.orders import OrderItem, Preview
from shared.domain.pricing import CartLine, ModifierChoice, PricedCart

_AMOUNTS = (
    ("discountCents", "discount_cents"),
    ("taxCents", "tax_cents"),
    ("totalPriceCents", "total_price_cents"),
)


def lines_of(preview: Preview) -> list[CartLine]:
    """The cart that a preview was made of, with what its diner chose and no more. A preview of the original server has
    a line for each unit."""
    if not preview.lines:
        return [_line(unit, 1) for unit in preview.items]
    units = {unit.id: unit for unit in preview.items}
    return [_line(units[line.id], line.quantity) for line in preview.lines if line.id in units]


def _line(unit: OrderItem, quantity: int) -> CartLine:
    return CartLine(
        id=unit.id,
        item_id=unit.menu_item_id,
        quantity=max(1, quantity),
        name=unit.name,
        notes=unit.notes,
        variant_ids=tuple(variant.id for variant in unit.variants if not variant.assumed),
        modifiers=tuple(
            ModifierChoice(
                modifier_id=modifier.id,
                option_ids=tuple(option.id for option in modifier.options),
                name=modifier.name,
                option_names=tuple(option.name for option in modifier.options),
            )
            for modifier in unit.modifiers
        ),
    )


def same_dishes(one: Sequence[CartLine], other: Sequence[CartLine]) -> bool:
    """Whether two carts order the same: line by line the same dish, choices, notes and quantity."""

    def content(lines: Sequence[CartLine]) -> list[tuple[object, ...]]:
        return sorted(
            (
                line.id,
                line.item_id,
                line.quantity,
                line.notes,
                line.variant_ids,
                tuple((choice.modifier_id, choice.option_ids) for choice in line.modifiers),
            )
            for line in lines
        )

    return content(one) == content(other)


def still_costs(was: Preview, priced: PricedCart) -> bool:
    """Whether a cart that was priced now costs what the preview says, line by line."""
    amounts = priced.amounts
    if was.total_price_cents != amounts.total:
        return False
    if not was.lines:
        return True
    return (was.tax_cents, was.discount_cents) == (amounts.tax, amounts.discount) and [
        line.unit_price_cents for line in was.lines
    ] == [line.unit_price for line in priced.lines]


def changes(was: Preview, now: Preview) -> list[dict[str, Any]]:
    """What the diner must agree to again: rows of `{"line", "field", "was", "now"}`, in cents; `line` None for the sum.

    A preview of the original server tells only its total.
    """
    before = {line.id: line for line in was.lines}
    rows: list[dict[str, Any]] = [
        {
            "line": line.id,
            "field": "unitPriceCents",
            "was": before[line.id].unit_price_cents,
            "now": line.unit_price_cents,
        }
        for line in now.lines
        if line.id in before and before[line.id].unit_price_cents != line.unit_price_cents
    ]
    sums = _AMOUNTS if was.lines else _AMOUNTS[-1:]
    rows += [
        {"line": None, "field": field, "was": getattr(was, name), "now": getattr(now, name)}
        for field, name in sums
        if getattr(was, name) != getattr(now, name)
    ]
    return rows
