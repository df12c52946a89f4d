"""Having checkouts driven, and waiting for what comes of them (rules 8)."""

from __future__ import annotations

import logging

from bson import ObjectId

from shared.app import App
from shared.errors import PLACEMENT_PENDING, Problem
from shared.integrations.engine import EngineError
from shared.services.ordering import starting, steps
from shared.services.ordering.claiming import PENDING_RETRY_SECONDS, Claimed
from shared.services.orders.waiting import alone, order_appears

REFUSALS = (PLACEMENT_PENDING,)

log = logging.getLogger("orderbuddy.checkout")

STEPS_WITHOUT_ENGINE = 4
"""How many steps lead from a claim to its order."""


async def see_placed(app: App, claimed: Claimed, *, wait: bool = True) -> Claimed:
    """Have an unpaid claim driven, and wait for its order as long as the settings say.

    Raises Problem PLACEMENT_PENDING.
    """
    if claimed.placed:
        return claimed
    await wake(app, claimed.order_id)
    if not wait:
        return claimed
    if await order_appears(app, claimed.order_id, within=app.settings.unpaid_wait_seconds):
        return Claimed(claimed.order_id, placed=True)
    raise Problem(PLACEMENT_PENDING, retry_after=PENDING_RETRY_SECONDS)


async def wake(app: App, preview_id: ObjectId) -> None:
    """Have the checkout driven: wake its instance, else start one; where no engine answers, run its steps here.

    An instance that ended counts as not there. What fails is left to the sweeper.
    """
    if await wake_engine(app, preview_id):
        return
    # Counted apart: who places an order also tells the screens of it, and here that is the request.
    with alone("without engine", apart=True):
        await _advance(app, preview_id)


async def _advance(app: App, preview_id: ObjectId) -> None:
    try:
        for _ in range(STEPS_WITHOUT_ENGINE):
            following = await steps.advance(app, preview_id)
            if following.step is None or following.at is not None:
                return
    except Exception:
        log.warning("checkout %s not advanced", preview_id, exc_info=True)


async def wake_engine(app: App, preview_id: ObjectId) -> bool:
    """Wake or start the checkout's instance; False where the engine did neither.

    Where this process was about to start the instance, it is started now: then it needs no wake.
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
