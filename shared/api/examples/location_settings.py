"""Examples of a location's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import location_settings as settings
from shared.api.examples.hours import MONDAY
from shared.api.examples.kitchen import AGEING
from shared.api.examples.names import LOCATION_ID, RESTAURANT_ID

_NUMBER = {"_id": "66f1a0c2d4b8e3f5a7c90031", "phoneNumber": "5550100200"}

_SETTINGS = {
    "_id": LOCATION_ID,
    "restaurantId": RESTAURANT_ID,
    "name": "Old Town",
    "locationSlug": "old-town",
    "address": "1 Main Street",
    "timezone": "America/Chicago",
    "workingHours": [MONDAY],
    "orderTiming": {"acceptOrdersAfterMinutes": 0, "stopOrdersBeforeMinutes": 15},
    "alertNumbers": [_NUMBER],
    "autoAcceptOrder": True,
    "contact": {"email": "old-town@nonna.example"},
    "isActive": True,
    "isMobile": False,
    "supportedLanguages": ["en", "es"],
    "staffLanguage": "es",
    "acceptWithinMinutes": 5,
    "readyWhenAllDone": True,
    "ageing": AGEING,
    "businessDayStartsAt": "04:00",
    "dailySummary": True,
    "acceptPayment": True,
    "emergepayWalletsPublicId": "",
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    settings.LocationSettings: {
        "manager": _SETTINGS,
        "kitchen": _SETTINGS | {"contact": {"email": ""}, "alertNumbers": []},
    },
    settings.LocationSettingsChange: {
        "timing": {"orderTiming": {"acceptOrdersAfterMinutes": 0, "stopOrdersBeforeMinutes": 15}},
        "all seven": {
            "timezone": "America/Chicago",
            "workingHours": [{"day": "monday", "isOpen": True, "startTime": "11:00", "endTime": "21:00"}],
            "orderTiming": {"acceptOrdersAfterMinutes": 0, "stopOrdersBeforeMinutes": 15},
            "alertNumbers": [{"phoneNumber": "5550100200"}],
            "address": "",
            "autoAcceptOrder": True,
            "contact": {"email": "old-town@nonna.example"},
        },
    },
    settings.LocationDetailsChange: {"night": {"businessDayStartsAt": "04:00", "supportedLanguages": ["en", "es"]}},
    settings.NewLocation: {
        "usual": {},
        "harbour": {"name": "Harbour", "locationSlug": "harbour", "timezone": "America/Los_Angeles"},
    },
    settings.ActivityChange: {"closed": {"isActive": False}},
    settings.PaymentSettingsChange: {"off": {"acceptPayment": False}},
}
