"""Examples of carts, and of what they are priced to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import ordering
from shared.api.examples.names import (
    LINE_IDS,
    LOCATION_ID,
    ORDER_ID,
    ORIGIN_ID,
    RESTAURANT_ID,
)

PRICED_LINE = {
    "id": LINE_IDS[0],
    "menuItemId": "soup",
    "name": "Soup of the day",
    "quantity": 2,
    "unitPriceCents": 1550,
    "priceCents": 3100,
}

PREVIEW = {
    "previewOrderId": ORDER_ID,
    "totalPriceCents": 3410,
    "subtotalCents": 3100,
    "taxCents": 310,
    "discountCents": 0,
    "tipCents": 0,
    "currency": "USD",
    "expiresAt": "2026-05-04T18:30:00.000Z",
    "isOpen": True,
    "opensAt": None,
    "lines": [PRICED_LINE],
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    ordering.CounterOrder: {
        "paid in cash": {
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "origin": {"name": "Counter"},
            "customer": {"name": "Ann"},
            "items": [{"id": LINE_IDS[0], "menuItemId": "soup", "quantity": 1, "variants": [{"id": "large"}]}],
            "payment": "cash",
        }
    },
    ordering.PreviewRequest: {
        "cart": {
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "locationSlug": "old-town",
            "origin": {"id": ORIGIN_ID, "name": "Table 1"},
            "customer": {"name": "Ann", "phone": "5550100200"},
            "items": [
                {
                    "id": LINE_IDS[0],
                    "menuItemId": "soup",
                    "name": "Soup of the day",
                    "quantity": 2,
                    "notes": "No pepper, please",
                    "variants": [{"id": "large", "name": "Large"}],
                    "modifiers": [
                        {"id": "extras", "name": "Extras", "options": [{"id": "croutons", "name": "Croutons"}]}
                    ],
                }
            ],
            "getSms": False,
        },
        "smallest": {
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "origin": {"id": "web"},
            "customer": {},
            "items": [{"id": LINE_IDS[1], "menuItemId": "soup"}],
            "strict": True,
        },
    },
    ordering.Preview: {"preview": PREVIEW},
}
