"""A menu as the restaurant's people read it: with what is sold out, and, for managers, what a dish costs to make
(contract 25)."""

from __future__ import annotations

from shared.api import menu as api
from shared.app import App
from shared.documents.menu import CostedItem, Translated
from shared.domain.roles import LADDER, Role
from shared.errors import MENU_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.menu import shown
from shared.store import menus

REFUSALS = (MENU_NOT_FOUND,)


async def one(app: App, role: Role, restaurant_id: str, location_id: str, menu_id: str) -> api.StaffMenu:
    """A menu of the location with all its dishes. `role`: who reads; below manager making costs are 0.

    Raises Problem (REFUSALS).
    """
    menu = await menus.with_costs(app.db, restaurant_id, stored_id(location_id), stored_id(menu_id))
    if menu is None:
        raise Problem(MENU_NOT_FOUND)
    sees_costs = LADDER.index(role) >= LADDER.index("manager")
    return api.StaffMenu(
        _id=str(menu.id),
        restaurant_id=menu.restaurant_id,
        location_id=str(menu.location_id),
        menu_slug=menu.menu_slug,
        name=_texts(menu.name),
        available=menu.available,
        sales_tax=None if menu.tax is None else float(menu.tax),
        categories=[shown.category(category, _texts) for category in menu.categories],
        items=[_item(item, sees_costs) for item in menu.costed_items],
    )


def _item(item: CostedItem, sees_costs: bool) -> api.StaffMenuItem:
    return api.StaffMenuItem(
        **shown.item_fields(item, _texts),
        making_cost_cents=item.making_cost_cents if sees_costs else 0,
        is_available=item.is_available,
    )


def _texts(text: Translated) -> api.Texts:
    """The text as it is stored: a gap in a translation is "", so that who edits it sees the gap."""
    return api.Texts(en=text.filled()["en"], es=text.es, pt=text.pt)
