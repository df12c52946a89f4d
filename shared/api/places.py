"""Restaurants, their locations and printers, as the restaurant's own people read and change them (contract 19, 20, 30,
31, 49, 50)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Instant, Reply, Request
from shared.api.hours import WorkingDay

Named = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), Cleaned]
"""A name that somebody gives, never blank."""


class Contact(Reply):
    """Where the location is reached. `email` is "" below manager."""

    email: str


class AlertNumber(Reply):
    """A phone that is told of orders nobody accepts."""

    id: str = Field(alias="_id")
    phone_number: str


class StaffLocation(Reply):
    """A location as its people see it. Below manager `alertNumbers` is empty and `contact.email` "".

    `pausedUntil`: until then diners cannot order. `waitMinutes`: so many minutes later orders are ready.
    """

    id: str = Field(alias="_id")
    location_slug: str
    name: str
    is_mobile: bool
    address: str
    contact: Contact
    working_hours: list[WorkingDay]
    timezone: str
    alert_numbers: list[AlertNumber]
    paused_until: Instant | None
    wait_minutes: int


class CreatedLocation(StaffLocation):
    """A new location. It takes no payment and has no opening hours yet, so diners cannot order."""

    restaurant_id: str
    is_active: bool
    accept_payment: bool
    auto_accept_order: bool
    created_at: Instant


class RestaurantDetails(Reply):
    """A restaurant's own words about itself. All are text, "" where nothing is known, `createdAt` too."""

    id: str = Field(alias="_id")
    name: str
    concept: str
    logo: str
    tagline: str
    website: str
    created_at: str
    updated_at: str


class RestaurantChange(Request):
    """What changes of a restaurant; what is left out or null stays."""

    name: Named | None = None
    concept: Annotated[str, Field(max_length=200), Cleaned] | None = None
    logo: Annotated[str, Field(max_length=2000), Cleaned] | None = None
    tagline: Annotated[str, Field(max_length=300), Cleaned] | None = None
    website: Annotated[str, Field(max_length=500), Cleaned] | None = None


class NewPrinter(Request):
    """A printer in the location's own network. The app prints new orders on the one called `orders`."""

    ip: Named
    name: Named


class PrinterEdit(Request):
    """What changes of a printer; what is left out or null stays. Only one in the location's own network has an `ip`."""

    ip: Named | None = None
    name: Named | None = None


class Printer(Reply):
    """A printer. No text is empty: clients refuse the whole list else."""

    id: str
    type: str
    ip: str
    name: str
