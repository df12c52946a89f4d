"""A screen finishes its part of an order, or brings it back (rules 13, 23).

What decides is read inside the transaction that writes the move and its rows. So of two screens that finish the last
items at once, exactly one makes the order ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.api import kitchen as api
from shared.documents.orders import Order, OrderItem, StationMark
from shared.documents.screens import EXPO
from shared.domain.on_screen import OnScreen
from shared.domain.order_documents import Change
from shared.domain.order_states import ACCEPTED, PICKED_UP, READY_FOR_PICKUP
from shared.domain.screens import expo_watches
from shared.errors import ITEMS_NOT_DONE, Problem
from shared.services.kitchen import acting
from shared.services.kitchen.acting import Act
from shared.services.orders import history, moving
from shared.services.orders.moving import Wish
from shared.services.telling import outbox
from shared.store.mongo.client import Session

RECALL_REFUSALS = (*moving.REFUSALS, *acting.REFUSALS)
BUMP_REFUSALS = (*RECALL_REFUSALS, ITEMS_NOT_DONE)

_FINISHED = (READY_FOR_PICKUP, PICKED_UP)
_NAMED = 10
"""How many items that are not done are named."""


async def bump(act: Act, wanted: api.Bump) -> api.Bumped:
    """Finish all that the screen has of an order; again, it changes nothing.

    The order is ready with its last item, where the location wants it or has no expo screen that somebody watches. A
    bump of expo makes it ready in any case. Raises Problem (BUMP_REFUSALS).
    """
    order = await act.order(wanted.order_id)
    nobody_waits = act.screen.location.ready_when_all_done or not expo_watches(act.screen.location, act.app.clock.now())
    done: list[str] = []

    def makes_ready(on_screen: OnScreen) -> bool:
        if on_screen.screen == EXPO:
            return True
        finished = {item.id for item in on_screen.to_bump()}
        return nobody_waits and all(item.id in finished for item in on_screen.undone)

    def is_so(there: Order) -> bool:
        done.clear()
        on_screen = act.screen.of_order(there)
        if there.status in _FINISHED:
            return True
        if there.status != ACCEPTED:
            raise moving.moved_on(there)
        if on_screen.bumped_at is not None and not makes_ready(on_screen):
            return True
        if moving.passed(there, wanted.seq):
            raise moving.moved_on(there)
        if on_screen.screen == EXPO and on_screen.undone and not wanted.force:
            raise _not_done(on_screen.undone)
        return False

    async def body(session: Session, there: Order) -> Order:
        on_screen, now = act.screen.of_order(there), act.app.clock.now()
        finished = [item.id for item in on_screen.to_bump()]
        done[:] = finished
        mark = on_screen.marked(StationMark(station_id=on_screen.screen, bumped_at=now))
        if makes_ready(on_screen):
            return await moving.make(
                act.app,
                there,
                Wish(READY_FOR_PICKUP),
                act.told(there),
                by=act.by,
                session=session,
                also={"stationMarks": mark},
            )
        return await _change(
            act,
            there,
            session,
            at=now,
            items=finished,
            item_kind="item_completed",
            completed_at=now,
            marks=mark,
            kind="station_bumped",
        )

    return await _done(act, order, done, await history.in_turn(act.app, order.id, is_so, body))


async def recall(act: Act, order_id: str) -> api.Bumped:
    """Bring an order back to the screen, its items to be made again.

    One that is ready comes back on all its screens, for 60 minutes. Else only what this screen finished is opened
    again; where it has not finished all, nothing changes. Raises Problem (RECALL_REFUSALS).
    """
    order = await act.order(order_id)
    opened: list[str] = []

    def is_so(there: Order) -> bool:
        opened.clear()
        if there.status == READY_FOR_PICKUP:
            moving.hold_recall(there, act.app.clock.now())
            return False
        if there.status != ACCEPTED:
            raise moving.moved_on(there)
        return not act.screen.of_order(there).to_reopen()

    async def body(session: Session, there: Order) -> Order:
        on_screen, now = act.screen.of_order(there), act.app.clock.now()
        if there.status == READY_FOR_PICKUP:
            opened[:] = [item.id for item in there.items if item.completed_at is not None]
            also = {"items.$[].completedAt": None} if opened else {}
            wish = Wish(ACCEPTED, recall=True)
            return await moving.make(act.app, there, wish, act.told(there), by=act.by, session=session, also=also)
        opened[:] = [item.id for item in on_screen.to_reopen()]
        return await _change(
            act,
            there,
            session,
            at=now,
            items=opened,
            item_kind="item_reopened",
            completed_at=None,
            marks=on_screen.marked(StationMark(station_id=on_screen.screen, recalled_at=now)),
            kind="station_recalled",
        )

    return await _done(act, order, opened, await history.in_turn(act.app, order.id, is_so, body))


async def _change(
    act: Act,
    order: Order,
    session: Session,
    *,
    at: datetime,
    items: Sequence[str],
    item_kind: str,
    completed_at: datetime | None,
    marks: list[dict[str, Any]],
    kind: str,
) -> Order:
    """Write what becomes of some items, a row for each, and a last row for the screen."""
    told_of = act.told(order)
    rows = [Change(item_kind, told_of | {"itemId": item_id}, act.by) for item_id in items]
    fields: dict[str, Any] = {"stationMarks": marks}
    if items:
        fields["items.$[one].completedAt"] = completed_at
    return await history.change(
        act.app,
        order,
        [*rows, Change(kind, told_of, act.by)],
        fields,
        at=at,
        session=session,
        only=[{"one.id": {"$in": list(items)}}] if items else [],
    )


async def _done(act: Act, before: Order, items: Sequence[str], order: Order) -> api.Bumped:
    if order.version != before.version:
        await outbox.publish_after_commit(act.app, order.id)
    return api.Bumped(order_id=str(order.id), status=order.status, seq=order.version or 0, item_ids=list(items))


def _not_done(items: Sequence[OrderItem]) -> Problem:
    names = [item.name_for_staff for item in items[:_NAMED]]
    return Problem(ITEMS_NOT_DONE, f"{ITEMS_NOT_DONE.message} ({', '.join(names)})", extra={"items": names})
