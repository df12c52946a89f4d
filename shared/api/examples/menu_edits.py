"""Examples of what managers send to change a menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import menu_batch, menu_edits
from shared.api.examples.names import MENU_ID, texts

SOUP = {
    "id": "soup",
    "name": {"en": "Soup of the day", "es": "Sopa del día", "pt": "Sopa do dia"},
    "description": {"en": "With bread"},
    "price": 10.5,
    "categoryId": "starters",
    "imageUrls": [],
    "makingCostCents": 320,
    "isAvailable": True,
    "stationTags": ["kitchen"],
    "variants": [{"id": "large", "name": "Large", "priceCents": 1400, "default": False}],
    "modifiers": [
        {
            "id": "extras",
            "name": {"en": "Extras"},
            "type": "standard",
            "required": False,
            "selectionMode": "max",
            "maxChoices": 2,
            "freeChoices": 0,
            "extraChoicePriceCents": 0,
            "options": [{"id": "croutons", "name": {"en": "Croutons"}, "priceCents": 150}],
        }
    ],
}

HEAD = {
    "_id": MENU_ID,
    "menuSlug": "lunch",
    "name": texts("Lunch", "Almuerzo", "Almoço"),
    "available": True,
    "salesTax": 8.875,
    "version": 7,
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    menu_edits.CategorySave: {
        "new": {"name": {"en": "Desserts"}, "description": {"en": ""}, "sortOrder": 2, "emoji": "🍰"},
    },
    menu_edits.CategoryOrder: {"first": {"categoryId": "starters", "sortOrder": 1}},
    menu_edits.SortOrder: {
        "both": {"categories": [{"categoryId": "starters", "sortOrder": 1}], "items": ["soup"]},
    },
    menu_edits.ItemSave: {"soup": SOUP, "new": {"name": {"en": "Tea"}, "price": 4, "categoryId": "starters"}},
    menu_edits.VariantChange: {"dearer": {"priceCents": 1500}},
    menu_edits.ModifierChange: {"more": {"maxChoices": 3}},
    menu_edits.OptionChange: {"dearer": {"priceCents": 200}},
    menu_edits.NewMenu: {"lunch": {"name": {"en": "Lunch", "es": "Almuerzo"}, "salesTax": 8.875}},
    menu_edits.MenuChange: {"withdrawn": {"available": False}, "taxed": {"salesTax": 8.875}},
    menu_edits.MenuCopy: {"here": {"name": {"en": "Dinner"}}, "only tried": {"dryRun": True}},
    menu_edits.MenuHead: {"lunch": HEAD},
    menu_edits.CopiedMenu: {
        "copy": {
            "menu": HEAD | {"_id": "66f1a0c2d4b8e3f5a7c90012", "menuSlug": "lunch-2", "available": False},
            "categories": [{"oldId": "starters", "newId": "66f1a0c2d4b8e3f5a7c90013"}],
            "items": [{"oldId": "soup", "newId": "66f1a0c2d4b8e3f5a7c90014"}],
            "notCopied": [
                {
                    "itemId": "soup",
                    "field": "stationTags",
                    "value": "kitchen",
                    "why": "No station of that location has this tag.",
                }
            ],
        },
    },
    menu_batch.ItemsBatch: {
        "dearer": {
            "rows": [
                {"itemId": "soup", "price": {"byPercent": 5, "roundTo": 5, "withVariants": True}},
                {"categoryId": "starters", "availability": {"isAvailable": True}},
            ],
            "dryRun": True,
        },
    },
    menu_batch.BatchResult: {
        "dearer": {
            "applied": False,
            "results": [
                {
                    "row": 0,
                    "status": "changed",
                    "items": 1,
                    "prices": [{"itemId": "soup", "beforeCents": 1000, "afterCents": 1050}],
                },
                {"row": 1, "status": "unchanged", "items": 0, "prices": []},
            ],
        },
    },
    menu_edits.Saved: {"saved": {"data": True, "id": "soup"}},
}

_DONE: Mapping[str, Any] = {"done": {"data": True}}

OF_ROUTES: Mapping[str, Mapping[str, Any]] = {
    "menu_editing_sort_category": _DONE,
    "menu_editing_sort": _DONE,
    "menu_editing_delete_category": _DONE,
    "menu_editing_delete_item": _DONE,
    "menu_editing_change_variant": _DONE,
    "menu_editing_delete_variant": _DONE,
    "menu_editing_change_modifier": _DONE,
    "menu_editing_delete_modifier": _DONE,
    "menu_editing_change_option": _DONE,
    "menu_editing_delete_option": _DONE,
    "menu_service_category_availability": _DONE,
    "menu_service_variant_availability": _DONE,
    "menu_service_option_availability": _DONE,
    "menu_service_stock": _DONE,
}
"""The examples of successes that have no model of their own, by the route's name."""
