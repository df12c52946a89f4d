"""A printer's tickets as staff see them, and one printed again (rules 20)."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from shared.api import printing as api
from shared.app import App
from shared.documents.printing import PrintJob
from shared.domain.cursors import cursor, parts_of
from shared.errors import INVALID_REQUEST, TOO_MANY_OF_THEM, Problem
from shared.ids import object_id
from shared.services.printing import printers
from shared.services.printing.printers import At
from shared.services.trail import writing as trail
from shared.store import orders, print_jobs
from shared.store.mongo.client import Session

LIST_REFUSALS = (*printers.REFUSALS, INVALID_REQUEST)
AGAIN_REFUSALS = (*printers.REFUSALS, INVALID_REQUEST, TOO_MANY_OF_THEM)

MAX_WAITING = 200
"""Where so many tickets wait for a printer, nobody needs another copy."""


async def page(
    app: App, restaurant_id: str, location_id: str, printer_id: str, *, limit: int, after: str | None
) -> tuple[list[api.PrintJob], str | None]:
    """Some of a printer's tickets of the last day, the newest first, and where older ones begin.

    Raises Problem (LIST_REFUSALS).
    """
    printer = await printers.of_location(app, restaurant_id, location_id, printer_id)
    before = None if after is None else _before(after)
    found = await print_jobs.page(app.db, printer.id, limit + 1, before)
    shown = found[:limit]
    following = cursor(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
    return [_shown(job) for job in shown], following


def _before(after: str) -> tuple[datetime, ObjectId]:
    at, last = parts_of(after, [datetime, ObjectId])
    if not isinstance(at, datetime) or not isinstance(last, ObjectId):
        raise Problem(INVALID_REQUEST, "after: This is not where a list goes on: send it as it came.")
    return at, last


async def again(app: App, at: At, printer_id: str, order_id: str) -> api.PrintJob:
    """Print an order's ticket again, with COPY on it. Raises Problem (AGAIN_REFUSALS)."""
    printer = await printers.of_location(app, at.restaurant_id, at.location_id, printer_id)
    key = object_id(order_id)
    order = None if key is None else await orders.of_location(app.db, at.restaurant_id, at.here, key)
    if order is None:
        message = "This is no order of the location."
        raise Problem(INVALID_REQUEST, f"orderId: {message}", detail=[{"field": "orderId", "message": message}])
    now = app.clock.now()
    waiting = await print_jobs.count_waiting(app.db, [printer.id], now)
    if waiting.get(printer.id, 0) >= MAX_WAITING:
        raise Problem(TOO_MANY_OF_THEM)
    of_order = {
        "_id": order.id,
        "restaurantId": order.restaurant_id,
        "locationId": order.location_id,
        "orderCode": order.order_code,
    }
    made = print_jobs.document(printer.id, of_order, at=now, by=at.actor.by, copy=True)

    async def body(session: Session) -> None:
        await print_jobs.insert(app.db, [made], session)
        await trail.leave(
            app,
            session,
            at.actor,
            restaurant_id=at.restaurant_id,
            location_id=at.here,
            action="ticket.printed_again",
            target=("order", str(order.id)),
            after={"printerId": str(printer.id)},
            request_id=at.request_id,
        )

    await trail.changing(app, at.restaurant_id, body)
    return _shown(PrintJob.model_validate(made))


def _shown(job: PrintJob) -> api.PrintJob:
    return api.PrintJob(
        id=str(job.id),
        order_id=str(job.order_id),
        order_code=job.order_code,
        state=job.state,
        copy=job.copy_ or job.doubt,
        tries=job.sends,
        problem=job.problem,
        created_at=job.created_at,
        printed_at=job.printed_at,
    )
