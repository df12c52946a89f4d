"""Placing an order without payment (contract 16, rules 3)."""

from __future__ import annotations

import logging
from dataclasses import replace

from shared.app import App
from shared.errors import PLACEMENT_PENDING, PREVIEW_NOT_FOUND, Problem
from shared.ids import object_id
from shared.services.ordering import claiming, driving
from shared.services.ordering.claiming import Asker, Claimed, claim
from shared.services.ordering.driving import see_placed

REFUSALS = (PREVIEW_NOT_FOUND, *claiming.UNPAID_REFUSALS, *driving.REFUSALS)

log = logging.getLogger("orderbuddy.checkout")

CLAIMED_AGAIN_AFTER_SECONDS = 2.0
"""After so many seconds without an order it is claimed and woken again: the claim may be lost, or its driver hang."""


async def place_without_payment(
    app: App, preview_order_id: str, *, request_id: str, wait: bool = True, at_counter: bool = False
) -> Claimed:
    """Place an unpaid order: claim it, wake its driver, wait for the order. The same preview gives the same order.

    `at_counter`: staff place it, and see to the payment themselves.
    Raises Problem (REFUSALS). PLACEMENT_PENDING (503): the order took longer than the wait, and will still be placed.
    """
    preview_id = object_id(preview_order_id)
    if preview_id is None:
        raise Problem(PREVIEW_NOT_FOUND)
    asker = Asker(request_id, at_counter=at_counter)
    if not wait:
        return await see_placed(app, await claim(app, preview_id, asker), wait=False)
    seconds = app.settings.unpaid_wait_seconds
    at_first = min(seconds, CLAIMED_AGAIN_AFTER_SECONDS)
    try:
        return await see_placed(app, await claim(app, preview_id, replace(asker, stays=True)), seconds=at_first)
    except Problem as problem:
        if problem.code is not PLACEMENT_PENDING:
            raise
    # The first claim may be lost with its primary. This one lasts, also where the diner has left.
    return await see_placed(app, await claim(app, preview_id, asker), seconds=seconds - at_first)
