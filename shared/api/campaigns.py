"""A location's campaigns, as its people read and change them (contract 42 to 44, rules 18)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shared.api.base import Cleaned, Date, Id, Instant, Reply, Request, Whole, is_empty

MOST_CENTS = 1_000_000
MOST_USES = 1_000_000

Named = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), Cleaned]
Uses = Annotated[Whole, Field(ge=1, le=MOST_USES)]
Kind = Literal["flat", "percent"]


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[Date, BeforeValidator(_day)]
"""A date of the location, such as 2026-05-04."""


class NewReward(Request):
    """What is given: `flatOffCents`, or `percentOff` of all dishes, or of those in some sections of the menu."""

    flat_off_cents: Annotated[Whole, Field(ge=1, le=MOST_CENTS)] | None = None
    percent_off: Annotated[Whole, Field(ge=1, le=100)] | None = None
    category_ids: Annotated[list[Id], Field(min_length=1, max_length=100)] | None = None


class NewCampaign(Request):
    """A campaign; its code is made with it. `startsOn`, `endsOn`: days of the location, both included."""

    name: Named
    type: Kind
    reward: NewReward
    is_active: bool = True
    max_uses: Uses | None = None
    per_phone: Uses | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None


class CampaignChange(Request):
    """What is to be another; what is left out stays. null takes a limit away."""

    name: Named | None = None
    is_active: bool | None = None
    max_uses: Uses | None = None
    per_phone: Uses | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None


class Reward(Reply):
    """What a campaign gives. `flatOffCents` is always there: 0 where it gives percent."""

    flat_off_cents: int
    percent_off: int | None = Field(None, exclude_if=is_empty)
    category_ids: list[str] | None = Field(None, exclude_if=is_empty)


class Campaign(Reply):
    """A campaign. `uses`: how many orders had it. `startsAt`, `endsAt`: when its first day begins and its last one
    ends."""

    id: str = Field(alias="_id")
    restaurant_id: str
    location_id: str
    origin_id: str
    name: str
    type: str
    reward: Reward
    is_active: bool
    max_uses: int | None
    per_phone: int | None
    uses: int
    starts_at: Instant | None
    ends_at: Instant | None
    created_at: Instant | None
    updated_at: Instant | None


class CampaignSummary(Reply):
    """What the orders of a campaign's code came to, whatever became of them, in cents.

    The average is rounded half up.
    """

    total_orders: int
    gross_sales_cents: int
    total_customers: int
    avg_order_value_cents: int
