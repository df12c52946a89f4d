"""Webhooks with events and deliveries, for looking at how queries read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

Rows = dict[str, list[dict[str, Any]]]


def add_webhooks(rows: Rows, restaurant_id: str, now: datetime, far: datetime) -> None:
    """Five webhooks of a restaurant, one of them with something to send, and a hundred events."""
    head = {"_id": restaurant_id, "hasWebhooks": True, "since": now, "seq": 100}
    rows.setdefault("webhook_heads", []).append({**head, "trailDay": "2026-11-24", "trailSeq": 59})
    hooks = [ObjectId() for _ in range(5)]
    for number, key in enumerate(hooks):
        due = {"dueAt": now - timedelta(minutes=1)} if number == 0 else {}
        hook = {"_id": key, "restaurantId": restaurant_id, "isActive": True, "isProven": True, "queued": 1}
        rows.setdefault("webhooks", []).append({**hook, "url": "https://nobody.invalid/", **due})
    for seq in range(1, 101):
        event = {"_id": f"{restaurant_id}.{seq}", "restaurantId": restaurant_id, "seq": seq, "at": now}
        rows.setdefault("webhook_events", []).append({**event, "purgeAt": far})
        next_at = {"nextAt": now - timedelta(minutes=1), "state": "due"} if seq > 90 else {"state": "done"}
        rows.setdefault("webhook_deliveries", []).append(
            {
                "_id": f"{hooks[0]}:{event['_id']}",
                "webhookId": hooks[0],
                "restaurantId": restaurant_id,
                "event": event,
                "createdAt": now - timedelta(seconds=seq),
                "tries": 0,
                "purgeAt": far,
                **next_at,
            }
        )
