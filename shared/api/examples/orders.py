"""Examples of an order as its diner sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import orders
from shared.api.examples.names import (
    LINE_IDS,
    LOCATION_ID,
    ORDER_ID,
    ORIGIN_ID,
    REQUEST_ID,
    RESTAURANT_ID,
)

ORDERED_ITEM = {
    "id": LINE_IDS[0],
    "menuItemId": "soup",
    "name": "Soup of the day",
    "priceCents": 1550,
    "notes": "No pepper, please",
    "variants": [{"id": "large", "name": "Large", "priceCents": 1400}],
    "modifiers": [
        {"id": "extras", "name": "Extras", "options": [{"id": "croutons", "name": "Croutons", "priceCents": 150}]}
    ],
    "stationTags": ["kitchen"],
    "startedAt": None,
    "completedAt": None,
    "missing": [],
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    orders.OrderStatus: {
        "accepted": {
            "orderId": ORDER_ID,
            "status": "ACCEPTED",
            "seq": 2,
            "estimatedReadyAt": "2026-05-04T18:17:00.000Z",
            "updatedAt": "2026-05-04T18:02:00.000Z",
        },
        "not placed yet": {
            "orderId": ORDER_ID,
            "status": "OPEN",
            "seq": 0,
            "estimatedReadyAt": None,
            "updatedAt": None,
        },
    },
    orders.OrderEvents: {
        "accepted": {
            "data": [
                {
                    "seq": 2,
                    "event": "order_accepted",
                    "payload": {"restaurantId": RESTAURANT_ID, "orderId": ORDER_ID, "correlationId": REQUEST_ID},
                    "at": "2026-05-04T18:02:00.000Z",
                }
            ],
            "lastSeq": 2,
        },
    },
    orders.PublicOrder: {
        "order": {
            "_id": ORDER_ID,
            "orderCode": "K7QX2",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "locationSlug": "old-town",
            "customer": {"name": "Ann"},
            "origin": {"id": ORIGIN_ID, "name": "Table 1"},
            "items": [ORDERED_ITEM],
            "status": "ACCEPTED",
            "totalPriceCents": 3410,
            "discount": None,
            "startedAt": "2026-05-04T18:02:00.000Z",
            "endedAt": None,
            "seq": 2,
        },
    },
}
