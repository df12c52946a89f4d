"""Examples of the kitchen's screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import screens
from shared.api.examples.names import ORDER_ID, STATION_ID

_NOW = "2026-05-04T18:02:30.000Z"

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    screens.Seen: {
        "quiet": {"screenId": "5f0c2b7e-grill", "drawn": []},
        "drawn": {"screenId": "5f0c2b7e-grill", "drawn": [{"orderId": ORDER_ID, "seq": 2}]},
    },
    screens.ServerTime: {"now": {"serverTime": _NOW}},
    screens.Screen: {
        "kitchen": {
            "screenId": "5f0c2b7e-grill",
            "stationId": STATION_ID,
            "stationName": "Kitchen",
            "deviceName": "Tablet by the grill",
            "seenAt": _NOW,
            "connected": True,
        }
    },
}
