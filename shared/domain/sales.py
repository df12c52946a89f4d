"""What was sold, by dish and by origin, as old clients read it (contract 51 to 54).

Each adds up one order after the other, so that the orders themselves need not be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.documents.orders import Order, OrderItem

COUNTER, WEB = "pos", "web"
"""What orders without an origin are called: those that staff took, and the others."""


@dataclass(slots=True)
class Sold:
    """A dish or an origin. `units`: how many dishes. `cents`: what they came to. `refunded`: units given back."""

    id: str
    name: str
    units: int = 0
    cents: int = 0
    refunded: int = 0


@dataclass(slots=True)
class ByDish:
    """Dishes by their id, whatever the language they were ordered in. Orders come the oldest first."""

    rows: dict[str, Sold] = field(default_factory=dict)
    _for_staff: set[str] = field(default_factory=set)

    def add(self, order: Order, refunded: Iterable[str] = ()) -> None:
        """Count the dishes of an order; `refunded`: the ids of units that are given back."""
        given_back = set(refunded)
        for item in order.items:
            key = item.menu_item_id or item.name
            row = self.rows.setdefault(key, Sold(item.menu_item_id, item.name_for_staff))
            row.units += 1
            row.cents += item.price_cents
            row.refunded += item.id in given_back
            self._call(row, key, item)

    def _call(self, row: Sold, key: str, item: OrderItem) -> None:
        # What the staff read on the newest order; a diner's own word only where there is nothing better.
        if item.staff_name:
            row.name = item.staff_name
            self._for_staff.add(key)

    def named(self, on_menu: Mapping[str, str]) -> list[Sold]:
        """The dishes, the best sold first. `on_menu`: the menu's names in the staff's language, for dishes that older
        orders name in the diner's language alone."""
        for key, row in self.rows.items():
            if key not in self._for_staff:
                row.name = on_menu.get(key) or row.name
        return _best_first(self.rows.values())


@dataclass(slots=True)
class ByOrigin:
    """Origins by their id; orders without one are the counter's, or came over the web."""

    rows: dict[tuple[str, str], Sold] = field(default_factory=dict)

    def add(self, order: Order) -> None:
        """Count an order. Orders come the oldest first: the newest one names the origin."""
        origin = order.origin
        at_counter = order.counter is not None or origin.name == COUNTER
        word = "" if origin.id else (COUNTER if at_counter else WEB)
        row = self.rows.setdefault((origin.id, word), Sold(origin.id, origin.name or word))
        row.name = (origin.name or row.name) if origin.id else word
        row.units += len(order.items)
        row.cents += order.total_price_cents

    def best_first(self) -> list[Sold]:
        """The origins, the one that sold most first."""
        return _best_first(self.rows.values())


def _best_first(rows: Iterable[Sold]) -> list[Sold]:
    return sorted(rows, key=lambda row: (-row.cents, row.name, row.id))
