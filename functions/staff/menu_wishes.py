"""From a call to the edit of a menu that it wants: the same for the live menu and for its draft (rules 16)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.api import menu_edits as api
from shared.api.base import Cleaned
from shared.domain.menu_edits import categories, items, parts
from shared.ids import new_id
from shared.services.menu.editing import Edit
from shared.web.endpoint import Call


class Leaving(BaseModel):
    """What becomes of the dishes of a category that is deleted."""

    model_config = ConfigDict(populate_by_name=True)

    move_to: Annotated[str, Field(max_length=128), Cleaned] = Field(
        "", alias="moveTo", description="The category that its dishes move to."
    )
    with_items: bool = Field(False, alias="withItems", description="Its dishes are deleted, too.")


def save_category(call: Call[api.CategorySave]) -> Edit:
    """A category is made, or changed."""
    return partial(categories.saved, sent=call.body, make_id=_made_id)


def sort_category(call: Call[api.CategoryOrder]) -> Edit:
    """A category stands elsewhere."""
    return partial(categories.put, category_id=call.body.category_id, sort_order=call.body.sort_order)


def sort(call: Call[api.SortOrder]) -> Edit:
    """Several categories and dishes are put in order."""
    return partial(categories.sorted_by, sent=call.body)


def delete_category(call: Call[None, Leaving]) -> Edit:
    """A category goes."""
    return partial(
        categories.deleted,
        category_id=call.path["categoryId"],
        move_to=call.query.move_to or None,
        with_items=call.query.with_items,
    )


def save_item(call: Call[api.ItemSave]) -> Edit:
    """A dish is made, or changed."""
    return partial(items.saved, sent=call.body, make_id=_made_id, now=call.app.clock.now())


def delete_item(call: Call[None]) -> Edit:
    """A dish goes."""
    return partial(items.deleted, item_id=call.path["itemId"])


def change_variant(call: Call[api.VariantChange]) -> Edit:
    """A size is changed."""
    path = call.path
    return partial(parts.variant_changed, item_id=path["itemId"], variant_id=path["variantId"], sent=call.body)


def delete_variant(call: Call[None]) -> Edit:
    """A size goes."""
    return _deleted(call, "variants", call.path["variantId"])


def change_modifier(call: Call[api.ModifierChange]) -> Edit:
    """A group of choices is changed."""
    path = call.path
    return partial(
        parts.modifier_changed,
        item_id=path["itemId"],
        modifier_id=path["modifierId"],
        sent=call.body,
        make_id=_made_id,
    )


def delete_modifier(call: Call[None]) -> Edit:
    """A group of choices goes."""
    return _deleted(call, "modifiers", call.path["modifierId"])


def change_option(call: Call[api.OptionChange]) -> Edit:
    """A choice is changed."""
    path = call.path
    return partial(
        parts.option_changed,
        item_id=path["itemId"],
        modifier_id=path["modifierId"],
        option_id=path["optionId"],
        sent=call.body,
    )


def delete_option(call: Call[None]) -> Edit:
    """A choice goes."""
    return _deleted(call, "modifiers", call.path["modifierId"], "options", call.path["optionId"])


def _deleted(call: Call[None], *way: str) -> Edit:
    return partial(parts.deleted, item_id=call.path["itemId"], way=list(way))


def _made_id() -> str:
    return str(new_id())
