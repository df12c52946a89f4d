"""Everything that was sold, taken and given back in some business days, added up in one reading (rules 19).

Orders are read some hundred at a time, and only sums are kept: a year costs time, not memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bson import ObjectId

from shared.app import App
from shared.documents.orders import Order
from shared.documents.places import Station
from shared.domain.business_days import day_bounds
from shared.domain.hours_texts import zone
from shared.domain.order_states import GIVEN_UP
from shared.domain.refunds import standing
from shared.domain.sales import ByDish
from shared.domain.staff_work import ByActor
from shared.domain.takings import Takings, tender_of
from shared.domain.work_times import ByHour, ByStation, zone_or_utc
from shared.services.reports import days
from shared.services.reports.old_reports import names_on_menu
from shared.services.reports.scope import Place
from shared.store import reports, stations
from shared.store.reports import RefundPlace

REFUNDS_AT_ONCE = 500


@dataclass(slots=True)
class Selling:
    """The sums of some locations' days. `places`: the takings of each. `names`: of dishes on the menus."""

    takings: Takings = field(default_factory=Takings)
    places: list[tuple[Place, Takings]] = field(default_factory=list)
    dishes: ByDish = field(default_factory=ByDish)
    hours: ByHour = field(default_factory=ByHour)
    kitchen: ByStation = field(default_factory=ByStation)
    staff: ByActor = field(default_factory=ByActor)
    stations: dict[str, Station] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


async def added_up(app: App, places: list[Place]) -> Selling:
    """Add up the days of these locations."""
    found = Selling()
    for place in places:
        await _add(app, place, found)
    return found


async def _add(app: App, place: Place, found: Selling) -> None:
    location, mine = place.location, Takings()
    tz = zone_or_utc(zone(location.timezone))
    for takings in (mine, found.takings):
        takings.begin(place.dates)
    for day in place.dates:
        found.hours.begin(*day_bounds(location.timezone, location.business_day_starts_at, day), tz)
    found.names |= await names_on_menu(app, location)
    found.stations |= {
        str(one.id): one for one in await stations.of_location(app.db, location.restaurant_id, location.id)
    }
    async for page in reports.each(app.db, place.span):
        kinds, enders = await kinds_of(app, page), await _enders(app, page)
        for order in page:
            day, tender = days.date_of(location, order.began_at), tender_of(order, kinds)
            mine.add(order, day, tender)
            found.takings.add(order, day, tender)
            found.staff.add(order, enders.get(order.id, ""))
            found.hours.add(order, tz)
            found.kitchen.add(order)
            if order.status not in GIVEN_UP:
                found.dishes.add(order, (unit for one in standing(order.refunds) for unit in one.units))
    async for page in refunds_of(app, place):
        kinds = await kinds_of(app, page)
        for order in page:
            for refund in standing(order.refunds):
                assert refund.at is not None
                day, tender = days.date_of(location, refund.at), tender_of(order, kinds)
                mine.give_back(order, refund, day, tender)
                found.takings.give_back(order, refund, day, tender)
                found.staff.give_back(refund)
    found.places.append((place, mine))


async def refunds_of(app: App, place: Place) -> AsyncIterator[list[Order]]:
    """The refunds that were made in the days of a location, the oldest first, each as its order with it alone."""
    after = None
    while page := await reports.refunds(app.db, place.span, REFUNDS_AT_ONCE, after=after):
        yield page
        if len(page) < REFUNDS_AT_ONCE:
            return
        after = place_of(page[-1])


def place_of(order: Order) -> RefundPlace:
    """The place of the one refund of an order."""
    [refund] = order.refunds
    assert refund.at is not None
    return RefundPlace(refund.at, refund.id)


async def kinds_of(app: App, page: list[Order]) -> dict[str, str]:
    """How the orders were paid that do not say so themselves, by the payment's id."""
    unsaid = [order.payment_id for order in page if order.payment_id and not order.paid_with]
    return await reports.kinds_of_payments(app.db, unsaid) if unsaid else {}


async def _enders(app: App, page: list[Order]) -> dict[ObjectId, str]:
    given_up = [order.id for order in page if order.status in GIVEN_UP]
    return await reports.enders(app.db, given_up) if given_up else {}
