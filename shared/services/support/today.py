"""A restaurant's day as it stands now: what is open, unpaid, off the menu, and needs somebody; what was taken, and how
the last month went (rules 19)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.api import today as api
from shared.app import App
from shared.documents.languages import Language
from shared.documents.menu import Translated
from shared.domain.business_days import day_bounds
from shared.domain.refunds import standing
from shared.domain.takings import UNPAID, Takings, tender_of
from shared.services.reports import scope
from shared.services.reports.sales import tender_totals, totals_of
from shared.services.reports.scope import Asked, Place
from shared.services.reports.selling import kinds_of
from shared.services.support import at_location
from shared.store import today as store
from shared.store.today import Found, Wanted

REFUSALS = scope.REFUSALS

DAYS = 30
MOST_SHOWN = 100
_LOOKED_AT_ONCE = 4


@dataclass(slots=True)
class _Sums:
    """What all locations come to."""

    takings: Takings = field(default_factory=Takings)
    month: dict[date, tuple[int, int]] = field(default_factory=dict)


async def today(app: App, restaurant_id: str, location_id: str | None) -> api.Today:
    """The day of a location; None: of all of the restaurant's, each by its own. Raises Problem (REFUSALS)."""
    places = await scope.places_of(app, Asked(restaurant_id, location_id))
    (sums, taken), attention, off = await asyncio.gather(
        _added_up(app, places), _attention(app, places), _sold_out(app, restaurant_id, places)
    )
    rows = []
    for place, (open_orders, mine), needing in zip(places, taken, attention, strict=True):
        unpaid = mine.tenders[UNPAID]
        rows.append(
            api.TodayPlace(
                location_id=str(place.location.id),
                name=place.location.name,
                business_date=place.last.isoformat(),
                open_orders=open_orders,
                unpaid_orders=unpaid.orders,
                unpaid_cents=unpaid.cents,
                attention=needing,
                sold_out=sum(dish.location_id == str(place.location.id) for dish in off),
                orders=mine.all.sales.orders,
                total_cents=mine.all.sales.total,
            )
        )
    return api.Today(
        at=app.clock.now(),
        business_date=max((place.last.isoformat() for place in places), default=""),
        open_orders=sum(row.open_orders for row in rows),
        unpaid_orders=sum(row.unpaid_orders for row in rows),
        unpaid_cents=sum(row.unpaid_cents for row in rows),
        attention=sum(attention),
        sold_out=off[:MOST_SHOWN],
        totals=totals_of(sums.takings.all),
        tenders=tender_totals(sums.takings),
        locations=rows,
        month=[
            api.DayOfMonth(date=day.isoformat(), orders=orders, total_cents=cents)
            for day, (orders, cents) in sorted(sums.month.items())
        ],
    )


async def _added_up(app: App, places: list[Place]) -> tuple[_Sums, list[tuple[int, Takings]]]:
    """What all come to; and of each its open orders, and what it took. Only some locations' orders are in memory."""
    sums, taken = _Sums(), []
    for some in range(0, len(places), store.AT_ONCE):
        group = places[some : some + store.AT_ONCE]
        found = await store.of_locations(app.db, [Wanted(place.span, _starts(place)) for place in group])
        taken += [(one.open, await _add(app, place, one, sums)) for place, one in zip(group, found, strict=True)]
    return sums, taken


def _beginnings(place: Place) -> dict[datetime, date]:
    """When each of the last days began; a date that a zone has left out began with the next one."""
    location = place.location
    dates = [place.last - timedelta(days=number) for number in range(DAYS - 1, -1, -1)]
    return {day_bounds(location.timezone, location.business_day_starts_at, day)[0]: day for day in dates}


def _starts(place: Place) -> list[datetime]:
    return [*_beginnings(place), place.span.until]


async def _add(app: App, place: Place, found: Found, sums: _Sums) -> Takings:
    mine = Takings()
    kinds = await kinds_of(app, [*found.orders, *found.refunds])
    for order in found.orders:
        for takings in (mine, sums.takings):
            takings.add(order, place.last, tender_of(order, kinds))
    for order in found.refunds:
        for refund in standing(order.refunds):
            for takings in (mine, sums.takings):
                takings.give_back(order, refund, place.last, tender_of(order, kinds))
    for began, day in _beginnings(place).items():
        orders, cents = found.days.get(began, (0, 0))
        before = sums.month.get(day, (0, 0))
        sums.month[day] = (before[0] + orders, before[1] + cents)
    return mine


async def _attention(app: App, places: list[Place]) -> list[int]:
    """How many things need somebody at each, as the lists of the locations count them."""
    found: list[int] = []
    for some in range(0, len(places), _LOOKED_AT_ONCE):
        group = places[some : some + _LOOKED_AT_ONCE]
        lists = [at_location.listed(app, one.location.restaurant_id, str(one.location.id)) for one in group]
        found += [len(one) for one in await asyncio.gather(*lists)]
    return found


async def _sold_out(app: App, restaurant_id: str, places: list[Place]) -> list[api.SoldOutDish]:
    languages: dict[str, Language] = {str(place.location.id): place.location.staff_language for place in places}
    found = await store.sold_out(app.db, restaurant_id, [place.location.id for place in places], app.clock.now())
    return [
        api.SoldOutDish(name=Translated.model_validate(name).in_language(languages[str(at)]), location_id=str(at))
        for at, name in ((at, name if isinstance(name, dict) else {"en": name}) for at, name in found)
    ]
