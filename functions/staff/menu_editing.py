"""Categories and dishes of a menu, as managers write them (contract 26 to 28)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import azure.durable_functions as df
from pydantic import BaseModel, ConfigDict, Field

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
    made_id,
    saved,
)
from shared.api import menu_edits as api
from shared.api.base import Cleaned
from shared.domain.menu_edits import categories, items, parts
from shared.services.menu import editing
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_OF_CATEGORIES = (*REFUSALS, *categories.REFUSALS)
_OF_ITEMS = (*REFUSALS, *items.REFUSALS)
_OF_PARTS = (*REFUSALS, *parts.REFUSALS)


class Leaving(BaseModel):
    """What becomes of the dishes of a category that is deleted."""

    model_config = ConfigDict(populate_by_name=True)

    move_to: Annotated[str, Field(max_length=128), Cleaned] = Field(
        "", alias="moveTo", description="The category that its dishes move to."
    )
    with_items: bool = Field(False, alias="withItems", description="Its dishes are deleted, too.")


@endpoint(bp, "POST", MENU + "/category", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def save_category(call: Call[api.CategorySave]) -> Reply[api.Saved]:
    """Make a category, or change one (contract 26)."""
    edit = partial(categories.saved, sent=call.body, make_id=made_id)
    return saved(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "POST", MENU + "/category/sort-order", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def sort_category(call: Call[api.CategoryOrder]) -> Reply[Data[bool]]:
    """Say where a category stands (contract 28)."""
    edit = partial(categories.put, category_id=call.body.category_id, sort_order=call.body.sort_order)
    return done(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "POST", MENU + "/sort-order", allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def sort(call: Call[api.SortOrder]) -> Reply[Data[bool]]:
    """Put several categories and dishes in order at once (rules 16)."""
    return done(await editing.change(call.app, asked(call), partial(categories.sorted_by, sent=call.body)))


@endpoint(bp, "DELETE", CATEGORY, allow=MANAGER, errors=_OF_CATEGORIES, versioned=True)
async def delete_category(call: Call[None, Leaving]) -> Reply[Data[bool]]:
    """Delete a category; one with dishes only where it is said what becomes of them (rules 16)."""
    edit = partial(
        categories.deleted,
        category_id=call.path["categoryId"],
        move_to=call.query.move_to or None,
        with_items=call.query.with_items,
    )
    return done(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "POST", MENU + "/item", allow=MANAGER, errors=_OF_ITEMS, versioned=True)
async def save_item(call: Call[api.ItemSave]) -> Reply[api.Saved]:
    """Make a dish, or change one (contract 27)."""
    edit = partial(items.saved, sent=call.body, make_id=made_id, now=call.app.clock.now())
    return saved(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "DELETE", ITEM, allow=MANAGER, errors=_OF_ITEMS, versioned=True)
async def delete_item(call: Call[None]) -> Reply[Data[bool]]:
    """Delete a dish (rules 16)."""
    return done(await editing.change(call.app, asked(call), partial(items.deleted, item_id=call.path["itemId"])))


@endpoint(bp, "PATCH", VARIANT, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_variant(call: Call[api.VariantChange]) -> Reply[Data[bool]]:
    """Change one size of a dish (rules 16)."""
    path = call.path
    edit = partial(parts.variant_changed, item_id=path["itemId"], variant_id=path["variantId"], sent=call.body)
    return done(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "DELETE", VARIANT, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_variant(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one size of a dish (rules 16)."""
    return await _delete(call, "variants", call.path["variantId"])


@endpoint(bp, "PATCH", MODIFIER, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_modifier(call: Call[api.ModifierChange]) -> Reply[Data[bool]]:
    """Change one group of choices of a dish (rules 16)."""
    edit = partial(
        parts.modifier_changed,
        item_id=call.path["itemId"],
        modifier_id=call.path["modifierId"],
        sent=call.body,
        make_id=made_id,
    )
    return done(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "DELETE", MODIFIER, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_modifier(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one group of choices of a dish (rules 16)."""
    return await _delete(call, "modifiers", call.path["modifierId"])


@endpoint(bp, "PATCH", OPTION, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def change_option(call: Call[api.OptionChange]) -> Reply[Data[bool]]:
    """Change one choice of a group (rules 16)."""
    edit = partial(
        parts.option_changed,
        item_id=call.path["itemId"],
        modifier_id=call.path["modifierId"],
        option_id=call.path["optionId"],
        sent=call.body,
    )
    return done(await editing.change(call.app, asked(call), edit))


@endpoint(bp, "DELETE", OPTION, allow=MANAGER, errors=_OF_PARTS, versioned=True)
async def delete_option(call: Call[None]) -> Reply[Data[bool]]:
    """Delete one choice of a group (rules 16)."""
    return await _delete(call, "modifiers", call.path["modifierId"], "options", call.path["optionId"])


async def _delete(call: Call[None], *way: str) -> Reply[Data[bool]]:
    edit = partial(parts.deleted, item_id=call.path["itemId"], way=list(way))
    return done(await editing.change(call.app, asked(call), edit))
