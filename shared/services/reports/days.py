"""Business days of a location, and the moments between which its orders of a day were placed (rules 19)."""

from __future__ import annotations

import re
from datetime import date, datetime

from shared.api.base import FIRST_YEAR, LAST_YEAR
from shared.app import App
from shared.documents.places import Location
from shared.domain.business_days import business_date, day_bounds
from shared.domain.hours_texts import zone
from shared.errors import INVALID_REQUEST, LOCATION_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.store import places
from shared.store.reports import Span

REFUSALS = (LOCATION_NOT_FOUND, INVALID_REQUEST)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


async def location_of(app: App, restaurant_id: str, location_id: str) -> Location:
    """The location. Raises Problem (REFUSALS)."""
    found = await places.location(app.db, restaurant_id, stored_id(location_id))
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return found


def today(location: Location, now: datetime) -> date:
    """The business date of now."""
    return date_of(location, now)


def date_of(location: Location, moment: datetime) -> date:
    """The business date of a moment."""
    return business_date(location.timezone, location.business_day_starts_at, moment)


def span_of(location: Location, first: date, last: date) -> Span:
    """The moments of the business days from `first` to `last`, both included."""
    since, _ = day_bounds(location.timezone, location.business_day_starts_at, first)
    _, until = day_bounds(location.timezone, location.business_day_starts_at, last)
    return Span(location.restaurant_id, location.id, since, until)


def read(location: Location, text: str, field: str) -> date:
    """The day that a caller names: a plain date is the location's own; a moment, by its business date there. One
    without an offset is read on the location's wall. Raises Problem INVALID_REQUEST, which names the field."""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
        else:
            # In an address a plus sign may have become a blank.
            moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            day = date_of(location, moment if moment.tzinfo else moment.replace(tzinfo=zone(location.timezone)))
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError("no year of ours")
    except (ValueError, OverflowError):
        message = "This is a date such as 2026-03-08, or a moment with its offset."
        raise Problem(INVALID_REQUEST, f"{field}: {message}", detail=[{"field": field, "message": message}]) from None
    return day
