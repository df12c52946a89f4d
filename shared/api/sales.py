"""What was sold, taken and given back in some business days (rules 19). Amounts are cents. `gross` is before tax and
discount, `net` less the discount, `total` with tax and less the discount; tips are in none of them."""

from __future__ import annotations

from shared.api.base import Instant, Reply


class Sums(Reply):
    """The amounts of some orders. `totalCents` is `netCents` with `taxCents`."""

    orders: int
    gross_cents: int
    discount_cents: int
    net_cents: int
    tax_cents: int
    total_cents: int
    tip_cents: int


class Totals(Sums):
    """Sales, and what was given back in these days, whenever it was sold (`refundedCents`, tips in it).

    Orders that were rejected or cancelled are no sales: `voids` counts them, `voidedCents` is what they had come to
    without tips, `voidTakenCents` what was taken for them, `voidReturnedCents` what was given back for such orders in
    these days.
    """

    refunds: int
    refunded_cents: int
    voids: int
    voided_cents: int
    void_taken_cents: int
    void_returned_cents: int


class DayTotals(Totals):
    """One business day."""

    date: str


class PlaceTotals(Totals):
    """One location."""

    location_id: str
    name: str


class TenderTotals(Reply):
    """One way to pay: card, wallet, cash, card_at_counter; `unknown` to the former server; `unpaid`.

    `amountCents`: what was taken, tips in it, also for orders that were given up; of `unpaid` what is still to be paid.
    `tipCents`: the tips in it, of `tippedOrders`. `returnedCents`: what was given back in these days, with
    `returnedTipCents` in it.
    """

    tender: str
    orders: int
    amount_cents: int
    tipped_orders: int
    tip_cents: int
    returned_cents: int
    returned_tip_cents: int


class TaxTotals(Sums):
    """The orders with one tax rate, in percent; `unknown` where nobody wrote it down."""

    tax_percent: str


class SoldDish(Reply):
    """A dish, over all languages. `grossCents` is before tax and discount. `refundedCount`: units given back since."""

    menu_item_id: str
    name: str
    sold_count: int
    refunded_count: int
    gross_cents: int


class HourOfDay(Reply):
    """An hour of the location's wall, 0 to 23. `minutes`: how long the wall showed it in these days: where clocks
    change, an hour is missing or is shown twice."""

    hour: int
    minutes: int
    orders: int
    total_cents: int


class PrepTime(Reply):
    """How many minutes a station took for its part of an order: from when it was accepted until its last item."""

    station_id: str
    name: str
    location_id: str
    orders: int
    median_minutes: float
    p90_minutes: float


class StaffWork(Reply):
    """What one of the staff did. `actor`: `user:<id>` or `device:<id>`. `address`: of a person, for owners alone.

    Orders that they took at the counter, refunds that they made in these days, and orders that they rejected or
    cancelled.
    """

    actor: str
    address: str
    orders: int
    order_total_cents: int
    refunds: int
    refunded_cents: int
    cancels: int


class SalesReport(Reply):
    """Some business days, of one location or of all; the first and the last are included."""

    first_day: str
    last_day: str
    totals: Totals
    days: list[DayTotals]
    locations: list[PlaceTotals]
    tenders: list[TenderTotals]
    taxes: list[TaxTotals]
    items: list[SoldDish]
    hours: list[HourOfDay]
    prep_times: list[PrepTime]
    staff: list[StaffWork]


class OrderRow(Reply):
    """One order. `refundedCents`: what was given back of it until now. `businessDate`: of its location."""

    order_id: str
    order_code: str
    location_id: str
    business_date: str
    started_at: Instant
    status: str
    origin: str
    tender: str
    units: int
    gross_cents: int
    discount_cents: int
    net_cents: int
    tax_percent: str
    tax_cents: int
    total_cents: int
    tip_cents: int
    refunded_cents: int


class PaymentRow(Reply):
    """One payment of an order: each attempt by card or wallet, or what was taken at the counter (`paymentId` is "").

    `capturedCents`: what was taken, `returnedCents` what of it went back, `owedCents` what is promised to go back.
    """

    payment_id: str
    order_id: str
    order_code: str
    location_id: str
    business_date: str
    at: Instant
    tender: str
    state: str
    brand: str
    card_tail: str
    amount_cents: int
    tip_cents: int
    captured_cents: int
    returned_cents: int
    owed_cents: int
    gateway_id: str


class RefundRow(Reply):
    """One refund, on the day it was made. `kind`: `void` where the order was rejected or cancelled. `saleDate`: the
    business date of the order. `amountCents` has `tipCents` in it. `byHand`: staff gave it back outside."""

    refund_id: str
    order_id: str
    order_code: str
    location_id: str
    business_date: str
    at: Instant
    sale_date: str
    sold_at: Instant
    kind: str
    tender: str
    amount_cents: int
    tip_cents: int
    reason: str
    by: str
    by_hand: bool


class OrderRows(Reply):
    """Orders, the oldest first, location by location. `next`: send it as `after`; null where there are no more."""

    data: list[OrderRow]
    next: str | None


class PaymentRows(Reply):
    """The payments of some orders, the oldest order first. `next`: send it as `after`; null where there are no more."""

    data: list[PaymentRow]
    next: str | None


class RefundRows(Reply):
    """Refunds, the oldest first, location by location. `next`: send it as `after`; null where there are no more."""

    data: list[RefundRow]
    next: str | None
