"""An order changes: the order itself and the rows that tell of it, in one transaction (rules 6, 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.app import App
from shared.documents.orders import Order
from shared.domain.order_documents import Change
from shared.store import order_events, orders
from shared.store.mongo.client import Session


async def change(
    app: App,
    order: Order,
    changes: Sequence[Change],
    fields: Mapping[str, Any],
    *,
    at: datetime,
    session: Session,
    only: Sequence[Mapping[str, Any]] = (),
) -> Order:
    """Write the fields and one row for each change, and return the order with its new version and status.

    `only`: which items a path with `$[...]` means. Raises MovedError where the order was changed since it was seen.
    """
    seen = order.version or 0
    await orders.change(app.db, order, fields, rows=len(changes), at=at, session=session, only=only)
    whose = {"_id": order.id, "restaurantId": order.restaurant_id, "locationId": order.location_id}
    rows = [
        order_events.row(whose, seq, one.kind, one.payload, by=one.by, at=at)
        for seq, one in enumerate(changes, start=seen + 1)
    ]
    await order_events.insert(app.db, rows, session)
    update = {"version": seen + len(changes), "updated_at": at, "status": fields.get("status", order.status)}
    return order.model_copy(update=update)
