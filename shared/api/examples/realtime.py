"""Examples of listening to live news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import realtime
from shared.api.examples.names import (
    LOCATION_ID,
    ORDER_ID,
    RESTAURANT_ID,
    STATION_ID,
)

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    realtime.NegotiateRequest: {
        "order": {"kind": "order", "orderId": ORDER_ID},
        "location": {"kind": "location", "restaurantId": RESTAURANT_ID, "locationId": LOCATION_ID},
        "station": {
            "kind": "station",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "stationId": STATION_ID,
        },
        "menu": {"kind": "menu", "restaurantId": RESTAURANT_ID, "locationId": LOCATION_ID},
    },
    realtime.Negotiated: {
        "order": {
            "url": "wss://live.example.com/client/hubs/orders?access_token=eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "hub": "orders",
            "groups": [f"order.{ORDER_ID}"],
            "expiresAt": "2026-05-04T19:02:00.000Z",
            "lastSeq": 2,
        },
    },
}
