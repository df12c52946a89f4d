"""Categories and dishes of a menu, as managers write them (contract 26 to 28)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff import menu_wishes as wishes
from functions.staff.menu_calls import (
    CATEGORY,
    ITEM,
    MANAGER,
    MENU,
    MODIFIER,
    OPTION,
    REFUSALS,
    VARIANT,
    asked,
    done,
    saved,
)
from functions.staff.menu_wishes import Leaving
from shared.api import menu_edits as api
from shared.domain.menu_edits import categories, items, parts
from shared.services.menu import editing
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_OF_CATEGORIES = (*REFUSALS, *categories.REFUSALS)
_OF_ITEMS = (*REFUSALS, *items.REFUSALS)
_OF_PARTS = (*REFUSALS, *parts.REFUSALS)


@endpoint(bp, "POST", MENU + "/category", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def save_category(call: Call[api.CategorySave]) -> Reply[api.Saved]:
    """Make a category, or change one (contract 26)."""
    return saved(await editing.change(call.app, asked(call), wishes.save_category(call)))


@endpoint(bp, "POST", MENU + "/category/sort-order", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def sort_category(call: Call[api.CategoryOrder]) -> Reply[Data[bool]]:
    """Say where a category stands (contract 28)."""
    return done(await editing.change(call.app, asked(call), wishes.sort_category(call)))


@endpoint(bp, "POST", MENU + "/sort-order", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def sort(call: Call[api.SortOrder]) -> Reply[Data[bool]]:
    """Put several categories and dishes in order at once (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.sort(call)))


@endpoint(bp, "DELETE", CATEGORY, allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def delete_category(call: Call[None, Leaving]) -> Reply[Data[bool]]:
    """Delete a category; one with dishes only where it is said what becomes of them (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.delete_category(call)))


@endpoint(bp, "POST", MENU + "/item", allow=MANAGER, errors=_OF_ITEMS, versioned=True)
async def save_item(call: Call[api.ItemSave]) -> Reply[api.Saved]:
    """Make a dish, or change one (contract 27)."""
    return saved(await editing.change(call.app, asked(call), wishes.save_item(call)))


@endpoint(bp, "DELETE", ITEM, allow=MANAGER, errors=_OF_ITEMS, versioned=True)
async def delete_item(call: Call[None]) -> Reply[Data[bool]]:
    """Delete a dish (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.delete_item(call)))


@endpoint(bp, "PATCH", VARIANT, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_variant(call: Call[api.VariantChange]) -> Reply[Data[bool]]:
    """Change one size of a dish (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.change_variant(call)))


@endpoint(bp, "DELETE", VARIANT, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_variant(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one size of a dish (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.delete_variant(call)))


@endpoint(bp, "PATCH", MODIFIER, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_modifier(call: Call[api.ModifierChange]) -> Reply[Data[bool]]:
    """Change one group of choices of a dish (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.change_modifier(call)))


@endpoint(bp, "DELETE", MODIFIER, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_modifier(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one group of choices of a dish (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.delete_modifier(call)))


@endpoint(bp, "PATCH", OPTION, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_option(call: Call[api.OptionChange]) -> Reply[Data[bool]]:
    """Change one choice of a group (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.change_option(call)))


@endpoint(bp, "DELETE", OPTION, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_option(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one choice of a group (rules 16)."""
    return done(await editing.change(call.app, asked(call), wishes.delete_option(call)))
