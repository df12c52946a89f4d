"""Examples of an order as its diner and the restaurant's people see it."""

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
            "subtotalCents": 3100,
            "taxCents": 310,
            "tipCents": 500,
            "totalPriceCents": 3410,
            "discount": None,
            "startedAt": "2026-05-04T18:02:00.000Z",
            "endedAt": None,
            "seq": 2,
        },
    },
    orders.StaffOrder: {
        "order": {
            "_id": ORDER_ID,
            "orderCode": "K7QX2",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "locationSlug": "old-town",
            "status": "ACCEPTED",
            "meta": {
                "correlationId": REQUEST_ID,
                "acceptedBy": "system",
                "acceptedAt": "2026-05-04T18:02:00.000Z",
                "autoAccept": True,
            },
            "customer": {"name": "Ann", "phone": "5550100200"},
            "origin": {"id": ORIGIN_ID, "name": "Table 1"},
            "items": [ORDERED_ITEM],
            "discount": None,
            "totalPriceCents": 3410,
            "tipCents": 0,
            "paid": False,
            "startedAt": "2026-05-04T18:02:00.000Z",
            "seq": 2,
        },
    },
    orders.StatusChange: {
        "ready": {"orderId": ORDER_ID, "orderStatus": "READY_FOR_PICKUP"},
        "rejected": {"orderId": ORDER_ID, "orderStatus": "REJECTED", "reason": "We are out of soup.", "seq": 1},
    },
    orders.Recall: {"as seen": {"seq": 3}},
    orders.OrderMoved: {"recalled": {"orderId": ORDER_ID, "status": "ACCEPTED", "seq": 4}},
    orders.ItemChange: {"started": {"orderId": ORDER_ID, "itemId": LINE_IDS[0], "orderItemStatus": "STARTED"}},
    orders.ItemChanged: {"started": {"data": True, "message": "Order item started successfully"}},
}
