"""Examples of screens that are no persons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import devices
from shared.api.examples.names import DEVICE_ID, LOCATION_ID, RESTAURANT_ID, STATION_ID

_GRILL: dict[str, Any] = {"name": "Grill", "role": "kitchen", "stationIds": [STATION_ID]}
_EXAMPLE = "a1d0Y3Z6dDR3N2Fqc2x2a3E5ZDFyeHBtMG5oYnlmZQ"

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    devices.NewDevice: {"grill": {"restaurantId": RESTAURANT_ID, "locationId": LOCATION_ID, **_GRILL}},
    devices.Pairing: {
        "grill": {
            "deviceId": DEVICE_ID,
            **_GRILL,
            "code": "7GKXW4PD",
            "qr": "https://staff.example.com/kitchen/#device=7GKXW4PD",
            "expiresAt": "2026-05-04T18:10:00.000Z",
        }
    },
    devices.ClaimDevice: {"tablet": {"code": "7GKX-W4PD", "model": "Tablet 10", "appVersion": "1.4.0"}},
    devices.Paired: {
        "grill": {
            "deviceId": DEVICE_ID,
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            **_GRILL,
            "token": _EXAMPLE,
            "rollAt": "2026-06-03T18:02:00.000Z",
        }
    },
    devices.RollToken: {"updated": {"appVersion": "1.5.0"}},
    devices.Rolled: {"next": {"token": _EXAMPLE, "rollAt": "2026-07-03T18:02:00.000Z"}},
    devices.Device: {
        "grill": {
            "deviceId": DEVICE_ID,
            **_GRILL,
            "model": "Tablet 10",
            "appVersion": "1.4.0",
            "createdAt": "2026-05-04T18:00:00.000Z",
            "pairedAt": "2026-05-04T18:02:00.000Z",
            "seenAt": "2026-05-04T19:00:00.000Z",
        }
    },
}
