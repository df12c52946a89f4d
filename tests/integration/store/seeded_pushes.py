"""Phones and screens of the seeded database that get pushes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.store.push_tokens import token_id

PHONES = 12


def add_pushes(rows: dict[str, list[dict[str, Any]]], place: tuple[str, ObjectId], now: datetime) -> None:
    """A restaurant's phones, two of each person's, a location's screens, and what the original kept."""
    restaurant_id, location_id = place
    for number in range(PHONES):
        token = f"{restaurant_id}:{number}"
        phone = {"_id": token_id(token), "token": token, "userId": f"{restaurant_id}.{number // 2}"}
        phone |= {"restaurantIds": [restaurant_id], "seenAt": now - timedelta(minutes=number)}
        rows.setdefault("push_tokens", []).append(phone)
    for number in range(3):
        screen = {"_id": f"{location_id}.device.{number}", "restaurantId": restaurant_id, "locationId": location_id}
        screen |= {"endpoint": f"https://push.example/{location_id}.{number}", "p256dh": "p", "auth": "a"}
        rows.setdefault("push_screens", []).append(screen)
    old = {"_id": f"old.{restaurant_id}", "restaurantId": restaurant_id, "fcmAndroid": ["a:1"], "fcmWeb": ["w:1"]}
    rows.setdefault("subscriptions", []).append(old)
