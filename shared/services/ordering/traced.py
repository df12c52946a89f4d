"""One diner's order is one trace: who works for a checkout does it in the trace that the checkout keeps (rules 24.5).

So an activity after a restart, the sweeper and a person's command join the diner's visit.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.checkouts import Claim
from shared.services.ordering import fresh_previews
from shared.store import checkouts
from shared.store.mongo.client import within
from shared.telemetry import events, measures, traces
from shared.telemetry.sink import Span

log = logging.getLogger("orderbuddy.telemetry")

READ_SECONDS = 1.0


async def in_trace(app: App, preview_id: ObjectId, name: str) -> AbstractContextManager[Span]:
    """A span of work for a checkout, in its trace. It reads the trace only where somebody listens."""
    if not traces.on():
        return traces.span(name)
    known = fresh_previews.look(app, preview_id)
    trace = known.checkout.trace if known is not None else await _read(app, preview_id)
    return traces.joined(trace, name, {"orderId": preview_id})


async def _read(app: App, preview_id: ObjectId) -> str | None:
    """The trace that the checkout keeps. None also where the database does not say it soon: work goes on without."""
    try:
        with within(READ_SECONDS):
            return await checkouts.trace_of(app.db, preview_id)
    except PyMongoError as error:
        log.info("the trace of a checkout is not read: %s", type(error).__name__)
        return None


def tell_placed(order: dict[str, Any], claim: Claim | None, now: datetime) -> None:
    """An order was placed just now: the original's measures and events (contract 5.9). Whatever is odd about the order,
    its screens hear of it next."""
    if not traces.on():
        return
    try:
        _tell_placed(order, claim, now)
    except Exception as error:
        log.warning("what was placed is not measured: %s", type(error).__name__)


def _tell_placed(order: dict[str, Any], claim: Claim | None, now: datetime) -> None:
    place = {"restaurantId": order["restaurantId"], "locationId": order["locationId"]}
    items, cents = len(order["items"] or ()), order["totalPriceCents"] or 0
    measures.count("orderCount", 1, place)
    measures.record("orderTotalCents", cents, place)
    measures.record("orderItemsCount", items, place)
    about = {"orderId": order["_id"], "correlationId": order["meta"].get("correlationId"), **place}
    if claim is not None:
        measures.record("placementSeconds", (now - claim.at).total_seconds(), {"kind": claim.kind})
    events.event("create_order_success", about)
    events.event("new_order_placed", {"orderItemsCount": items, "orderTotalCents": cents, **about})
    if order["meta"].get("autoAccept"):
        events.event("auto_accept", about)
    routed = "order_routing_failed" if order["unrouted"] else "order_routed"
    events.event(routed, {"stations": len(order["routing"]), "unrouted": len(order["unrouted"]), **about})
