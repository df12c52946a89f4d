"""Screens put an order before all others, and take one off that was given up (rules 23)."""

from __future__ import annotations

from shared.api.orders import OrderMoved
from shared.documents.orders import Order, StationMark
from shared.domain.order_documents import Change
from shared.domain.order_states import ACCEPTED, CREATED, GIVEN_UP
from shared.services.kitchen import acting
from shared.services.kitchen.acting import Act
from shared.services.orders import history, moving
from shared.services.telling import outbox
from shared.store.mongo.client import Session

REFUSALS = (*moving.REFUSALS, *acting.REFUSALS)

_WAITING = (CREATED, ACCEPTED)


async def rush(act: Act, order_id: str, *, wanted: bool) -> OrderMoved:
    """Put an order before all others on every screen, or back into its row; again, it changes nothing.

    Raises Problem (REFUSALS); ORDER_MOVED where the kitchen has nothing to do for it any more.
    """
    order = await act.order(order_id)

    def is_so(there: Order) -> bool:
        if there.status not in _WAITING:
            raise moving.moved_on(there)
        return (there.rushed_at is not None) == wanted

    async def body(session: Session, there: Order) -> Order:
        now = act.app.clock.now()
        row = Change("order_rushed" if wanted else "order_unrushed", act.told(there), act.by)
        return await history.change(
            act.app, there, [row], {"rushedAt": now if wanted else None}, at=now, session=session
        )

    return await _done(act, order, await history.in_turn(act.app, order.id, is_so, body))


async def dismiss(act: Act, order_id: str) -> OrderMoved:
    """Take an order that was given up off this screen; again, it changes nothing.

    Raises Problem (REFUSALS); ORDER_MOVED where the order goes on.
    """
    order = await act.order(order_id)

    def is_so(there: Order) -> bool:
        if there.status not in GIVEN_UP:
            raise moving.moved_on(there)
        mark = act.screen.of_order(there).mark
        return mark is not None and mark.dismissed_at is not None

    async def body(session: Session, there: Order) -> Order:
        now = act.app.clock.now()
        mark = StationMark(station_id=act.screen.id, dismissed_at=now)
        marks = act.screen.of_order(there).marked(mark)
        row = Change("order_dismissed", act.told(there), act.by)
        return await history.change(act.app, there, [row], {"stationMarks": marks}, at=now, session=session)

    return await _done(act, order, await history.in_turn(act.app, order.id, is_so, body))


async def _done(act: Act, before: Order, order: Order) -> OrderMoved:
    if order.version != before.version:
        await outbox.publish_after_commit(act.app, order.id)
    return OrderMoved(order_id=str(order.id), status=order.status, seq=order.version or 0)
