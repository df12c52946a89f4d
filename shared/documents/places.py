"""Restaurants and what belongs to them: locations, origins, stations, campaigns (contract 2.1 to 2.6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.documents.base import (
    Document,
    Flag,
    Moment,
    Part,
    PartOrNone,
    Rows,
    StoredId,
    Text,
    TextOrNone,
    Texts,
    TextsOrNone,
    Whole,
    WholeOrAbsent,
    WholeOrNone,
)
from shared.documents.languages import StoredLanguage


class Restaurant(Document):
    """The business; its id is text."""

    id: Text = Field(alias="_id")
    name: Text = ""
    concept: Text = ""
    logo: TextOrNone = None


class StoredRestaurant(Restaurant):
    """A restaurant with all that it says of itself."""

    tagline: Text = ""
    website: Text = ""
    created_at: Moment = None
    updated_at: Moment = None


class PaymentSettings(Document):
    """How a location takes payment. The merchant's credentials stay out of this class on purpose."""

    accept_payment: Flag = False
    emergepay_wallets_public_id: Text = ""


class Period(Document):
    """From when to when, `HH:MM` in the location's time zone."""

    start_time: TextOrNone = None
    end_time: TextOrNone = None


class WorkingDay(Document):
    """One weekday's hours, `HH:MM` in the location's time zone; a weekday may have several rows.

    The original knows one period, `start_time` to `end_time`. Where there are `periods`, they count instead.
    """

    day: Text = ""
    is_open: Flag = False
    start_time: TextOrNone = None
    end_time: TextOrNone = None
    periods: Annotated[list[Period], Rows] = Field(default_factory=list)


class OrderTiming(Document):
    """The minutes after opening and before closing in which no orders are taken.

    Null is 0. Where one of them is absent, the location is closed, as with the original (contract 3.7).
    """

    accept_orders_after_minutes: WholeOrAbsent = None
    stop_orders_before_minutes: WholeOrAbsent = None


class SpecialDay(Document):
    """A date with its own hours, in the place of its weekday's. `date`: `2026-12-25`, in the location's calendar.

    `closed`, or nothing in `periods` that can be read: no hours. `name`: what its people call the day.
    """

    date: Text = ""
    closed: Flag = False
    periods: Annotated[list[Period], Rows] = Field(default_factory=list)
    name: Text = ""


class PaceRow(Document):
    """What holds on these weekdays from one time to another, `HH:MM` in the location's time zone: diners' orders are
    paused, or orders are ready so many minutes later, or both."""

    days: Texts = Field(default_factory=list)
    from_: Text = Field("", alias="from")
    to: Text = ""
    pause: Flag = False
    wait_minutes: WholeOrNone = None


class PaceSettings(Document):
    """How fast a location takes orders. `timezone` is an IANA name.

    `paused_until`: until then diners cannot order. `wait_minutes`: so much later orders are ready than the kitchen's
    pace says. `pace_schedule`: what holds at times of the week besides.
    """

    timezone: Text = ""
    paused_until: Moment = None
    wait_minutes: Whole = 0
    pace_schedule: Annotated[list[PaceRow], Rows] = Field(default_factory=list)


class StoredPrinter(Document):
    """A printer of a location. `ip` is where one in its own network is called.

    Of one that asks us for its tickets (type `cloudprnt` or `epson`): `station_ids`: those whose orders it prints; none
    means all of the location. `copies`: how many of each ticket. `language`: of the words on it; "" is the location's
    own. `paper_width`: millimetres. `when`: `created` or `accepted`.
    """

    id: StoredId = ""
    type: Text = ""
    ip: Text = ""
    name: Text = ""
    station_ids: Texts = Field(default_factory=list)
    copies: WholeOrNone = None
    language: Text = ""
    paper_width: WholeOrNone = None
    when: Text = ""


class AgeingLimits(Document):
    """After how many minutes an order on a kitchen screen is to be hurried, and after how many it is late."""

    warn_minutes: Whole = 0
    late_minutes: Whole = 0


class AgeingOfOrigin(AgeingLimits):
    """The limits of orders from origins of one type, such as `table`."""

    type: Text = ""


class Ageing(AgeingLimits):
    """A location's limits, and those of some types of origins."""

    by_origin: Annotated[list[AgeingOfOrigin], Rows] = Field(default_factory=list)


class Location(PaceSettings):
    """A place that takes orders. `staff_language`: in which language its staff read dishes and choices, whatever the
    diner's.

    `accept_within_minutes`: after so long without an answer its people are told of an order; None: never.
    `ready_when_all_done`: an order is ready with its last item. `business_day_starts_at`: the time of the day, `HH:MM`,
    at which its business date changes. `version`: how often it was changed. `printers`: what its orders are printed on.
    `expo_seen_at`: when a screen of the whole location was seen last, to a minute (rules 22).
    `ageing`: when an order in the kitchen is late; None: as usual.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_slug: Text = ""
    name: Text = ""
    is_active: Flag = False
    auto_accept_order: Flag = False
    payment: Annotated[PaymentSettings, Part] = PaymentSettings()
    working_hours: Annotated[list[WorkingDay], Rows] = Field(default_factory=list)
    special_days: Annotated[list[SpecialDay], Rows] = Field(default_factory=list)
    order_timing: Annotated[OrderTiming, Part] = OrderTiming()
    staff_language: StoredLanguage = "en"
    accept_within_minutes: WholeOrNone = 5
    ready_when_all_done: Flag = False
    business_day_starts_at: Text = "00:00"
    ageing: Annotated[Ageing | None, PartOrNone] = None
    version: Whole = 0
    printers: Annotated[list[StoredPrinter], Rows] = Field(default_factory=list)
    expo_seen_at: Moment = None


class Contact(Document):
    """Where a location is reached."""

    email: Text = ""


class AlertNumber(Document):
    """A phone that is told of orders nobody accepts."""

    id: StoredId = Field("", alias="_id")
    phone_number: Text = ""


class StoredLocation(Location):
    """A location with what its own people read besides. `daily_summary`: its owners get each day by mail."""

    is_mobile: Flag = False
    supported_languages: Texts = Field(default_factory=list)
    address: Text = ""
    contact: Annotated[Contact, Part] = Contact()
    alert_numbers: Annotated[list[AlertNumber], Rows] = Field(default_factory=list)
    daily_summary: Flag = False


class StoredPrinters(Document):
    """What is read of a location for its printers."""

    printers: Annotated[list[StoredPrinter], Rows] = Field(default_factory=list)


class Origin(Document):
    """Where a code hangs: a table, a parking space, a campaign's poster."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    label: Text = ""
    type: Text = ""


class StationTags(Document):
    """A station as routing needs it: it cooks the items that share one of its tags."""

    id: StoredId = Field(alias="_id")
    tags: Texts = Field(default_factory=list)


class KitchenPrinter(Document):
    """A printer that asks us for its tickets, as placing and accepting an order need it: for which stations' orders
    (none: all), and `when`, `created` or `accepted`."""

    id: StoredId
    station_ids: Texts = Field(default_factory=list)
    when: Text = ""


class Kitchen(Document):
    """How a location handles an order.

    `auto_accepts`: it accepts each order by itself. `timezone`: the zone in which its day begins (an IANA name).
    `stations`: who cooks. `accept_within_minutes`: after so long without an answer its people are told; None: never.
    `business_day_starts_at`: when its business day begins, `HH:MM`.
    `printers`: those that ask us for its tickets. `screens_seen_at`: when any of its screens was seen last.
    """

    auto_accepts: bool
    timezone: str
    stations: list[StationTags]
    accept_within_minutes: WholeOrNone = 5
    business_day_starts_at: Text = "00:00"
    printers: list[KitchenPrinter] = Field(default_factory=list)
    screens_seen_at: Moment = None


class Station(StationTags):
    """A place in the kitchen with a screen of its own. `screen_seen_at`: when one was seen last, to a minute."""

    restaurant_id: Text = ""
    location_id: StoredId = ""
    name: Text = ""
    screen_seen_at: Moment = None


class Reward(Document):
    """What a campaign gives: cents off the taxed total, or percent of the dishes together with their tax.

    `category_ids`: of dishes in these sections only; None: of all.
    """

    flat_off_cents: Whole = 0
    percent_off: WholeOrNone = None
    category_ids: TextsOrNone = None


class Campaign(Document):
    """A discount for everyone who comes by its origin.

    `max_uses`, `per_phone`, `starts_at` and `ends_at` (UTC): None without a limit. `per_phone`: how many orders of one
    phone number may have it. `uses`: how many orders had it.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    origin_id: StoredId = ""
    name: Text = ""
    type: Text = ""
    reward: Annotated[Reward, Part] = Reward()
    is_active: Flag = False
    max_uses: WholeOrNone = None
    per_phone: WholeOrNone = None
    uses: Whole = 0
    starts_at: Moment = None
    ends_at: Moment = None


class StoredCampaign(Campaign):
    """A campaign with what its own people read besides."""

    created_at: Moment = None
    updated_at: Moment = None
    version: Whole = 0
