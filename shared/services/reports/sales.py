"""The report of some business days, as people read it and as tables (rules 19)."""

from __future__ import annotations

from typing import Literal, get_args

from shared.api import sales as api
from shared.api.base import Reply
from shared.app import App
from shared.domain import takings
from shared.domain.csv_lines import Cell, amount, line
from shared.domain.takings import ByTender, Taken
from shared.errors import TOO_MANY_REQUESTS, Problem
from shared.memory.slots import Slot
from shared.memory.turns import CrowdedError, Turns
from shared.services.reports import scope
from shared.services.reports.scope import Asked
from shared.services.reports.selling import Selling, added_up
from shared.store import users

REFUSALS = (*scope.REFUSALS, TOO_MANY_REQUESTS)

MOST_WAITING = 4
LONGEST_WAIT_SECONDS = 30.0
RETRY_AFTER_SECONDS = 10

TURNS: Slot[Turns] = Slot(lambda: Turns(MOST_WAITING, LONGEST_WAIT_SECONDS))
"""A year of a large restaurant keeps a process busy for seconds: its reports must not do so side by side."""

Table = Literal["totals", "days", "locations", "tenders", "taxes", "items", "hours", "prepTimes", "staff"]
TABLES: tuple[Table, ...] = get_args(Table)


async def report(app: App, asked: Asked, *, for_owner: bool) -> api.SalesReport:
    """Add up the days. `for_owner`: with the addresses of people. A restaurant's reports take turns in a process.

    Raises Problem (REFUSALS): TOO_MANY_REQUESTS where many wait for theirs.
    """
    places = await scope.places_of(app, asked)
    try:
        async with app.memory[TURNS].turn(asked.restaurant_id):
            found = await added_up(app, places)
    except CrowdedError:
        raise Problem(TOO_MANY_REQUESTS, retry_after=RETRY_AFTER_SECONDS) from None
    addresses = await _addresses(app, asked.restaurant_id) if for_owner and found.staff.rows else {}
    return api.SalesReport(
        first_day=min((place.first.isoformat() for place in places), default=asked.first or ""),
        last_day=max((place.last.isoformat() for place in places), default=asked.last or ""),
        totals=totals_of(found.takings.all),
        days=[
            api.DayTotals(date=day.isoformat(), **_totals(taken)) for day, taken in sorted(found.takings.days.items())
        ],
        locations=[
            api.PlaceTotals(location_id=str(place.location.id), name=place.location.name, **_totals(mine.all))
            for place, mine in found.places
        ],
        tenders=tender_totals(found.takings),
        taxes=[api.TaxTotals(tax_percent=rate, **_sums(sums)) for rate, sums in sorted(found.takings.rates.items())],
        items=[
            api.SoldDish(
                menu_item_id=row.id,
                name=row.name,
                sold_count=row.units,
                refunded_count=row.refunded,
                gross_cents=row.cents,
            )
            for row in found.dishes.named(found.names)
        ],
        hours=[
            api.HourOfDay(hour=number, minutes=hour.minutes, orders=hour.orders, total_cents=hour.cents)
            for number, hour in enumerate(found.hours.hours)
        ],
        prep_times=_prep_times(found),
        staff=[
            api.StaffWork(
                actor=actor,
                address=addresses.get(actor, ""),
                orders=work.orders,
                order_total_cents=work.order_cents,
                refunds=work.refunds,
                refunded_cents=work.refund_cents,
                cancels=work.ended,
            )
            for actor, work in sorted(found.staff.rows.items())
        ],
    )


async def table(app: App, asked: Asked, name: Table, *, for_owner: bool) -> bytes:
    """One part of the report as CSV: a line of names, then a line for each row. Raises Problem (REFUSALS)."""
    made = await report(app, asked, for_owner=for_owner)
    part = made.model_dump(by_alias=True)[name]
    rows = [part] if isinstance(part, dict) else part
    model = _MODELS[name]
    names = [field.alias or key for key, field in model.model_fields.items()]
    # Which row it is stands before its amounts.
    names.sort(key=lambda one: one not in _FIRST)
    lines = [line([_without_unit(one) for one in names])]
    lines += [line([_cell(one, row[one]) for one in names]) for row in rows]
    return b"".join(lines)


_FIRST = ("date", "locationId", "name", "taxPercent")
_MODELS: dict[str, type[Reply]] = {
    "totals": api.Totals,
    "days": api.DayTotals,
    "locations": api.PlaceTotals,
    "tenders": api.TenderTotals,
    "taxes": api.TaxTotals,
    "items": api.SoldDish,
    "hours": api.HourOfDay,
    "prepTimes": api.PrepTime,
    "staff": api.StaffWork,
}


def _without_unit(name: str) -> str:
    return name.removesuffix("Cents")


def _cell(name: str, value: object) -> Cell:
    if name.endswith("Cents") and isinstance(value, int):
        return amount(value)
    return value if isinstance(value, int) else str(value)


def _sums(sums: takings.Sums) -> dict[str, int]:
    return {
        "orders": sums.orders,
        "gross_cents": sums.gross,
        "discount_cents": sums.discount,
        "net_cents": sums.net,
        "tax_cents": sums.tax,
        "total_cents": sums.total,
        "tip_cents": sums.tip,
    }


def totals_of(taken: Taken) -> api.Totals:
    """The totals of some days."""
    return api.Totals(**_totals(taken))


def tender_totals(found: takings.Takings) -> list[api.TenderTotals]:
    """A row for each tender, also where nothing was paid so."""
    return [_tender(name, row) for name, row in found.tenders.items()]


def _totals(taken: Taken) -> dict[str, int]:
    return {
        **_sums(taken.sales),
        "refunds": taken.refunded.refunds,
        "refunded_cents": taken.refunded.cents,
        "voids": taken.voids.orders,
        "voided_cents": taken.voids.total,
        "void_taken_cents": taken.voids.taken,
        "void_returned_cents": taken.voids.returned.cents,
    }


def _tender(name: str, row: ByTender) -> api.TenderTotals:
    return api.TenderTotals(
        tender=name,
        orders=row.orders,
        amount_cents=row.cents,
        tipped_orders=row.tipped,
        tip_cents=row.tip,
        returned_cents=row.returned.cents,
        returned_tip_cents=row.returned.tip,
    )


def _prep_times(found: Selling) -> list[api.PrepTime]:
    return [
        api.PrepTime(
            station_id=key,
            name=found.stations[key].name if key in found.stations else "",
            location_id=str(found.stations[key].location_id) if key in found.stations else "",
            orders=found.kitchen.orders(key),
            median_minutes=found.kitchen.minutes(key, 0.5),
            p90_minutes=found.kitchen.minutes(key, 0.9),
        )
        for key in sorted(found.kitchen.tenths)
    ]


async def _addresses(app: App, restaurant_id: str) -> dict[str, str]:
    people = await users.of_restaurant(app.db, restaurant_id)
    return {f"user:{one.user_id}": one.email or one.phone_number or "" for one in people}
