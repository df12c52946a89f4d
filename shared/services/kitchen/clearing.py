"""The end of a day: what stands on a screen and was never finished there leaves it (rules 23).

Each order is cleared in a transaction of its own. Whoever is killed in the middle has cleared some, and clears the rest
by asking again.
"""

from __future__ import annotations

import logging
import time

from shared.api import kitchen as api
from shared.documents.orders import Order
from shared.domain.order_states import ACCEPTED, OPEN, PICKED_UP, READY_FOR_PICKUP
from shared.errors import ORDER_NOT_FOUND, Problem
from shared.memory.pool import each
from shared.services.kitchen import acting
from shared.services.kitchen.acting import Act
from shared.services.orders import history, moving
from shared.services.orders.moving import Wish
from shared.services.telling import outbox
from shared.store.mongo.client import Session

log = logging.getLogger("orderbuddy.kitchen")

REFUSALS = (ORDER_NOT_FOUND, *acting.REFUSALS)

AT_A_TIME = 4
SECONDS = 20.0
"""No order is begun after that: what is left is answered as failed, and may be asked for again."""

_CLEARED = (ACCEPTED, READY_FOR_PICKUP)


async def clear(act: Act, wanted: api.Clear) -> list[api.Cleared]:
    """Let accepted and ready orders be picked up, with `cleared` on their rows: nobody handed them over now, and no
    diner gets a text. The times of one that was not ready say nothing of the kitchen.

    Answers for each order once, in the order of the ids. Raises Problem (REFUSALS); ORDER_NOT_FOUND where the screen
    shows none of them.
    """
    ids = list(dict.fromkeys(wanted.order_ids))
    results = {order_id: api.Cleared(order_id=order_id, result="failed") for order_id in ids}

    async def one(order_id: str) -> None:
        try:
            results[order_id] = await _clear(act, order_id, wanted.reason)
        except Problem as problem:
            if problem.code is ORDER_NOT_FOUND:
                results[order_id] = api.Cleared(order_id=order_id, result="not_found")
        except Exception:
            log.warning("order %s not cleared", order_id, exc_info=True)

    await each(ids, one, at_a_time=AT_A_TIME, until=time.monotonic() + SECONDS)
    if all(one.result == "not_found" for one in results.values()):
        raise Problem(ORDER_NOT_FOUND)
    return [results[order_id] for order_id in ids]


async def _clear(act: Act, order_id: str, reason: str) -> api.Cleared:
    order = await act.order(order_id)

    def is_so(there: Order) -> bool:
        return there.status not in _CLEARED

    async def body(session: Session, there: Order) -> Order:
        told = act.told(there) | {"cleared": True}
        if there.status == ACCEPTED:
            also = {"clearedAt": act.app.clock.now()}
            wish = Wish(READY_FOR_PICKUP, reason=reason)
            there = await moving.make(act.app, there, wish, told, by=act.by, session=session, also=also)
        return await moving.make(act.app, there, Wish(PICKED_UP, reason=reason), told, by=act.by, session=session)

    cleared = await history.in_turn(act.app, order.id, is_so, body)
    if cleared.version != order.version:
        await outbox.publish_after_commit(act.app, order.id)
    return api.Cleared(
        order_id=order_id,
        result=_result(order, cleared),
        status=cleared.status,
        seq=cleared.version or 0,
    )


def _result(before: Order, now: Order) -> api.ClearResult:
    if now.version != before.version or now.cleared_at is not None:
        return "cleared"
    # What is open still was never accepted: no screen of the kitchen shows it.
    return "not_accepted" if now.status in OPEN else "gone"
