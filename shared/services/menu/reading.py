"""What a diner reads before ordering: restaurant, location, origin, campaign, menus (contract 1 to 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from shared.api import menu as api
from shared.app import App
from shared.documents.menu import Menu, MenuItem
from shared.domain.campaigns import GIVES_NOTHING, flat_off, is_running, percent_off
from shared.domain.menu_availability import as_of, comes_back, offered
from shared.domain.menu_times import Rest, resting
from shared.domain.opening_hours import is_open, is_paused, takes_orders, takes_orders_at
from shared.errors import LOCATION_NOT_FOUND, MENU_NOT_FOUND, RESTAURANT_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.menu import catalog, shown
from shared.services.menu.ready_answers import Resource
from shared.store import menus, places

RESTAURANT_REFUSALS = (RESTAURANT_NOT_FOUND,)
LOCATION_REFUSALS = (LOCATION_NOT_FOUND,)
MENU_REFUSALS = (MENU_NOT_FOUND, *catalog.REFUSALS)

T = TypeVar("T")

NO_ORIGIN = api.Origin(_id="", label="", restaurant_id="", location_id="", type="")


async def restaurant(app: App, restaurant_id: str) -> api.Restaurant:
    """A restaurant. Raises Problem INVALID_RESTAURANT."""
    found = await places.restaurant(app.db, restaurant_id)
    if found is None:
        raise Problem(RESTAURANT_NOT_FOUND)
    return api.Restaurant(_id=found.id, name=found.name, concept=found.concept, logo=found.logo or "")


async def location(app: App, restaurant_id: str, location_id: str) -> api.Location:
    """A location, and whether it takes orders now, or when again. Raises Problem INVALID_LOCATION."""
    found = await places.location(app.db, restaurant_id, stored_id(location_id))
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    now = app.clock.now()
    return api.Location(
        _id=str(found.id),
        location_slug=found.location_slug,
        name=found.name,
        is_active=found.is_active,
        accept_payment=found.payment.accept_payment,
        emergepay_wallets_public_id=found.payment.emergepay_wallets_public_id,
        is_open=takes_orders(found, now),
        timezone=found.timezone,
        opens_at=takes_orders_at(found, now),
        is_paused=found.is_active and is_open(found, now) and is_paused(found, now),
    )


async def origin(app: App, origin_id: str) -> api.Origin:
    """An origin; all fields "" for an unknown one and for the literal `web` (contract V8)."""
    found = await places.origin(app.db, stored_id(origin_id))
    if found is None:
        return NO_ORIGIN
    return api.Origin(
        _id=str(found.id),
        label=found.label,
        restaurant_id=found.restaurant_id,
        location_id=str(found.location_id),
        type=found.type,
    )


async def campaign(app: App, restaurant_id: str, location_id: str, origin_id: str) -> api.Campaign | None:
    """The running campaign of an origin, or None (contract 4)."""
    found = await places.running_campaign(app.db, restaurant_id, stored_id(location_id), stored_id(origin_id))
    if found is None or found.type in GIVES_NOTHING or not is_running(found, app.clock.now()):
        return None
    percent = percent_off(found)
    reward = api.Reward(
        flat_off_cents=flat_off(found),
        percent_off=percent or None,
        category_ids=found.reward.category_ids if percent else None,
    )
    return api.Campaign(name=found.name, type=found.type, reward=reward)


async def menu_list(app: App, restaurant_id: str, location_id: str) -> list[api.MenuEntry]:
    """A location's menus, also those that are not available now."""
    return [_entry(menu, None) for menu in await menus.list_of_location(app.db, restaurant_id, stored_id(location_id))]


async def diners_list(app: App, restaurant_id: str, location_id: str) -> list[api.MenuEntry]:
    """The same as diners read it: one that is not served now is not available, and says when it is."""
    found = await menus.list_of_location(app.db, restaurant_id, stored_id(location_id))
    if all(menu.schedule is None for menu in found):
        return [_entry(menu, None) for menu in found]
    sells = await catalog.of_location(app, restaurant_id, location_id)
    rest = resting(found, sells.location.timezone, app.clock.now())
    return [_entry(menu, rest.menu(menu)) for menu in found]


def _entry(menu: Menu, rest: Rest | None) -> api.MenuEntry:
    return api.MenuEntry(
        _id=str(menu.id),
        menu_slug=menu.menu_slug,
        name=shown.filled(menu.name),
        available=menu.available and rest is None,
        is_served=rest is None,
        served_at=rest.until if rest else None,
    )


@dataclass(frozen=True, slots=True)
class _Now:
    """What of a menu cannot be ordered at a moment: dishes that are sold out for today, and what is not served.

    `since`: the last moment at which something came back by itself; None where nothing of it ever does.
    """

    sold_out: frozenset[str] = frozenset()
    menu: Rest | None = None
    sections: tuple[tuple[str, Rest], ...] = ()
    since: datetime | None = None


_NEVER = datetime.min.replace(tzinfo=UTC)

_Source = tuple[bytes, _Now]
"""A stored menu, and what of it cannot be ordered now."""


async def _stored_menu(app: App, restaurant_id: str, location_id: str, menu_id: str) -> _Source:
    found = await menus.stored_one(app.db, restaurant_id, stored_id(location_id), stored_id(menu_id))
    if found is None:
        raise Problem(MENU_NOT_FOUND)
    if b"dailyStock" not in found and b"schedule" not in found and b"soldOutUntil" not in found:
        return found, _Now()
    sells = await catalog.of_location(app, restaurant_id, location_id)
    now = app.clock.now()
    menu = menus.read(found)
    rest = resting([menu], sells.location.timezone, now)
    sections = ((section.id, rest.section(menu, section.id)) for section in menu.categories)
    return found, _Now(
        frozenset(item_id for item_id, left in sells.left(now).items() if left == 0),
        rest.menu(menu),
        tuple((key, of_it) for key, of_it in sections if of_it is not None),
        max((moment for moment in comes_back([menu]) if moment <= now), default=_NEVER),
    )


async def menu(app: App, restaurant_id: str, location_id: str, menu_id: str) -> api.Menu:
    """A menu with the dishes that can be ordered at the counter now: there the times of menus do not count.

    Raises Problem (MENU_REFUSALS).
    """
    stored, now = await _stored_menu(app, restaurant_id, location_id, menu_id)
    return _menu((stored, replace(now, menu=None, sections=())))


def _menu(source: _Source) -> api.Menu:
    stored, now = source
    menu = menus.read(stored)
    if now.since is not None:
        menu = as_of(menu, now.since)
    sections = dict(now.sections)
    return api.Menu(
        _id=str(menu.id),
        restaurant_id=menu.restaurant_id,
        location_id=str(menu.location_id),
        menu_slug=menu.menu_slug,
        name=shown.filled(menu.name),
        available=menu.available and now.menu is None,
        is_served=now.menu is None,
        served_at=now.menu.until if now.menu else None,
        sales_tax=float(menu.tax or 0),
        categories=[shown.category(category, shown.filled, sections.get(category.id)) for category in menu.categories],
        # Clients show every dish that they get as one to be ordered (contract 1.9).
        items=[
            _item(item)
            for item in menu.items
            if now.menu is None
            and item.can_be_ordered
            and item.id not in now.sold_out
            and item.category_id not in sections
        ],
    )


def _item(item: MenuItem) -> api.MenuItem:
    return api.MenuItem(**shown.item_fields(offered(item), shown.filled), is_available=True)


def _as_it_is(data: T) -> T:
    return data


def _minute(app: App) -> int:
    # Opening hours, and the times of menus, begin and end on whole minutes.
    return int(app.clock.now().timestamp() // 60)


RESTAURANT = Resource("restaurant", restaurant, _as_it_is)
"""By restaurant id. Raises like `restaurant`."""
LOCATION = Resource("location", location, _as_it_is, moment=_minute)
"""By restaurant and location id. Raises like `location`."""
MENU_LIST = Resource("menus", diners_list, _as_it_is, moment=_minute)
"""By restaurant and location id."""
MENU = Resource("menu", _stored_menu, _menu, moment=_minute)
"""By restaurant, location and menu id: what can be ordered of it now. Raises Problem INVALID_MENU."""
