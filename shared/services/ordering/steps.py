"""The steps of a checkout (rules 1, 3, 5). Anyone may run each of them, any number of times, and at the same time.

A rule lives in a step, never in the orchestrator. Activities call the steps; the sweeper and `orderbuddy checkout
advance` call `advance`, which runs the one next step that the stored state allows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from bson import ObjectId

from shared.app import App
from shared.domain.checkout_states import AT_REST, EXPIRY_GRACE, Next, Step, next_step, over_by, rest_dates, used_up
from shared.services.duties import seeing
from shared.services.ordering.placing import place_order
from shared.services.ordering.traced import in_trace
from shared.services.orders import answering
from shared.services.paying.charging import take_payment
from shared.services.paying.next_step import what_next
from shared.store import checkouts, previews
from shared.store.mongo.client import Session, moves

SAME_STEP_AFTER = timedelta(seconds=2)


async def advance(app: App, preview_id: ObjectId) -> Next:
    """Run the one next step that the stored state allows, and say what comes then."""
    following = await what_next(app, preview_id)
    if following.step is None or (following.at is not None and app.clock.now() < following.at):
        return following
    return await run(app, following.step, preview_id)


async def do_duties(app: App, preview_id: ObjectId) -> Next:
    """Do what is due after the commit: texts, alerts, pushes, e-mails. No kind of duty exists yet."""
    return await what_next(app, preview_id)


async def see_answered(app: App, preview_id: ObjectId) -> Next:
    """Tell a location's people of an order that nobody has accepted in time, and its diner (rules 13)."""
    again_at = await seeing.see_to(app, answering.duty_id(preview_id), answering.KINDS)
    return AT_REST if again_at is None else Next("see_answered", again_at)


async def expire(app: App, preview_id: ObjectId) -> Next:
    """open -> expired, 30 s after `expiresAt`, or at once where no attempt to pay is left.

    Of an expiry and a claim in the same second, one wins and the other does nothing.
    """
    checkout = await checkouts.get(app.db, preview_id)
    if checkout is None or checkout.state != "open":
        return await what_next(app, preview_id)
    now = app.clock.now()
    if now <= checkout.expires_at + EXPIRY_GRACE and not used_up(checkout):
        return next_step(checkout)
    dates = rest_dates(now, "expired")

    async def body(session: Session) -> None:
        await checkouts.expire(
            app.db, checkout, purge_at=dates.checkout, over_by=over_by(checkout, now), session=session
        )
        await previews.purge_at(app.db, [preview_id], dates.preview, session)

    moved = await moves(app.db, body)
    return AT_REST if moved else await what_next(app, preview_id)


_STEPS: dict[Step, Callable[[App, ObjectId], Awaitable[Next]]] = {
    "take_payment": take_payment,
    "place_order": place_order,
    "do_duties": do_duties,
    "expire": expire,
    "see_answered": see_answered,
}


async def run(app: App, step: Step, preview_id: ObjectId) -> Next:
    """Run one step, and say what comes then: at once, or at a time to come.

    The same step comes no sooner than in two seconds, whatever the reason that it is not done yet. Whoever drives runs
    what is due at once, so an outage would become a storm of look-ups otherwise.
    """
    with await in_trace(app, preview_id, f"step {step}"):
        following = await _STEPS[step](app, preview_id)
    now = app.clock.now()
    if following.step == step:
        return replace(following, at=max(following.at or now, now + SAME_STEP_AFTER))
    if following.at is not None and following.at <= now:
        return replace(following, at=None)
    return following
