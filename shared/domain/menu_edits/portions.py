"""How many portions of a dish there are a day (rules 16)."""

from __future__ import annotations

from shared.api import menu as api
from shared.domain.menu_edits.content import Edited, Row, found, with_row, without, wrong
from shared.errors import MENU_ITEM_NOT_FOUND

REFUSALS = (MENU_ITEM_NOT_FOUND,)


def changed(menu: Row, item_id: str, sent: api.StockChange) -> Edited:
    """Set a dish's daily stock and the mark at which it is low; null is without. What is left out stays.

    Raises Problem (REFUSALS), and INVALID_REQUEST.
    """
    place, item = found(menu, "items", item_id, MENU_ITEM_NOT_FOUND)
    if not sent.model_fields_set:
        raise wrong("", "Say what is to change.")
    now = item
    for name, stored, value in (
        ("daily_stock", "dailyStock", sent.daily_stock),
        ("low_stock_at", "lowStockAt", sent.low_stock_at),
    ):
        if name in sent.model_fields_set:
            now = without(now, stored) if value is None else {**now, stored: value}
    return Edited(with_row(menu, "items", place, now), "menu_item.stock", ("menu_item", item_id), item, now)
