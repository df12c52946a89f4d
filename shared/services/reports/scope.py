"""Of which locations and which days a report is (rules 19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.app import App
from shared.documents.places import Location
from shared.errors import INVALID_REQUEST, Problem
from shared.services.reports import days
from shared.store import locations
from shared.store.reports import Span

REFUSALS = (*days.REFUSALS, INVALID_REQUEST)

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks for. `location_id` None: all of the restaurant's. `first`, `last`: dates, both included; None
    is today."""

    restaurant_id: str
    location_id: str | None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One location, with its own days and the moments that they span."""

    location: Location
    first: date
    last: date

    @property
    def span(self) -> Span:
        """The moments of its days."""
        return days.span_of(self.location, self.first, self.last)

    @property
    def dates(self) -> Iterator[date]:
        """Its days, the first first."""
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


async def places_of(app: App, asked: Asked) -> list[Place]:
    """The locations, each with its days. Raises Problem (REFUSALS)."""
    if asked.location_id is not None:
        found: Sequence[Location] = [await days.location_of(app, asked.restaurant_id, asked.location_id)]
    else:
        found = await locations.of_restaurant(app.db, asked.restaurant_id)
    return [_place(app, location, asked) for location in found]


def _place(app: App, location: Location, asked: Asked) -> Place:
    today = days.today(location, app.clock.now())
    last = today if asked.last is None else days.read(location, asked.last, "to")
    first = min(today, last) if asked.first is None else days.read(location, asked.first, "from")
    if not 0 <= (last - first).days < MOST_DAYS:
        message = f"Ask for 1 to {MOST_DAYS} days: both dates are included."
        raise Problem(INVALID_REQUEST, f"to: {message}", detail=[{"field": "to", "message": message}])
    return Place(location, first, last)
