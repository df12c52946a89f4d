"""Examples of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import webhooks
from shared.api.examples.names import LOCATION_ID, ORDER_ID, ORIGIN_ID, RESTAURANT_ID, WEBHOOK_ID

_URL = "https://pos.example.com/orderbuddy"
_TYPES = ["order.created", "order.cancelled"]
_SECRET = f"whsec_{'0b9f1c1e6d2a4c55' * 4}"
_EVENT_ID = "ev_6a3f0c1b2d4e5f60718293a4b5c6d7e8"
_CURSOR = "WzQyXQ"

_HOOK: dict[str, Any] = {
    "webhookId": WEBHOOK_ID,
    "url": _URL,
    "events": _TYPES,
    "locationIds": None,
    "isActive": True,
    "failingSince": None,
    "failures": 0,
    "pausedAt": None,
    "lastSuccessAt": "2026-05-04T18:02:01.000Z",
    "oldSecretUntil": None,
    "createdAt": "2026-05-01T09:00:00.000Z",
    "updatedAt": "2026-05-01T09:00:00.000Z",
}
_DELIVERY: dict[str, Any] = {
    "deliveryId": f"{WEBHOOK_ID}:{_EVENT_ID}",
    "eventId": _EVENT_ID,
    "type": "order.created",
    "orderId": ORDER_ID,
    "state": "done",
    "tries": 1,
    "createdAt": "2026-05-04T18:02:00.000Z",
    "nextAt": None,
    "at": "2026-05-04T18:02:01.000Z",
    "status": 200,
    "ms": 84,
    "error": "",
    "answer": "ok",
}
_ORDER: dict[str, Any] = {
    "orderId": ORDER_ID,
    "orderCode": "7KX",
    "status": "CREATED",
    "seq": 1,
    "customer": {"name": "Ann", "phone": "5550100200"},
    "origin": {"id": ORIGIN_ID, "name": "Table 1"},
    "items": [
        {
            "id": "66f1a0c2d4b8e3f5a7c9000a",
            "menuItemId": "soup",
            "name": "Tomato soup",
            "priceCents": 1000,
            "notes": "",
            "variants": [],
            "modifiers": [],
            "stationTags": ["kitchen"],
            "startedAt": None,
            "completedAt": None,
            "missing": [],
        }
    ],
    "discount": None,
    "subtotalCents": 1000,
    "discountCents": 0,
    "taxCents": 100,
    "totalPriceCents": 1100,
    "tipCents": 0,
    "refundedCents": 0,
    "refundedItemIds": [],
    "paid": False,
    "startedAt": "2026-05-04T18:02:00.000Z",
    "readyAt": None,
    "endedAt": None,
}
_EVENT: dict[str, Any] = {
    "id": _EVENT_ID,
    "type": "order.created",
    "at": "2026-05-04T18:02:00.000Z",
    "restaurantId": RESTAURANT_ID,
    "locationId": LOCATION_ID,
    "data": {"orderId": ORDER_ID, "seq": 1, "order": _ORDER},
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    webhooks.NewWebhook: {"some": {"url": _URL, "events": _TYPES}, "all": {"url": _URL}},
    webhooks.ChangeWebhook: {"all events": {"events": None}, "off": {"isActive": False}},
    webhooks.Webhook: {"works": _HOOK},
    webhooks.MadeWebhook: {"new": {**_HOOK, "lastSuccessAt": None, "secret": _SECRET}},
    webhooks.NewSecret: {"next": {"secret": _SECRET, "oldSecretUntil": "2026-05-05T18:02:00.000Z"}},
    webhooks.Delivery: {"arrived": _DELIVERY},
    webhooks.DeliveryPage: {"some": {"data": [_DELIVERY], "next": None}},
    webhooks.EventPage: {"some": {"data": [_EVENT], "next": _CURSOR}},
}
