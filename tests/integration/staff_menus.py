"""What the walks change of a menu: a dish and a section of their own each time, and the bodies of good calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bson import ObjectId

from shared.app import App
from tests.integration.world import World, text

EXTRAS = {
    "id": "extras",
    "name": text("Extras"),
    "type": "standard",
    "required": False,
    "selectionMode": "max",
    "maxChoices": 2,
    "freeChoices": 0,
    "extraChoicePriceCents": 0,
    "options": [{"id": "croutons", "name": text("Croutons"), "priceCents": 150}],
}
LARGE = {"id": "large", "name": "Large", "priceCents": 1400, "default": False}

PARTS = {"variantId": "large", "modifierId": "extras", "optionId": "croutons"}
"""What stands in each such dish, by the names in paths."""


async def dish(app: App, world: World) -> dict[str, str]:
    """Put a dish with a size and a choice into a section of its own; their ids, by the names in paths."""
    key, section = f"d-{ObjectId()}", f"c-{ObjectId()}"
    item = world.dish(key, 900, ["kitchen"], categoryId=section, variants=[LARGE], modifiers=[EXTRAS])
    category = {"id": section, "name": text("Own"), "description": text(""), "sortOrder": 9}
    await app.db.menus.update_one({"_id": world.menu_id}, {"$push": {"items": item, "categories": category}})
    return {"menuId": str(world.menu_id), "itemId": key, "categoryId": section, **PARTS}


async def spare(app: App, world: World, **more: Any) -> dict[str, str]:
    """A menu of its own; its id, by the name in paths."""
    [menu] = world.documents()["menus"]
    key = ObjectId()
    await app.db.menus.insert_one({**menu, "_id": key, "menuSlug": str(key), "items": [], **more})
    return {"menuId": str(key)}


Ids = Mapping[str, str]

BODIES: Mapping[str, Callable[[Ids], Any]] = {
    "menu_editing_save_category": lambda ids: {"name": {"en": "Desserts"}, "sortOrder": 1},
    "menu_editing_sort_category": lambda ids: {"categoryId": ids["categoryId"], "sortOrder": 4},
    "menu_editing_sort": lambda ids: {"categories": [{"categoryId": ids["categoryId"], "sortOrder": 3}]},
    "menu_editing_delete_category": lambda ids: None,
    "menu_editing_save_item": lambda ids: {"name": {"en": "Pie"}, "price": 4.5, "categoryId": ids["categoryId"]},
    "menu_editing_delete_item": lambda ids: None,
    "menu_editing_change_variant": lambda ids: {"priceCents": 1500},
    "menu_editing_delete_variant": lambda ids: None,
    "menu_editing_change_modifier": lambda ids: {"maxChoices": 3},
    "menu_editing_delete_modifier": lambda ids: None,
    "menu_editing_change_option": lambda ids: {"priceCents": 200},
    "menu_editing_delete_option": lambda ids: None,
    "menu_service_category_availability": lambda ids: {"isAvailable": False, "until": "end_of_business_day"},
    "menu_service_variant_availability": lambda ids: {"isAvailable": False},
    "menu_service_option_availability": lambda ids: {"isAvailable": False, "until": "end_of_business_day"},
    "menu_service_stock": lambda ids: {"dailyStock": 12, "lowStockAt": 3},
    "menu_batch_items": lambda ids: {"rows": [{"itemId": ids["itemId"], "price": {"byCents": 10}}]},
    "menu_keeping_make": lambda ids: {"name": {"en": "Lunch"}, "salesTax": 8.875},
    "menu_keeping_change": lambda ids: {"salesTax": 7},
    "menu_keeping_archive": lambda ids: None,
    "menu_keeping_restore": lambda ids: None,
    "menu_keeping_copy": lambda ids: {},
    "restaurant_menus_item_availability": lambda ids: {"isAvailable": False},
}
"""The body of a good call, by the route's name."""

OF_DRAFTS: Mapping[str, Callable[[Ids], Any]] = {
    **{name.replace("menu_editing_", "menu_draft_editing_"): BODIES[name] for name in BODIES if "_editing_" in name},
    "menu_draft_editing_change": BODIES["menu_keeping_change"],
    "menu_draft_editing_batch": BODIES["menu_batch_items"],
}
"""The same of a menu's draft."""
