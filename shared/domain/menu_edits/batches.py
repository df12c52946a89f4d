"""Many dishes changed at once: prices, availability, station tags, categories (rules 16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.api.menu_batch import BatchRow, PriceChanged, PriceRule, RowResult
from shared.domain.menu_edits import items
from shared.domain.menu_edits.availability import marked
from shared.domain.menu_edits.content import (
    Edited,
    Faults,
    Row,
    id_of,
    place_of,
    rows_of,
    same,
    with_rows,
    wrong,
)
from shared.domain.menu_edits.prices import cents_of, new_price
from shared.errors import MENU_CATEGORY_NOT_FOUND, MENU_ITEM_NOT_FOUND, Problem

REFUSALS = (MENU_CATEGORY_NOT_FOUND, MENU_ITEM_NOT_FOUND)

MOST_DISHES = 5_000
"""So many dishes are changed by the rows of a batch together, each counted as often as a row names it."""

MOST_PRICES = 1_000
"""So many other prices are told of a batch."""

Until = Mapping[int, datetime | Problem | None]
"""When what a row takes off comes back, by the row's number; what is wrong with it."""


def batched(menu: Row, rows: Sequence[BatchRow], until: Until, *, all_or_nothing: bool) -> Edited:
    """The menu after all rows, one after the other; the result is a RowResult for each.

    A row that is wrong changes nothing. `all_or_nothing`: raises Problem INVALID_REQUEST that names all such rows.
    """
    content, results, faults = menu, [], Faults()
    _bound(menu, rows)
    told = 0
    for number, row in enumerate(rows):
        try:
            work = _Work(content, row, until.get(number))
            content = work.done()
            status = "changed" if work.changed else "unchanged"
            prices = work.prices[: max(0, MOST_PRICES - told)]
            told += len(prices)
            results.append(RowResult(row=number, status=status, items=len(work.changed), prices=prices))
        except Problem as problem:
            where, message = _told(problem, row)
            faults.add(f"rows.{number}{'.' if where else ''}{where}", message)
            results.append(RowResult(row=number, status="failed", items=0, prices=[], field=where, message=message))
    if all_or_nothing:
        faults.raise_if_any()
    return Edited(content, "menu.batch", ("menu", str(menu["_id"])), result=results)


def _bound(menu: Row, rows: Sequence[BatchRow]) -> None:
    """Raises Problem INVALID_REQUEST where the rows are too much work at once."""
    dishes = Counter(str(item.get("categoryId")) for item in rows_of(menu, "items") if isinstance(item, dict))
    if sum(1 if row.category_id is None else dishes[row.category_id] for row in rows) > MOST_DISHES:
        raise wrong("rows", f"These are more than {MOST_DISHES:,} dishes: send them in several requests.")


def _told(problem: Problem, row: BatchRow) -> tuple[str, str]:
    if problem.detail:
        return str(problem.detail[0]["field"]), str(problem.detail[0]["message"])
    return ("itemId" if row.item_id is not None else "categoryId"), problem.message


@dataclass
class _Work:
    """One row at work on a menu. `changed`: the ids of the dishes that it changed; `prices`: those that it changed."""

    menu: Row
    row: BatchRow
    until: datetime | Problem | None
    changed: list[str] = field(default_factory=list)
    prices: list[PriceChanged] = field(default_factory=list)

    def done(self) -> Row:
        """The menu after the row. Raises Problem (REFUSALS)."""
        row = self.row
        if (row.item_id is None) == (row.category_id is None):
            raise wrong("itemId", "Name a dish or a category.")
        if row.price is None and row.availability is None and row.station_tags is None and row.move_to is None:
            raise wrong("", "Say what is to change.")
        self._check()
        return with_rows(self.menu, "items", self._item)

    def _check(self) -> None:
        row = self.row
        categories, dishes = rows_of(self.menu, "categories"), rows_of(self.menu, "items")
        if row.item_id is not None and place_of(dishes, row.item_id) is None:
            raise Problem(MENU_ITEM_NOT_FOUND)
        if row.category_id is not None and place_of(categories, row.category_id) is None:
            raise Problem(MENU_CATEGORY_NOT_FOUND)
        if row.move_to is not None and place_of(categories, row.move_to) is None:
            raise wrong("moveTo", "There is no such category in this menu.")
        if isinstance(self.until, Problem):
            raise self.until
        if row.price is not None:
            _check_rule(row.price, one_dish=row.item_id is not None)

    def _item(self, item: Row) -> Row:
        row = self.row
        mine = id_of(item) == row.item_id if row.item_id is not None else str(item.get("categoryId")) == row.category_id
        if not mine:
            return item
        now = item
        if row.price is not None:
            now = self._priced(now, row.price)
        if row.availability is not None:
            assert not isinstance(self.until, Problem)
            now = marked(now, available=row.availability.is_available, until=self.until)
        if row.station_tags is not None:
            now = items.tagged(now, row.station_tags)
        if row.move_to is not None:
            now = {**now, "categoryId": row.move_to}
        if not same(item, now):
            self.changed.append(id_of(item))
        return now

    def _priced(self, item: Row, rule: PriceRule) -> Row:
        now = self._with_price(item, "priceCents", rule, item_id=id_of(item))
        if rule.with_variants:
            now = with_rows(
                now,
                "variants",
                lambda one: self._with_price(one, "priceCents", rule, item_id=id_of(item), variant_id=id_of(one)),
            )
        if rule.with_options:
            now = with_rows(now, "modifiers", lambda one: self._with_options(one, rule, id_of(item)))
        return now

    def _with_options(self, modifier: Row, rule: PriceRule, item_id: str) -> Row:
        ids = {"item_id": item_id, "modifier_id": id_of(modifier)}
        now = with_rows(
            modifier, "options", lambda one: self._with_price(one, "priceCents", rule, **ids, option_id=id_of(one))
        )
        return self._with_price(now, "extraChoicePriceCents", rule, **ids)

    def _with_price(self, row: Row, name: str, rule: PriceRule, **ids: Any) -> Row:
        before = cents_of(row.get(name))
        after = new_price(rule, row.get(name), part=len(ids) > 1)
        if before == after:
            return row
        self.prices.append(PriceChanged(**ids, before_cents=before, after_cents=after))
        return {**row, name: after}


def _check_rule(rule: PriceRule, *, one_dish: bool) -> None:
    given = [value for value in (rule.set_cents, rule.by_cents, rule.by_percent) if value is not None]
    if len(given) != 1:
        raise wrong("price", "Say one of `setCents`, `byCents` and `byPercent`.")
    if rule.set_cents is not None and (not one_dish or rule.with_variants or rule.with_options):
        raise wrong("price.setCents", "A price is set of one dish alone.")
