"""A menu's draft, edited by the same bodies as the live menu (rules 16)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff import menu_wishes as wishes
from functions.staff.menu_calls import DRAFT, DRAFT_REFUSALS, MANAGER, asked, done, saved
from functions.staff.menu_wishes import Leaving
from shared.api import menu_batch as batch_api
from shared.api import menu_edits as api
from shared.domain.menu_edits import categories, items, parts
from shared.services.menu import draft_edits, drafts
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_CATEGORY = DRAFT + "/categories/{categoryId}"
_ITEM = DRAFT + "/item/{itemId}"
_VARIANT = _ITEM + "/variant/{variantId}"
_MODIFIER = _ITEM + "/modifier/{modifierId}"
_OPTION = _MODIFIER + "/option/{optionId}"

_OF_CATEGORIES = (*DRAFT_REFUSALS, *categories.REFUSALS)
_OF_ITEMS = (*DRAFT_REFUSALS, *items.REFUSALS)
_OF_PARTS = (*DRAFT_REFUSALS, *parts.REFUSALS)


@endpoint(bp, "PATCH", DRAFT, allow=MANAGER, errors=draft_edits.REFUSALS, versioned=True)
async def change(call: Call[api.MenuChange]) -> Reply[Data[bool]]:
    """Change the name or the tax in a menu's draft."""
    return done(await draft_edits.change(call.app, asked(call), call.body))


@endpoint(bp, "POST", DRAFT + "/category", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def save_category(call: Call[api.CategorySave]) -> Reply[api.Saved]:
    """Make a category in a draft, or change one."""
    return saved(await drafts.edit(call.app, asked(call), wishes.save_category(call)))


@endpoint(bp, "POST", DRAFT + "/category/sort-order", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def sort_category(call: Call[api.CategoryOrder]) -> Reply[Data[bool]]:
    """Say where a category of a draft stands."""
    return done(await drafts.edit(call.app, asked(call), wishes.sort_category(call)))


@endpoint(bp, "POST", DRAFT + "/sort-order", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def sort(call: Call[api.SortOrder]) -> Reply[Data[bool]]:
    """Put several categories and dishes of a draft in order at once."""
    return done(await drafts.edit(call.app, asked(call), wishes.sort(call)))


@endpoint(bp, "DELETE", _CATEGORY, allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def delete_category(call: Call[None, Leaving]) -> Reply[Data[bool]]:
    """Delete a category in a draft; one with dishes only where it is said what becomes of them."""
    return done(await drafts.edit(call.app, asked(call), wishes.delete_category(call)))


@endpoint(bp, "POST", DRAFT + "/item", allow=MANAGER, errors=_OF_ITEMS, versioned=True)
async def save_item(call: Call[api.ItemSave]) -> Reply[api.Saved]:
    """Make a dish in a draft, or change one. What is sold out, and portions, stay as they are live."""
    return saved(await drafts.edit(call.app, asked(call), wishes.save_item(call)))


@endpoint(bp, "DELETE", _ITEM, allow=MANAGER, errors=_OF_ITEMS, versioned=True)
async def delete_item(call: Call[None]) -> Reply[Data[bool]]:
    """Delete a dish in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.delete_item(call)))


@endpoint(bp, "PATCH", _VARIANT, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_variant(call: Call[api.VariantChange]) -> Reply[Data[bool]]:
    """Change one size of a dish in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.change_variant(call)))


@endpoint(bp, "DELETE", _VARIANT, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_variant(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one size of a dish in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.delete_variant(call)))


@endpoint(bp, "PATCH", _MODIFIER, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_modifier(call: Call[api.ModifierChange]) -> Reply[Data[bool]]:
    """Change one group of choices of a dish in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.change_modifier(call)))


@endpoint(bp, "DELETE", _MODIFIER, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_modifier(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one group of choices of a dish in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.delete_modifier(call)))


@endpoint(bp, "PATCH", _OPTION, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_option(call: Call[api.OptionChange]) -> Reply[Data[bool]]:
    """Change one choice of a group in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.change_option(call)))


@endpoint(bp, "DELETE", _OPTION, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_option(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one choice of a group in a draft."""
    return done(await drafts.edit(call.app, asked(call), wishes.delete_option(call)))


@endpoint(bp, "POST", DRAFT + "/items/batch", allow=MANAGER, errors=draft_edits.REFUSALS, versioned=True)
async def batch(call: Call[batch_api.ItemsBatch]) -> Reply[Data[batch_api.BatchResult]]:
    """Change many dishes of a draft at once; a dry run only says what would come of it."""
    changed, result = await draft_edits.batch(call.app, asked(call), call.body)
    return tagged(result, changed.version)
