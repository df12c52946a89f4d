"""Examples of an order as a station sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import kitchen
from shared.api.examples.names import (
    LOCATION_ID,
    ORDER_ID,
    ORIGIN_ID,
    REQUEST_ID,
    RESTAURANT_ID,
    STATION_ID,
)
from shared.api.examples.orders import ORDERED_ITEM

STATION_ORDER = {
    "_id": ORDER_ID,
    "orderCode": "K7QX2",
    "status": "ACCEPTED",
    "locationId": LOCATION_ID,
    "meta": {"correlationId": REQUEST_ID},
    "origin": {"id": ORIGIN_ID, "name": "Table 1"},
    "customer": {"name": "Ann", "phone": "5550100200"},
    "items": [ORDERED_ITEM | {"unrouted": False}],
    "totalPriceCents": 3410,
    "startedAt": "2026-05-04T18:02:00.000Z",
    "seq": 2,
}

_STATION = {"restaurantId": RESTAURANT_ID, "locationId": LOCATION_ID, "name": "Kitchen", "tags": ["kitchen"]}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    kitchen.NewStation: {"kitchen": _STATION},
    kitchen.StationChange: {"name": {"name": "Grill"}},
    kitchen.Station: {"kitchen": {"_id": STATION_ID, **_STATION}},
    kitchen.StationOrder: {"order": STATION_ORDER},
    kitchen.StationOrders: {
        "kitchen": {
            "locationName": "Old Town",
            "stationName": "Kitchen",
            "stationTags": ["kitchen"],
            "timezone": "America/Chicago",
            "matchedOrders": [STATION_ORDER],
        },
    },
}
