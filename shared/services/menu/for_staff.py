"""A menu as the restaurant's people read it: with what is sold out, and, for managers, what a dish costs to make
(contract 25)."""

from __future__ import annotations

from collections.abc import Mapping

from shared.api import menu as api
from shared.api.menu_schedules import ShownSchedule, ShownTimes
from shared.app import App
from shared.documents.menu import Category, CostedItem, CostedMenu, Schedule, Translated
from shared.domain.menu_availability import as_of
from shared.domain.roles import LADDER, Role
from shared.errors import MENU_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.menu import catalog, shown
from shared.store import menus

REFUSALS = (MENU_NOT_FOUND, *catalog.REFUSALS)


async def listed(app: App, restaurant_id: str, location_id: str, *, archived: bool = False) -> list[api.StaffMenuEntry]:
    """A location's menus in use, also those that are not available now; or those in the archive."""
    found = await menus.list_of_location(app.db, restaurant_id, stored_id(location_id), archived=archived)
    return [
        api.StaffMenuEntry(
            _id=str(menu.id),
            menu_slug=menu.menu_slug,
            name=shown.filled(menu.name),
            available=menu.available,
            archived_at=menu.archived_at,
            version=menu.version,
        )
        for menu in found
    ]


async def one(app: App, role: Role, restaurant_id: str, location_id: str, menu_id: str) -> api.StaffMenu:
    """A menu of the location with all its dishes. `role`: who reads; below manager making costs are 0.

    Raises Problem (REFUSALS).
    """
    found = await menus.with_costs(app.db, restaurant_id, stored_id(location_id), stored_id(menu_id))
    if found is None:
        raise Problem(MENU_NOT_FOUND)
    now = app.clock.now()
    menu = as_of(found, now)
    left: Mapping[str, int] = {}
    if menu.archived_at is None and any(item.daily_stock is not None for item in menu.items):
        left = (await catalog.of_location(app, restaurant_id, location_id)).left(now)
    return shown_whole(menu, left, sees_costs=LADDER.index(role) >= LADDER.index("manager"))


def shown_whole(menu: CostedMenu, left: Mapping[str, int], *, sees_costs: bool) -> api.StaffMenu:
    """A menu with all its dishes, also those that are sold out. `left`: the portions of today, by item id."""
    return api.StaffMenu(
        _id=str(menu.id),
        restaurant_id=menu.restaurant_id,
        location_id=str(menu.location_id),
        menu_slug=menu.menu_slug,
        name=_texts(menu.name),
        available=menu.available,
        sales_tax=None if menu.tax is None else float(menu.tax),
        schedule=_schedule(menu.schedule),
        categories=[_category(category) for category in menu.categories],
        items=[_item(item, sees_costs, left.get(item.id)) for item in menu.costed_items],
        archived_at=menu.archived_at,
        version=menu.version,
    )


def _category(stored: Category) -> api.StaffMenuCategory:
    return api.StaffMenuCategory(**shown.category(stored, _texts).model_dump(), schedule=_schedule(stored.schedule))


def _schedule(stored: Schedule | None) -> ShownSchedule | None:
    if stored is None:
        return None
    times = [ShownTimes(**{"days": row.days, "from": row.start or "", "to": row.end or ""}) for row in stored.times]
    return ShownSchedule(**{"times": times, "from": stored.first_day, "to": stored.last_day})


def _item(item: CostedItem, sees_costs: bool, left: int | None) -> api.StaffMenuItem:
    return api.StaffMenuItem(
        **shown.item_fields(item, _texts),
        making_cost_cents=item.making_cost_cents if sees_costs else 0,
        is_available=item.is_available,
        sold_out_until=item.sold_out_until,
        daily_stock=item.daily_stock,
        low_stock_at=item.low_stock_at,
        left=left,
    )


def _texts(text: Translated) -> api.Texts:
    """The text as it is stored: a gap in a translation is "", so that who edits it sees the gap."""
    return api.Texts(en=text.filled()["en"], es=text.es, pt=text.pt)
