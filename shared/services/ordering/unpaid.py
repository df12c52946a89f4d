"""Placing an order without payment (contract 16, rules 3)."""

from __future__ import annotations

from shared.app import App
from shared.documents.checkouts import ClaimedAtCounter
from shared.errors import PREVIEW_NOT_FOUND, Problem
from shared.ids import object_id
from shared.services.ordering import claiming, driving
from shared.services.ordering.claiming import Asker, Claimed, claim
from shared.services.ordering.driving import see_placed
from shared.services.ordering.traced import in_trace
from shared.services.orders.waiting import alone
from shared.telemetry import events

REFUSALS = (PREVIEW_NOT_FOUND, *claiming.UNPAID_REFUSALS, *driving.REFUSALS)


async def place_without_payment(
    app: App,
    preview_order_id: str,
    *,
    request_id: str,
    wait: bool = True,
    at_counter: bool = False,
    counter: ClaimedAtCounter | None = None,
) -> Claimed:
    """Place an unpaid order: claim it, wake its driver, wait for the order. The same preview gives the same order.

    `at_counter`: staff place it, and see to the payment themselves; `counter`: how, by their word.
    Raises Problem (REFUSALS). PLACEMENT_PENDING (503): the order took longer than the wait, and will still be placed.
    """
    preview_id = object_id(preview_order_id)
    if preview_id is None:
        raise Problem(PREVIEW_NOT_FOUND)
    with await in_trace(app, preview_id, "place without payment"), alone("claim"):
        events.event("place-order-without-payment", {"orderId": preview_id})
        try:
            claimed = await claim(app, preview_id, Asker(request_id, at_counter=at_counter, counter=counter))
            seen = await see_placed(app, claimed, wait=wait)
        except Problem as problem:
            events.event("order_without_payment_failed", {"orderId": preview_id, "error": problem.code.code})
            raise
        events.event("order_without_payment", {"orderId": preview_id})
    return seen
