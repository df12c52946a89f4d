"""One try to send one event to one webhook (rules 21)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.app import App
from shared.documents.webhooks import Webhook, WebhookDelivery
from shared.domain.webhook_events import pause_after
from shared.domain.webhook_signatures import signature
from shared.integrations.webhooks import Answered
from shared.sealing import SealError
from shared.services.webhooks import bodies, secrets
from shared.store import webhook_deliveries
from shared.telemetry import traces
from shared.text import clean

log = logging.getLogger("orderbuddy.webhooks")

CLAIMED_FOR = timedelta(minutes=1)
"""Whoever has begun a try and has not said by then how it went is taken for gone: it is tried again."""

TOO_LATE_BY = timedelta(minutes=10)
"""What waited so much longer than it may, because its webhook was switched off, is not sent any more."""

KEPT_OF_ANSWER = 1024
SIGNATURE, EVENT_ID = "OrderBuddy-Signature", "OrderBuddy-Event-Id"


async def send(app: App, hook: Webhook, delivery_id: str) -> bool | None:
    """Try once; whether the receiver has it. None where there was nothing to try: somebody else does, or did."""
    now = app.clock.now()
    claimed = await webhook_deliveries.claim(app.db, delivery_id, now, now + CLAIMED_FOR)
    if claimed is None:
        return None
    if claimed.give_up_at is not None and now - claimed.give_up_at > TOO_LATE_BY:
        await webhook_deliveries.finish(app.db, claimed, {}, state="failed", next_at=None)
        return None
    about = {"orderId": claimed.event.order_id, "restaurantId": hook.restaurant_id, "tries": claimed.tries}
    with traces.joined(claimed.event.trace, "webhook", about) as span:
        answered, signed = await _call(app, hook, claimed, now)
        span.note({"http.response.status_code": answered.status})
        await _write_down(app, hook, claimed, answered, signed)
    return answered.ok


async def _call(app: App, hook: Webhook, claimed: WebhookDelivery, now: datetime) -> tuple[Answered, list[str]]:
    """The answer, and what of it must not be kept where it echoes what was sent."""
    try:
        keys = secrets.opened(app, hook, now)
    except SealError as error:
        log.error("the secret of webhook %s cannot be opened: %s", hook.id, error)
        return Answered(None, 0, "its secret cannot be read here"), []
    [event] = await bodies.read(app, [claimed.event])
    body = bodies.written(event)
    signed = signature(body, keys, int(now.timestamp()))
    headers = {
        "content-type": "application/json",
        "user-agent": "OrderBuddy",
        SIGNATURE: signed,
        EVENT_ID: claimed.event.id,
    }
    return await app.hooks.post(hook.url, body, headers), [*keys, *signed.split(",v1=")[1:]]


async def _write_down(
    app: App, hook: Webhook, claimed: WebhookDelivery, answered: Answered, hidden: Sequence[str]
) -> None:
    now = app.clock.now()
    outcome: dict[str, Any] = {
        "at": now,
        "status": answered.status,
        "ms": answered.ms,
        "error": answered.error or ("" if answered.ok else f"answered {answered.status}"),
        "answer": _kept(answered.body, hidden) or None,
    }
    state, next_at = "done", None
    if not answered.ok:
        last = claimed.give_up_at or now
        # The last try is at the very end.
        state, next_at = ("failed", None) if now >= last else ("due", min(now + pause_after(claimed.tries), last))
    await webhook_deliveries.finish(app.db, claimed, outcome, state=state, next_at=next_at)
    log.info(
        "webhook %s event %s: %s in %d ms", hook.id, claimed.event.id, answered.status or answered.error, answered.ms
    )


def _kept(body: bytes, hidden: Sequence[str]) -> str:
    """The beginning of an answer, without what must not be kept."""
    text = body.decode("utf-8", "replace")
    for each in hidden:
        text = text.replace(each, "***")
    return clean(text)[:KEPT_OF_ANSWER]
