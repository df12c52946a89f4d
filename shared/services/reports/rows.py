"""Orders, payments and refunds of some business days, one row for each and never mixed: as pages and CSV (rules 19)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Generic, TypeVar

from bson import ObjectId

from shared.api import sales as api
from shared.api.base import Reply
from shared.app import App
from shared.documents.orders import Order
from shared.documents.payments import Payment
from shared.domain import csv_lines, cursors
from shared.domain.csv_lines import Cell, amount
from shared.domain.hours_texts import zone
from shared.domain.order_amounts import UNKNOWN, amounts_of
from shared.domain.order_states import GIVEN_UP
from shared.domain.refunds import standing
from shared.domain.takings import UNPAID, taken_for, tender_of
from shared.domain.work_times import zone_or_utc
from shared.errors import INVALID_REQUEST, Problem
from shared.services.reports import days, scope
from shared.services.reports.scope import Asked, Place
from shared.services.reports.selling import kinds_of, place_of
from shared.store import payments as stored_payments
from shared.store import reports
from shared.store.reports import PAGE, Position, RefundPlace

REFUSALS = (INVALID_REQUEST, *scope.REFUSALS, *cursors.REFUSALS)

MOST_ROWS = 1000
RECORDED = "recorded"
"""The state of a payment that nobody asks a gateway about."""

RowT = TypeVar("RowT", bound=Reply)


@dataclass(frozen=True, slots=True)
class Group(Generic[RowT]):
    """The rows of one order or of one refund, the cursor behind it, and its location's zone."""

    rows: Sequence[RowT]
    cursor: str
    tz: tzinfo


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as CSV in UTF-8. `next`: where the rows go on that were too many for one answer, else None."""

    body: bytes
    next: str | None


Groups = AsyncIterator[Group[RowT]]


async def page(groups: Groups[RowT], limit: int) -> tuple[list[RowT], str | None]:
    """The rows of the first `limit` groups, and where they go on. Raises Problem (REFUSALS)."""
    rows: list[RowT] = []
    taken, last = 0, None
    async for group in groups:
        if taken == limit:
            return rows, last
        rows += group.rows
        taken, last = taken + 1, group.cursor
    return rows, None


async def table(groups: Groups[RowT], model: type[RowT], *, bom: bool, most: int = csv_lines.BYTES) -> Table:
    """The rows as CSV, at most `most` bytes, with a line of names before them; `bom`: with a mark that says UTF-8.

    Moments have the location's offset, amounts are decimals. Raises Problem (REFUSALS).
    """
    names = [(key, field.alias or key) for key, field in model.model_fields.items()]
    lines = [csv_lines.BOM] if bom else []
    lines.append(csv_lines.line([alias.removesuffix("Cents") for _, alias in names]))
    size, last = sum(map(len, lines)), None
    async for group in groups:
        made = [csv_lines.line([_cell(key, getattr(row, key), group.tz) for key, _ in names]) for row in group.rows]
        size += sum(map(len, made))
        if size > most and last is not None:
            return Table(b"".join(lines), last)
        lines += made
        last = group.cursor
    return Table(b"".join(lines), None)


def _cell(name: str, value: object, tz: tzinfo) -> Cell:
    if isinstance(value, datetime):
        return value.astimezone(tz).isoformat(timespec="milliseconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return amount(value) if name.endswith("_cents") else value
    return str(value)


async def orders(app: App, asked: Asked, *, after: str | None = None, most: int = PAGE) -> Groups[api.OrderRow]:
    """The orders, one group for each, the oldest first, location by location; read `most` at a time."""
    async for place, found in _orders(app, asked, after, most):
        kinds = await kinds_of(app, found)
        for order in found:
            yield _group(place, order, [_order(place, order, tender_of(order, kinds))])


async def payments(app: App, asked: Asked, *, after: str | None = None, most: int = PAGE) -> Groups[api.PaymentRow]:
    """The payments of each order, a group for each order, also for one without; read `most` orders at a time."""
    async for place, found in _orders(app, asked, after, most):
        attempts = await stored_payments.of_previews(app.db, [order.id for order in found])
        for order in found:
            yield _group(place, order, _payments(place, order, attempts.get(order.id, [])))


async def refunds(app: App, asked: Asked, *, after: str | None = None, most: int = PAGE) -> Groups[api.RefundRow]:
    """The refunds that were made in the days, one group for each, the oldest first, location by location."""
    places, parts = await _from(app, asked, after, str)
    seen = None if parts is None else RefundPlace(parts[0], str(parts[1]))
    for place in places:
        while found := await reports.refunds(app.db, place.span, most, after=seen):
            kinds = await kinds_of(app, found)
            for order in found:
                behind = place_of(order)
                rows = [_refund(place, order, tender_of(order, kinds))] if standing(order.refunds) else []
                yield Group(rows, cursors.cursor(str(place.location.id), behind.at, behind.id), _tz(place))
            seen = place_of(found[-1])
            if len(found) < most:
                break
        seen = None


async def _orders(app: App, asked: Asked, after: str | None, most: int) -> AsyncIterator[tuple[Place, list[Order]]]:
    places, parts = await _from(app, asked, after, ObjectId)
    seen = None if parts is None else Position(parts[0], ObjectId(str(parts[1])))
    for place in places:
        while True:
            found = await reports.oldest(app.db, place.span, most, after=seen)
            if found.orders:
                yield place, found.orders
            seen = found.next
            if seen is None:
                break


async def _from(
    app: App, asked: Asked, after: str | None, kind: type
) -> tuple[list[Place], tuple[datetime, object] | None]:
    """The locations from where a cursor stands, and the place in the first of them. Raises Problem (REFUSALS)."""
    places = await scope.places_of(app, asked)
    if after is None:
        return places, None
    at_location, at, key = cursors.parts_of(after, (str, datetime, kind))
    names = [str(place.location.id) for place in places]
    if at_location not in names or not isinstance(at, datetime):
        message = "This is not where a list goes on: send it as it came."
        raise Problem(INVALID_REQUEST, f"after: {message}", detail=[{"field": "after", "message": message}])
    return places[names.index(str(at_location)) :], (at, key)


def _tz(place: Place) -> tzinfo:
    return zone_or_utc(zone(place.location.timezone))


def _group(place: Place, order: Order, rows: Sequence[RowT]) -> Group[RowT]:
    return Group(rows, cursors.cursor(str(place.location.id), order.began_at, order.id), _tz(place))


def _order(place: Place, order: Order, tender: str) -> api.OrderRow:
    amounts = amounts_of(order)
    return api.OrderRow(
        order_id=str(order.id),
        order_code=order.order_code,
        location_id=str(place.location.id),
        business_date=days.date_of(place.location, order.began_at).isoformat(),
        started_at=order.began_at,
        status=order.status,
        origin=order.origin.name,
        tender=tender,
        units=len(order.items),
        gross_cents=amounts.gross,
        discount_cents=amounts.discount,
        net_cents=amounts.net,
        tax_percent=amounts.tax_percent,
        tax_cents=amounts.tax,
        total_cents=amounts.total,
        tip_cents=amounts.tip,
        refunded_cents=order.refunded_cents,
    )


def _payments(place: Place, order: Order, attempts: Sequence[Payment]) -> list[api.PaymentRow]:
    rows = [_attempt(place, order, one) for one in attempts]
    tender = tender_of(order, {one.id: one.kind for one in attempts})
    if tender == UNPAID or (order.payment_id and tender != UNKNOWN):
        return rows
    said = order.counter.history[-1].at if order.counter is not None and order.counter.history else None
    taken = taken_for(order, tender)
    return [
        *rows,
        api.PaymentRow(
            # What paid for an order of the original is a card's token: it is in no answer.
            payment_id="",
            order_id=str(order.id),
            order_code=order.order_code,
            location_id=str(place.location.id),
            business_date=days.date_of(place.location, order.began_at).isoformat(),
            at=said or order.began_at,
            tender=tender,
            state=RECORDED,
            brand="",
            card_tail="",
            amount_cents=taken,
            tip_cents=order.tip_cents,
            captured_cents=taken,
            returned_cents=order.refunded_cents,
            owed_cents=0,
            gateway_id="",
        ),
    ]


def _attempt(place: Place, order: Order, payment: Payment) -> api.PaymentRow:
    captured, kept = payment.captured_cents or 0, payment.kept_cents
    return api.PaymentRow(
        payment_id=payment.id,
        order_id=str(order.id),
        order_code=order.order_code,
        location_id=str(place.location.id),
        business_date=days.date_of(place.location, order.began_at).isoformat(),
        at=payment.began_at,
        tender=payment.kind,
        state=payment.state,
        brand=payment.brand or "",
        card_tail=payment.card_tail or "",
        amount_cents=payment.amount_cents,
        tip_cents=payment.tip_cents,
        captured_cents=captured,
        returned_cents=captured - kept,
        owed_cents=kept - payment.left_cents,
        gateway_id=payment.gateway_id or "",
    )


def _refund(place: Place, order: Order, tender: str) -> api.RefundRow:
    [refund] = order.refunds
    at = place_of(order).at
    return api.RefundRow(
        refund_id=refund.id,
        order_id=str(order.id),
        order_code=order.order_code,
        location_id=str(place.location.id),
        business_date=days.date_of(place.location, at).isoformat(),
        at=at,
        sale_date=days.date_of(place.location, order.began_at).isoformat(),
        sold_at=order.began_at,
        kind="void" if order.status in GIVEN_UP else "refund",
        tender=tender,
        amount_cents=refund.amount_cents,
        tip_cents=refund.tip_cents,
        reason=refund.reason,
        by=refund.by,
        by_hand=refund.by_hand,
    )
