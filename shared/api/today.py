"""A restaurant's day as it stands now (rules 19). Amounts are cents."""

from __future__ import annotations

from pydantic import Field

from shared.api.base import Instant, Reply
from shared.api.sales import TenderTotals, Totals


class SoldOutDish(Reply):
    """A dish that cannot be ordered."""

    name: str
    location_id: str


class TodayPlace(Reply):
    """One location today. `openOrders`: those that are not handed over, of earlier days, too. `unpaidCents`: what is
    still to be paid of today's orders. `attention`: how many things need somebody."""

    location_id: str
    name: str
    business_date: str
    open_orders: int
    unpaid_orders: int
    unpaid_cents: int
    attention: int
    sold_out: int
    orders: int
    total_cents: int


class DayOfMonth(Reply):
    """One of the last 30 business days. `totalCents`: with tax, less discounts, without tips and what was given up."""

    date: str
    orders: int
    total_cents: int


class Today(Reply):
    """The day of one location, or of all. `soldOut` names at most 100 dishes."""

    at: Instant
    business_date: str
    open_orders: int
    unpaid_orders: int
    unpaid_cents: int
    attention: int
    sold_out: list[SoldOutDish] = Field(max_length=100)
    totals: Totals
    tenders: list[TenderTotals]
    locations: list[TodayPlace]
    month: list[DayOfMonth]
