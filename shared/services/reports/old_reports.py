"""The reports that old clients know (contract 51 to 54), by business days (rules 19)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bson import ObjectId

from shared.api import orders as orders_api
from shared.api import reports as api
from shared.app import App
from shared.documents.orders import Order
from shared.documents.places import Location
from shared.domain import cursors
from shared.domain.order_amounts import amounts_of
from shared.domain.order_states import PICKED_UP
from shared.domain.roles import Caller
from shared.domain.sales import ByDish, ByOrigin
from shared.services.orders.showing import staff_order
from shared.services.reports import days
from shared.store import reports
from shared.store.reports import Position

REFUSALS = (*days.REFUSALS, *cursors.REFUSALS)

MOST_ORDERS = 1000
SUMMARY_DAYS = 7


@dataclass(frozen=True, slots=True)
class History:
    """Orders, the oldest first. `next`: where older ones go on, None where there are none."""

    orders: list[orders_api.StaffOrder]
    next: str | None


async def order_history(
    app: App, caller: Caller, restaurant_id: str, location_id: str, day: str, *, limit: int, after: str | None
) -> History:
    """The newest orders of a day, whatever their status. `after`: the `next` of the answer before.

    Raises Problem (REFUSALS), and INVALID_REQUEST for a day that is none.
    """
    location = await days.location_of(app, restaurant_id, location_id)
    on = days.read(location, day, "date")
    page = await reports.newest(app.db, days.span_of(location, on, on), limit, after=position(after), whole=True)
    shown = [staff_order(order, caller) for order in reversed(page.orders)]
    return History(shown, None if page.next is None else cursor_of(page.next))


def position(after: str | None) -> Position | None:
    """The place that a cursor names. Raises Problem INVALID_REQUEST."""
    if after is None:
        return None
    at, key = cursors.parts_of(after, (datetime, ObjectId))
    return Position(at, key) if isinstance(at, datetime) and isinstance(key, ObjectId) else None


def cursor_of(place: Position) -> str:
    """The cursor of a place."""
    return cursors.cursor(place.at, place.id)


async def sales_summary(app: App, restaurant_id: str, location_id: str) -> api.SalesSummary:
    """What was handed over of the orders of the last seven business days. Raises Problem (REFUSALS)."""
    location = await days.location_of(app, restaurant_id, location_id)
    last = days.today(location, app.clock.now())
    first = last - timedelta(days=SUMMARY_DAYS - 1)
    gross = {first + timedelta(days=number): 0 for number in range(SUMMARY_DAYS)}
    tax = dict(gross)
    async for order in _handed_over(app, location, first, last):
        day = days.date_of(location, order.began_at)
        gross[day] += order.total_price_cents
        tax[day] += amounts_of(order).tax
    rows = [
        api.DayOfSales(date=day.isoformat(), gross_sales=api.dollars(cents), tax=api.dollars(tax[day]))
        for day, cents in gross.items()
    ]
    return api.SalesSummary(data=rows)


async def sales_by_item(app: App, restaurant_id: str, location_id: str, day: str) -> api.SalesByItem:
    """The dishes that were handed over of a day's orders, each in one row, whatever the diners' languages.

    Raises Problem (REFUSALS), and INVALID_REQUEST for a day that is none.
    """
    location = await days.location_of(app, restaurant_id, location_id)
    on = days.read(location, day, "date")
    dishes = ByDish()
    async for order in _handed_over(app, location, on, on):
        dishes.add(order)
    named = dishes.named(await names_on_menu(app, location))
    return api.SalesByItem(
        data=[
            api.DishSales(
                menu_item_id=row.id, item_name=row.name, sold_count=row.units, gross_sales=api.dollars(row.cents)
            )
            for row in named
        ]
    )


async def sales_by_origin(app: App, restaurant_id: str, location_id: str, day: str) -> api.SalesByOrigin:
    """The origins that a day's orders came from. Raises Problem (REFUSALS), and INVALID_REQUEST for a day that is
    none."""
    location = await days.location_of(app, restaurant_id, location_id)
    on = days.read(location, day, "date")
    origins = ByOrigin()
    async for order in _handed_over(app, location, on, on):
        origins.add(order)
    return api.SalesByOrigin(
        data=[
            api.OriginSales(origin_id=row.id, name=row.name, sold_count=row.units, gross_sales=api.dollars(row.cents))
            for row in origins.best_first()
        ]
    )


async def names_on_menu(app: App, location: Location) -> dict[str, str]:
    """The names of the location's dishes in the language of its staff, by their ids."""
    found = await reports.names_on_menus(app.db, location.restaurant_id, location.id)
    return {key: name.in_language(location.staff_language) for key, name in found}


async def _handed_over(app: App, location: Location, first: date, last: date) -> AsyncIterator[Order]:
    async for found in reports.each(app.db, days.span_of(location, first, last)):
        for order in found:
            if order.status == PICKED_UP:
                yield order
