"""Examples of a restaurant's trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import trail
from shared.api.examples.names import LOCATION_ID, REQUEST_ID, RESTAURANT_ID, STATION_ID

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    trail.TrailPage: {
        "some": {
            "data": [
                {
                    "id": f"{RESTAURANT_ID}:2026-05-04:1",
                    "at": "2026-05-04T18:02:00.000Z",
                    "actor": {"kind": "user", "id": "1f0c2a5e", "role": "manager"},
                    "locationId": LOCATION_ID,
                    "action": "station.created",
                    "target": {"kind": "station", "id": STATION_ID},
                    "before": None,
                    "after": {"name": "Kitchen", "tags": ["kitchen"]},
                    "reason": None,
                    "requestId": REQUEST_ID,
                    "erased": False,
                    "seq": 1,
                    "prevHash": "",
                    "hash": "9f2b7c",
                }
            ],
            "next": None,
        },
    },
}
