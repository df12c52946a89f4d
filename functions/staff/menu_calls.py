"""What the routes that change menus share: who asks, and how a change is answered."""

from __future__ import annotations

from typing import Any

from shared.api.menu_edits import Saved
from shared.domain import versions
from shared.domain.menu_edits import content
from shared.services.menu import drafts, editing
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, Reply, tagged

MENUS = "restaurant/{restaurantId}/location/{locationId}/menu"
MENU = MENUS + "/{menuId}"
DRAFT = MENU + "/draft"
CATEGORY = MENU + "/categories/{categoryId}"
"""Not `category/`: there an id stands where the existing app's `sort-order` does."""

ITEM = MENU + "/item/{itemId}"
VARIANT = ITEM + "/variant/{variantId}"
MODIFIER = ITEM + "/modifier/{modifierId}"
OPTION = MODIFIER + "/option/{optionId}"

MANAGER = staff_here(least="manager")
KITCHEN = staff_here(least="kitchen", devices="any")

REFUSALS = (*editing.REFUSALS, *content.REFUSALS)
DRAFT_REFUSALS = (*drafts.EDIT_REFUSALS, *content.REFUSALS)


def asked(call: Call[Any, Any]) -> editing.Ask:
    """Who changes the menu that the path names; of a route without one, a menu that is still to be made."""
    path = call.path
    return editing.Ask(
        actor=call.actor,
        restaurant_id=path["restaurantId"],
        location_id=path["locationId"],
        menu_id=path.get("menuId", ""),
        request_id=call.request_id,
        if_match=call.if_match,
    )


def done(changed: editing.Changed) -> Reply[Data[bool]]:
    """The answer to a change, with the menu's new version."""
    return tagged(True, changed.version)


def saved(changed: editing.Changed) -> Reply[Saved]:
    """The answer to a row that was saved: its id, and the menu's new version."""
    return Reply(Saved(id=str(changed.result)), headers={"etag": versions.tag(changed.version)})
