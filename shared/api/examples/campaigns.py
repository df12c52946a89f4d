"""Examples of a location's campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import campaigns
from shared.api.examples.names import CAMPAIGN_ID, LOCATION_ID, RESTAURANT_ID

_CAMPAIGN = {
    "_id": CAMPAIGN_ID,
    "restaurantId": RESTAURANT_ID,
    "locationId": LOCATION_ID,
    "originId": "66f1a0c2d4b8e3f5a7c90042",
    "name": "Three off",
    "type": "flat",
    "reward": {"flatOffCents": 300},
    "isActive": True,
    "maxUses": None,
    "perPhone": None,
    "uses": 0,
    "startsAt": None,
    "endsAt": None,
    "createdAt": "2026-05-04T18:02:00.000Z",
    "updatedAt": "2026-05-04T18:02:00.000Z",
}
_PERCENT = _CAMPAIGN | {
    "name": "Ten percent",
    "type": "percent",
    "reward": {"flatOffCents": 0, "percentOff": 10},
    "perPhone": 1,
    "startsAt": "2026-06-01T05:00:00.000Z",
    "endsAt": "2026-07-01T05:00:00.000Z",
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    campaigns.NewCampaign: {
        "flat": {"name": "Three off", "type": "flat", "reward": {"flatOffCents": 300}, "isActive": True},
        "percent": {
            "name": "Ten percent",
            "type": "percent",
            "reward": {"percentOff": 10},
            "perPhone": 1,
            "startsOn": "2026-06-01",
            "endsOn": "2026-06-30",
        },
    },
    campaigns.CampaignChange: {"off": {"isActive": False}, "limits": {"maxUses": 100, "endsOn": None}},
    campaigns.Campaign: {"flat": _CAMPAIGN, "percent": _PERCENT},
    campaigns.CampaignSummary: {
        "some": {"totalOrders": 3, "grossSalesCents": 4000, "totalCustomers": 2, "avgOrderValueCents": 1333}
    },
}
