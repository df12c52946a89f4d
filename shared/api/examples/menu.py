"""Examples of what there is to order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import menu
from shared.api.examples.names import (
    LOCATION_ID,
    MENU_ID,
    ORIGIN_ID,
    RESTAURANT_ID,
    texts,
)

MENU_NAME = texts("Lunch", "Almuerzo", "Almoço")

SOUP = {
    "id": "soup",
    "name": texts("Soup of the day", "Sopa del día", "Sopa do dia"),
    "description": texts("With bread", "Con pan", "Com pão"),
    "imageUrls": [],
    "categoryId": "starters",
    "priceCents": 1000,
    "makingCostCents": 0,
    "isAvailable": True,
    "stationTags": ["kitchen"],
    "variants": [{"id": "large", "name": "Large", "priceCents": 1400, "default": False}],
    "modifiers": [
        {
            "id": "extras",
            "name": texts("Extras", "Extras", "Extras"),
            "type": "standard",
            "required": False,
            "selectionMode": "max",
            "maxChoices": 2,
            "freeChoices": 0,
            "extraChoicePriceCents": 0,
            "options": [{"id": "croutons", "name": texts("Croutons", "Picatostes", "Croutons"), "priceCents": 150}],
        }
    ],
}

LUNCH = {
    "_id": MENU_ID,
    "restaurantId": RESTAURANT_ID,
    "locationId": LOCATION_ID,
    "menuSlug": "lunch",
    "name": MENU_NAME,
    "available": True,
    "salesTax": 10.0,
    "categories": [
        {
            "id": "starters",
            "name": texts("Starters", "Entrantes", "Entradas"),
            "description": texts("", "", ""),
            "sortOrder": 1,
            "emoji": "🥣",
        }
    ],
    "items": [SOUP],
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    menu.Restaurant: {
        "restaurant": {"_id": RESTAURANT_ID, "name": "Nonna", "concept": "Trattoria", "logo": ""},
    },
    menu.Location: {
        "location": {
            "_id": LOCATION_ID,
            "locationSlug": "old-town",
            "name": "Old Town",
            "isActive": True,
            "acceptPayment": False,
            "emergepayWalletsPublicId": "",
            "isOpen": True,
            "timezone": "America/Los_Angeles",
        },
        "paused": {
            "_id": LOCATION_ID,
            "locationSlug": "old-town",
            "name": "Old Town",
            "isActive": True,
            "acceptPayment": False,
            "emergepayWalletsPublicId": "",
            "isOpen": False,
            "timezone": "America/Los_Angeles",
            "opensAt": "2026-11-24T19:30:00.000Z",
            "isPaused": True,
        },
    },
    menu.Origin: {
        "table": {
            "_id": ORIGIN_ID,
            "label": "Table 1",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "type": "table",
        },
        "unknown": {"_id": "", "label": "", "restaurantId": "", "locationId": "", "type": ""},
    },
    menu.Campaign: {
        "campaign": {"name": "Spring", "type": "flat_off", "reward": {"flatOffCents": 300}},
    },
    menu.MenuEntry: {
        "lunch": {"_id": MENU_ID, "menuSlug": "lunch", "name": MENU_NAME, "available": True},
    },
    menu.StaffMenuEntry: {
        "lunch": {"_id": MENU_ID, "menuSlug": "lunch", "name": MENU_NAME, "available": True, "version": 7},
    },
    menu.Menu: {"lunch": LUNCH},
    menu.StaffMenu: {
        "lunch": LUNCH | {"items": [SOUP | {"makingCostCents": 320, "isAvailable": False}], "version": 7},
    },
    menu.Availability: {
        "sold out": {"isAvailable": False},
        "sold out for today": {"isAvailable": False, "until": "end_of_business_day"},
    },
    menu.StockChange: {"twelve": {"dailyStock": 12, "lowStockAt": 3}},
}
