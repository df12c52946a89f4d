"""Examples of an order as a station sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import kitchen
from shared.api.examples.names import (
    LOCATION_ID,
    MENU_ID,
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
    "items": [
        ORDERED_ITEM
        | {
            "unrouted": False,
            "stations": ["Kitchen", "Fry"],
            "alsoAt": ["Fry"],
            "menuId": MENU_ID,
            "voidedAt": None,
            "allergy": False,
        }
    ],
    "totalPriceCents": 3410,
    "startedAt": "2026-05-04T18:02:00.000Z",
    "acceptedAt": "2026-05-04T18:02:30.000Z",
    "ageing": {"warnMinutes": 10, "lateMinutes": 15},
    "allergy": None,
    "rushedAt": None,
    "recalledAt": None,
    "bumpedAt": None,
    "isReady": False,
    "seq": 2,
}

CANCELLED_ORDER = STATION_ORDER | {
    "status": "CANCELLED",
    "endedAt": "2026-05-04T18:06:00.000Z",
    "reason": "The guest had to leave.",
}

_STATION = {"restaurantId": RESTAURANT_ID, "locationId": LOCATION_ID, "name": "Kitchen", "tags": ["kitchen"]}

AGEING = {
    "warnMinutes": 5,
    "lateMinutes": 8,
    "byOrigin": [{"type": "table", "warnMinutes": 10, "lateMinutes": 15}],
}

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
            "cancelledOrders": [CANCELLED_ORDER],
            "serverTime": "2026-05-04T18:07:00.000Z",
            "ageing": {"warnMinutes": 5, "lateMinutes": 8},
            "waitMinutes": 10,
            "pausedUntil": None,
            "staffLanguage": "en",
        },
    },
    kitchen.Bump: {
        "bump": {"orderId": ORDER_ID},
        "expo, though something is not done": {"orderId": ORDER_ID, "seq": 2, "force": True},
    },
    kitchen.AgeingChange: {"usual": AGEING},
    kitchen.AgeingSettings: {"usual": AGEING},
    kitchen.Rush: {"first": {"orderId": ORDER_ID, "rush": True}},
    kitchen.Clear: {"end of the day": {"orderIds": [ORDER_ID], "reason": "Nobody came for it."}},
    kitchen.Cleared: {
        "cleared": {"orderId": ORDER_ID, "result": "cleared", "status": "PICKED_UP", "seq": 4},
        "not found": {"orderId": ORDER_ID, "result": "not_found", "status": None, "seq": None},
    },
    kitchen.OrderAtStation: {"order": {"orderId": ORDER_ID}},
    kitchen.Bumped: {
        "bumped": {"orderId": ORDER_ID, "status": "READY_FOR_PICKUP", "seq": 3, "itemIds": [ORDERED_ITEM["id"]]}
    },
    kitchen.RecallableOrder: {
        "bumped": {
            "orderId": ORDER_ID,
            "orderCode": "K7QX2",
            "customer": {"name": "Ann"},
            "bumpedAt": "2026-05-04T18:12:00.000Z",
            "status": "READY_FOR_PICKUP",
            "items": ["Tomato soup"],
            "seq": 3,
        }
    },
}
