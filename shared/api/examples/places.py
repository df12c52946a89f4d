"""Examples of restaurants and locations as their people see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import places
from shared.api.examples.hours import MONDAY
from shared.api.examples.names import LOCATION_ID, PRINTER_ID, RESTAURANT_ID

_LOCATION = {
    "_id": LOCATION_ID,
    "locationSlug": "old-town",
    "name": "Old Town",
    "isMobile": False,
    "address": "1 Main Street",
    "contact": {"email": "old-town@nonna.example"},
    "workingHours": [MONDAY],
    "timezone": "America/Chicago",
    "alertNumbers": [{"_id": "66f1a0c2d4b8e3f5a7c90031", "phoneNumber": "5550100200"}],
    "pausedUntil": None,
    "waitMinutes": 0,
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    places.StaffLocation: {
        "manager": _LOCATION,
        "kitchen": _LOCATION | {"contact": {"email": ""}, "alertNumbers": []},
        "paused": _LOCATION | {"pausedUntil": "2026-05-04T18:30:00.000Z", "waitMinutes": 10},
    },
    places.CreatedLocation: {
        "new": {
            "_id": LOCATION_ID,
            "locationSlug": "main-location",
            "name": "Main Location",
            "isMobile": False,
            "address": "",
            "contact": {"email": ""},
            "workingHours": [],
            "timezone": "America/New_York",
            "alertNumbers": [],
            "pausedUntil": None,
            "waitMinutes": 0,
            "restaurantId": RESTAURANT_ID,
            "isActive": True,
            "acceptPayment": False,
            "autoAcceptOrder": True,
            "createdAt": "2026-05-04T18:02:00.000Z",
        },
    },
    places.RestaurantDetails: {
        "restaurant": {
            "_id": RESTAURANT_ID,
            "name": "Nonna",
            "concept": "Trattoria",
            "logo": "",
            "tagline": "Like at home",
            "website": "https://nonna.example",
            "createdAt": "2026-01-02T03:04:05.678Z",
            "updatedAt": "2026-05-04T18:02:00.000Z",
        },
    },
    places.RestaurantChange: {"tagline": {"tagline": "Like at home"}},
    places.NewPrinter: {"orders": {"ip": "192.168.0.20", "name": "orders"}},
    places.PrinterEdit: {"moved": {"ip": "192.168.0.21"}},
    places.Printer: {"orders": {"id": PRINTER_ID, "type": "lan", "ip": "192.168.0.20", "name": "orders"}},
}
