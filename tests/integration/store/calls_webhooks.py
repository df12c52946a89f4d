"""One call of each function of the store: webhooks, their events and deliveries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bson import ObjectId

from shared.documents.trail import TrailHead
from shared.documents.webhooks import Webhook, WebhookDelivery, WebhookEvent, WebhookHead
from shared.store import webhook_deliveries, webhook_events, webhooks
from shared.store.mongo.client import Session
from tests.integration.store.seeded import NOW, Calls, Seeded

SINCE = NOW - timedelta(minutes=3)


async def _hook(s: Seeded) -> Webhook:
    found = await s.db.webhooks.find_one({"restaurantId": s.world.restaurant_id, "dueAt": {"$type": "date"}})
    return Webhook.model_validate(found)


def _head(s: Seeded) -> WebhookHead:
    return WebhookHead(id=s.world.restaurant_id, since=SINCE, trail_day="2026-11-24", trail_seq=40)


def _delivery(s: Seeded, hook: Webhook, number: int) -> WebhookDelivery:
    event = {"_id": f"{s.world.restaurant_id}.{number}", "restaurantId": s.world.restaurant_id}
    given = {"_id": f"{hook.id}:{event['_id']}", "webhookId": hook.id, "restaurantId": s.world.restaurant_id}
    return WebhookDelivery.model_validate({**given, "event": event, "tries": 0})


def _with(work: Callable[[Seeded, Webhook], Awaitable[Any]]) -> Callable[[Seeded], Awaitable[Any]]:
    async def call(s: Seeded) -> Any:
        hook = await _hook(s)
        s.captured.take()
        return await work(s, hook)

    return call


def _in_one(work: Callable[[Seeded, Webhook, Session], Awaitable[Any]]) -> Callable[[Seeded], Awaitable[Any]]:
    return _with(lambda s, hook: s.committed(lambda session: work(s, hook, session)))


CALLS: Calls = {
    "webhooks.of_restaurant": lambda s: webhooks.of_restaurant(s.db, s.world.restaurant_id),
    "webhooks.one": _with(lambda s, hook: webhooks.one(s.db, s.world.restaurant_id, hook.id)),
    "webhooks.insert": lambda s: s.committed(lambda session: webhooks.insert(s.db, {"_id": ObjectId()}, session)),
    "webhooks.change": _in_one(lambda s, hook, session: webhooks.change(s.db, hook.id, {"url": "u"}, session)),
    "webhooks.delete": lambda s: s.committed(lambda session: webhooks.delete(s.db, ObjectId(), session)),
    "webhooks.queue": _in_one(lambda s, hook, session: webhooks.queue(s.db, [hook.id], NOW, session)),
    "webhooks.due": lambda s: webhooks.due(s.db, NOW, 100, proven=True),
    "webhooks.lease": _with(lambda s, hook: webhooks.lease(s.db, hook.id, "me", NOW, NOW)),
    "webhooks.queued": _with(lambda s, hook: webhooks.queued(s.db, hook.id)),
    "webhooks.release": _with(lambda s, hook: webhooks.release(s.db, hook, due_at=NOW, queued=1)),
    "webhooks.works": _with(lambda s, hook: webhooks.works(s.db, hook.id, NOW)),
    "webhook_events.begin": lambda s: s.committed(
        lambda session: webhook_events.begin(s.db, "new", NOW, TrailHead(id="new", day="2026-11-24", seq=1), session)
    ),
    "webhook_events.end": lambda s: s.committed(lambda session: webhook_events.end(s.db, "new", session)),
    "webhook_events.heads": lambda s: webhook_events.heads(s.db, "", 10),
    "webhook_events.head": lambda s: webhook_events.head(s.db, s.world.restaurant_id),
    "webhook_events.with_news": lambda s: webhook_events.with_news(s.db, [_head(s), WebhookHead(id="new", since=NOW)]),
    "webhook_events.orders_with_rows": lambda s: webhook_events.orders_with_rows(s.db, _head(s), 10),
    "webhook_events.rows_of_orders": lambda s: webhook_events.rows_of_orders(s.db, [s.order_id], SINCE, 100),
    "webhook_events.mark_taken": lambda s: webhook_events.mark_taken(s.db, [f"{s.order_id}:1"], NOW),
    "webhook_events.trail_after": lambda s: s.committed(
        lambda session: webhook_events.trail_after(s.db, _head(s), 10, session)
    ),
    "webhook_events.known": lambda s: s.committed(
        lambda session: webhook_events.known(s.db, [f"{s.world.restaurant_id}.1", "x"], session)
    ),
    "webhook_events.number": lambda s: s.committed(
        lambda session: webhook_events.number(s.db, s.world.restaurant_id, 1, None, session)
    ),
    "webhook_events.insert": lambda s: s.committed(
        lambda session: webhook_events.insert(s.db, [WebhookEvent(id="new", restaurant_id="new", seq=1)], session)
    ),
    "webhook_events.page": lambda s: webhook_events.page(s.db, s.world.restaurant_id, 10, 20),
    "webhook_deliveries.insert": _in_one(
        lambda s, hook, session: webhook_deliveries.insert(s.db, [_delivery(s, hook, 999)], session)
    ),
    "webhook_deliveries.one": _with(lambda s, hook: webhook_deliveries.one(s.db, hook.id, _delivery(s, hook, 1).id)),
    "webhook_deliveries.due": _with(lambda s, hook: webhook_deliveries.due(s.db, hook.id, NOW, 5)),
    "webhook_deliveries.next_at": _with(lambda s, hook: webhook_deliveries.next_at(s.db, hook.id)),
    "webhook_deliveries.claim": _with(
        lambda s, hook: webhook_deliveries.claim(s.db, _delivery(s, hook, 95).id, NOW, NOW)
    ),
    "webhook_deliveries.finish": _with(
        lambda s, hook: webhook_deliveries.finish(
            s.db, _delivery(s, hook, 96), {"status": 200, "answer": None}, state="done", next_at=None
        )
    ),
    "webhook_deliveries.again": _in_one(
        lambda s, hook, session: webhook_deliveries.again(s.db, _delivery(s, hook, 1).id, NOW, NOW, session)
    ),
    "webhook_deliveries.page": _with(
        lambda s, hook: webhook_deliveries.page(s.db, hook.id, 5, below=(NOW - timedelta(seconds=50), "x"))
    ),
    "webhook_deliveries.drop": _in_one(lambda s, hook, session: webhook_deliveries.drop(s.db, hook.id, session)),
}
