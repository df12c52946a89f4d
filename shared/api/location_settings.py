"""A location's settings, as its people read and change them (contract 45, 46)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Cleaned, Reply, Request, Whole, is_empty
from shared.api.hours import DayHours, WorkingDay
from shared.api.kitchen import AgeingSettings
from shared.api.places import AlertNumber, Contact, Named

Language = Literal["en", "es", "pt"]

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Slug = Annotated[str, Field(max_length=60, pattern=SLUG)]
"""A location's name in addresses: small letters, digits and dashes."""

Languages = Annotated[list[Language], Field(min_length=1, max_length=3)]


class OrderTiming(Reply):
    """The minutes after opening and before closing in which no orders are taken. One that is not stored is left out;
    the location is closed until both are."""

    accept_orders_after_minutes: int | None = Field(None, exclude_if=is_empty)
    stop_orders_before_minutes: int | None = Field(None, exclude_if=is_empty)


class LocationSettings(Reply):
    """All settings of a location. Below manager `alertNumbers` is empty and `contact.email` "".

    `supportedLanguages`: those that its menus are kept in. `staffLanguage`: in which its staff read dishes.
    `businessDayStartsAt`: when its business date changes. `acceptPayment`: diners pay with the order. `ageing`: when an
    order in the kitchen is late.
    """

    id: str = Field(alias="_id")
    restaurant_id: str
    name: str
    location_slug: str
    address: str
    timezone: str
    working_hours: list[WorkingDay]
    order_timing: OrderTiming
    alert_numbers: list[AlertNumber]
    auto_accept_order: bool
    contact: Contact
    is_active: bool
    is_mobile: bool
    supported_languages: list[str]
    staff_language: Language
    accept_within_minutes: int | None
    ready_when_all_done: bool
    ageing: AgeingSettings
    business_day_starts_at: str
    daily_summary: bool = Field(description="Whether its owners get each business day by mail, an hour after its end.")
    accept_payment: bool
    emergepay_wallets_public_id: str


class OrderTimingChange(Request):
    """The minutes after opening and before closing in which no orders are taken. What is left out or null stays."""

    accept_orders_after_minutes: Whole | None = None
    stop_orders_before_minutes: Whole | None = None


class AlertNumberSent(Request):
    """A phone that is told of orders nobody accepts: ten digits, or a number with its + and country code. One without
    an `_id` that is known gets a new one."""

    id: Annotated[str, Field(max_length=128), Cleaned] | None = Field(None, alias="_id")
    phone_number: Annotated[str, Field(max_length=60), Cleaned]


class ContactChange(Request):
    """Where the location is reached. `email` "" is none; left out or null it stays."""

    email: Annotated[str, Field(max_length=400), Cleaned] | None = None


Clearable = Literal["address", "contact.email", "alertNumbers"]


class LocationSettingsChange(Request):
    """What changes of a location; what is left out or null stays, and so does what is sent as it is stored.

    An `address` of "" says nothing, because the existing app sends it unread: `clear` takes it away. `restaurantId` and
    `locationId`, where they are sent, are those of the path.
    """

    restaurant_id: Annotated[str, Field(max_length=128), Cleaned] | None = None
    location_id: Annotated[str, Field(max_length=128), Cleaned] | None = None
    timezone: Annotated[str, Field(max_length=200), Cleaned] | None = None
    working_hours: Annotated[list[DayHours], Field(max_length=200)] | None = None
    order_timing: OrderTimingChange | None = None
    alert_numbers: Annotated[list[AlertNumberSent], Field(max_length=200)] | None = None
    address: Annotated[str, Field(max_length=2000), Cleaned] | None = None
    auto_accept_order: bool | None = None
    contact: ContactChange | None = None
    clear: Annotated[list[Clearable], Field(max_length=3)] = Field(default_factory=list)


class LocationDetailsChange(Request):
    """What a location is. What is left out or null stays. `supportedLanguages` holds `en`."""

    name: Named | None = None
    location_slug: Slug | None = None
    is_mobile: bool | None = None
    supported_languages: Languages | None = None
    staff_language: Language | None = None
    business_day_starts_at: Annotated[str, Field(max_length=40), Cleaned] | None = Field(
        None, description="`HH:MM`, from 00:00 to 12:00: when its business date changes."
    )
    daily_summary: bool | None = Field(None, description="Whether its owners get each business day by mail.")


class NewLocation(LocationDetailsChange):
    """What a new location begins with. What is left out is as it always was."""

    timezone: Annotated[str, Field(max_length=200), Cleaned] | None = None
    address: Annotated[str, Field(max_length=300), Cleaned] | None = None


class ActivityChange(Request):
    """Whether diners and the counter may order there. Open orders go on either way."""

    is_active: bool


class PaymentSettingsChange(Request):
    """How the location takes payment. What is left out or null stays. `emergepayWalletsPublicId` "": no wallets."""

    accept_payment: bool | None = None
    emergepay_wallets_public_id: Annotated[str, Field(max_length=200), Cleaned] | None = None
