"""What a webhook was sent, and sending by hand; and the events themselves, for whoever missed some (rules 21)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.api import webhooks as api
from shared.app import App
from shared.documents.webhooks import Webhook, WebhookDelivery, WebhookEvent
from shared.domain import cursors
from shared.domain.cursors import cursor, parts_of
from shared.domain.roles import Actor
from shared.domain.webhook_events import TEST, TRIED_FOR
from shared.errors import (
    DELIVERY_NOT_FOUND,
    TOO_MANY_REQUESTS,
    WEBHOOK_NOT_FOUND,
    Problem,
)
from shared.ids import stored_id
from shared.services.trail import writing as trail
from shared.services.webhooks import bodies, sending, taking
from shared.store import limits, webhook_deliveries, webhook_events, webhooks
from shared.store.mongo.client import Session

LOG_REFUSALS = (WEBHOOK_NOT_FOUND, *cursors.REFUSALS)
TEST_REFUSALS = (TOO_MANY_REQUESTS, WEBHOOK_NOT_FOUND)
AGAIN_REFUSALS = (DELIVERY_NOT_FOUND, *TEST_REFUSALS)

BY_HAND_A_MINUTE = 30
"""How often a restaurant may send something by hand in a minute: it is no way to knock at others' doors, and a
webhook that is made anew does not begin anew."""

_MAX_SEQ = 2**53


async def events(app: App, restaurant_id: str, *, after: str | None, limit: int) -> api.EventPage:
    """A restaurant's events in their order, from behind a cursor on; also those that no webhook was sent.

    Nothing ever appears before a cursor that was given. Raises Problem
    INVALID_REQUEST for a cursor that is none.
    """
    [seq] = parts_of(after, [int]) if after else [0]
    seen = min(max(seq, 0), _MAX_SEQ) if isinstance(seq, int) else 0
    found = await webhook_events.page(app.db, restaurant_id, seen, limit)
    return api.EventPage(
        data=await bodies.read(app, found),
        next=cursor(found[-1].seq if found else seen),
    )


async def deliveries(
    app: App, restaurant_id: str, webhook_id: str, *, after: str | None, limit: int
) -> api.DeliveryPage:
    """What a webhook was sent, the newest first. Raises Problem (LOG_REFUSALS)."""
    hook = await _the(app, restaurant_id, webhook_id)
    below = None
    if after:
        at, key = parts_of(after, [datetime, str])
        below = (at, key) if isinstance(at, datetime) and isinstance(key, str) else None
    found = await webhook_deliveries.page(app.db, hook.id, limit, below=below)
    last = found[-1] if len(found) == limit else None
    return api.DeliveryPage(
        data=[shown(one) for one in found],
        next=None if last is None else cursor(last.created_at, last.id),
    )


async def send_test(app: App, actor: Actor, restaurant_id: str, webhook_id: str, *, request_id: str) -> api.Delivery:
    """Send a test, once and now; the answer says how it went. Raises Problem (TEST_REFUSALS)."""
    hook = await _the(app, restaurant_id, webhook_id)
    now = app.clock.now()
    event = WebhookEvent(
        id=f"ev_test_{secrets.token_hex(12)}",
        restaurant_id=restaurant_id,
        type=TEST,
        at=now,
        told={"webhookId": str(hook.id)},
    )
    made = taking.delivery(hook, event, now).model_copy(update={"give_up_at": now})

    async def queue(session: Session) -> None:
        await webhook_deliveries.insert(app.db, [made], session)

    return await _by_hand(app, actor, hook, made.id, queue, action="webhook.tested", request_id=request_id)


async def send_again(app: App, actor: Actor, place: tuple[str, str, str], *, request_id: str) -> api.Delivery:
    """Send something again, now, and where that fails for three days more. `place`: the ids of the restaurant, the
    webhook and the delivery. Raises Problem (AGAIN_REFUSALS)."""
    restaurant_id, webhook_id, delivery_id = place
    hook = await _the(app, restaurant_id, webhook_id)
    if await webhook_deliveries.one(app.db, hook.id, delivery_id) is None:
        raise Problem(DELIVERY_NOT_FOUND)
    now = app.clock.now()

    async def queue(session: Session) -> None:
        tried_for = TRIED_FOR if hook.is_active else timedelta()
        await webhook_deliveries.again(app.db, delivery_id, now, now + tried_for, session)
        if hook.is_active:
            await webhooks.queue(app.db, [hook.id], now, session)

    return await _by_hand(app, actor, hook, delivery_id, queue, action="webhook.sent_again", request_id=request_id)


async def _by_hand(
    app: App,
    actor: Actor,
    hook: Webhook,
    delivery_id: str,
    queue: Callable[[Session], Awaitable[None]],
    *,
    action: str,
    request_id: str,
) -> api.Delivery:
    now = app.clock.now()
    key = f"webhook:{hook.restaurant_id}:{now:%Y-%m-%dT%H:%M}"

    async def body(session: Session) -> None:
        many = await limits.count_in(app.db, key, purge_at=now + timedelta(minutes=2), session=session)
        if many > BY_HAND_A_MINUTE:
            raise Problem(TOO_MANY_REQUESTS, retry_after=60 - now.second)
        await queue(session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=hook.restaurant_id,
            action=action,
            target=("webhook", hook.id),
            after={"deliveryId": delivery_id},
            request_id=request_id,
        )

    await trail.changing(app, hook.restaurant_id, body)
    if await sending.send(app, hook, delivery_id):
        await webhooks.works(app.db, hook.id, app.clock.now())
    found = await webhook_deliveries.one(app.db, hook.id, delivery_id)
    if found is None:
        raise Problem(WEBHOOK_NOT_FOUND)
    return shown(found)


async def _the(app: App, restaurant_id: str, webhook_id: str) -> Webhook:
    found = await webhooks.one(app.db, restaurant_id, stored_id(webhook_id))
    if found is None:
        raise Problem(WEBHOOK_NOT_FOUND)
    return found


def shown(delivery: WebhookDelivery) -> api.Delivery:
    """A delivery as the log shows it."""
    event = delivery.event
    return api.Delivery(
        delivery_id=delivery.id,
        event_id=event.id,
        type=event.type,
        order_id=None if event.order_id is None else str(event.order_id),
        state=delivery.state,
        tries=delivery.tries,
        created_at=delivery.created_at,
        next_at=delivery.next_at,
        at=delivery.at,
        status=delivery.status,
        ms=delivery.ms,
        error=delivery.error,
        answer=delivery.answer,
    )
