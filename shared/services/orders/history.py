"""An order changes: the order itself and the rows that tell of it, in one transaction (rules 6, 13).

Changes of one order take turns in a process: of transactions that want the same document all but one are in vain.
Between processes the compare-and-set decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.orders import Order
from shared.domain.order_documents import Change
from shared.errors import UNAVAILABLE, Problem
from shared.memory.slots import Slot
from shared.memory.turns import CrowdedError, Turns
from shared.store import order_events, orders
from shared.store.mongo.client import MovedError, Session, Tries, transaction
from shared.telemetry import traces

MOST_WAITING = 200
LONGEST_WAIT_SECONDS = 8.0

TURNS: Slot[Turns] = Slot(lambda: Turns(MOST_WAITING, LONGEST_WAIT_SECONDS))


async def in_turn(
    app: App, order_id: ObjectId, is_so: Callable[[Order], bool], body: Callable[[Session, Order], Awaitable[Order]]
) -> Order:
    """Change an order once it is its turn, and return it as it is then.

    `is_so`: whether there is nothing to change; it raises what is refused, and is asked first without a transaction,
    then by what the transaction has read. `body`: writes the change of the order that it is given. It runs again where
    a document moved meanwhile. Raises Problem UNAVAILABLE.
    """

    async def changed(session: Session) -> Order:
        order = await orders.the(app.db, order_id, session)
        return order if is_so(order) else await body(session, order)

    try:
        async with app.memory[TURNS].turn(order_id):
            async for _ in Tries():
                order = await orders.the(app.db, order_id)
                if is_so(order):
                    return order
                try:
                    with traces.joined(order.trace, "change order", {"orderId": order_id}):
                        return await transaction(app.db, changed)
                except MovedError:
                    continue
    except CrowdedError:
        pass
    raise Problem(UNAVAILABLE, retry_after=1)


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
    whose = order_events.whose_of(order)
    rows = [
        order_events.row(whose, seq, one.kind, one.payload, by=one.by, at=at, reaches=app.reaches)
        for seq, one in enumerate(changes, start=seen + 1)
    ]
    await order_events.insert(app.db, rows, session)
    update = {"version": seen + len(changes), "updated_at": at, "status": fields.get("status", order.status)}
    return order.model_copy(update=update)
