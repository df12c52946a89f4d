"""Placing an order without payment, and having checkouts driven (contract 16, checkout rules 3 and 8)."""

from __future__ import annotations

import logging
from dataclasses import replace

from bson import ObjectId

from shared.app import App
from shared.errors import PLACEMENT_PENDING, PREVIEW_NOT_FOUND, Problem
from shared.ids import object_id
from shared.integrations.engine import EngineError
from shared.services import checkout as steps
from shared.services import starting
from shared.services.claiming import PENDING_RETRY_SECONDS, Asker, Claimed, claim
from shared.services.waiting import order_appears

log = logging.getLogger("orderbuddy.checkout")

CLAIMED_AGAIN_AFTER_SECONDS = 2.0
"""An order that takes longer than this is claimed and woken once more: its claim may be lost, or its driver hang."""

STEPS_WITHOUT_ENGINE = 4
"""So many steps lead from a claim to its order."""


async def place_without_payment(
    app: App, preview_order_id: str, *, request_id: str, wait: bool = True, at_counter: bool = False
) -> Claimed:
    """Place an unpaid order: claim it, wake its driver, wait for the order. The same preview gives the same order.

    `at_counter`: staff place it, and see to the payment themselves.
    Raises Problem: PREVIEW_NOT_FOUND, PREVIEW_EXPIRED, PREVIEW_STALE, LOCATION_CLOSED, ITEM_SOLD_OUT,
    MENU_NOT_AVAILABLE, PAYMENT_REQUIRED, PAYMENT_PENDING, ORDER_RUNNING; PLACEMENT_PENDING (503) when the order took
    longer than the wait. It will still be placed.
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
    # That claim may be gone with the primary that took it. This one outlasts it, also when the diner has left.
    return await see_placed(app, await claim(app, preview_id, asker), seconds=seconds - at_first)


async def see_placed(app: App, claimed: Claimed, *, wait: bool = True, seconds: float | None = None) -> Claimed:
    """Have an unpaid claim driven, and wait for its order, for as long as the settings say where `seconds` does not.

    Raises Problem PLACEMENT_PENDING.
    """
    if claimed.placed:
        return claimed
    await wake(app, claimed.order_id)
    if not wait:
        return claimed
    within = app.settings.unpaid_wait_seconds if seconds is None else seconds
    if await order_appears(app, claimed.order_id, within=within):
        return Claimed(claimed.order_id, placed=True)
    raise Problem(PLACEMENT_PENDING, retry_after=PENDING_RETRY_SECONDS)


async def wake(app: App, preview_id: ObjectId) -> None:
    """Have the checkout driven on: wake its instance, else start one; with no engine at hand, drive it right here.

    An instance that ended counts as not there. Whatever fails is left to the sweeper.
    """
    if await wake_engine(app, preview_id):
        return
    try:
        for _ in range(STEPS_WITHOUT_ENGINE):
            following = await steps.advance(app, preview_id)
            if following.step is None or following.at is not None:
                return
    except Exception:
        log.warning("checkout %s not advanced", preview_id, exc_info=True)


async def wake_engine(app: App, preview_id: ObjectId) -> bool:
    """Wake or start the checkout's instance; False where the engine did neither.

    An instance that this process was about to start needs no waking: it is started now, to look at once.
    """
    ways = [app.engine.wake, app.engine.start]
    if starting.forgo(app, preview_id):
        ways.reverse()
    for way in ways:
        try:
            await way(str(preview_id))
        except EngineError as error:
            log.info("engine did not %s %s: %s", way.__name__, preview_id, error)
        else:
            return True
    log.warning("engine did not answer for %s", preview_id)
    return False
