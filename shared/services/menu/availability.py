"""Sold out, and back: by itself, where that is said; and how many portions a day there are (contract 29, rules 16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.api import menu as api
from shared.app import App
from shared.domain.business_days import business_date, day_bounds
from shared.domain.menu_edits import availability, parts, portions
from shared.domain.menu_edits.content import wrong
from shared.errors import LOCATION_NOT_FOUND, Problem
from shared.services.menu import editing
from shared.services.menu.editing import Ask, Changed
from shared.store import places

REFUSALS = (*editing.REFUSALS, LOCATION_NOT_FOUND, *availability.REFUSALS)
PART_REFUSALS = (*REFUSALS, *parts.REFUSALS)
STOCK_REFUSALS = (*editing.REFUSALS, *portions.REFUSALS)

LONGEST = timedelta(days=366)


async def of_item(app: App, ask: Ask, item_id: str, sent: api.Availability) -> Changed:
    """Take a dish off the menus that diners see, or put it back; what is so already stays.

    Diners' menus show it within a second. Raises Problem (REFUSALS), and INVALID_REQUEST.
    """
    until = await until_of(app, ask, sent)
    edit = partial(availability.item_marked, item_id=item_id, available=sent.is_available, until=until)
    return await editing.change(app, ask, edit)


async def of_category(app: App, ask: Ask, category_id: str, sent: api.Availability) -> Changed:
    """The same for all dishes of a category. Raises Problem (REFUSALS), and INVALID_REQUEST."""
    until = await until_of(app, ask, sent)
    edit = partial(availability.category_marked, category_id=category_id, available=sent.is_available, until=until)
    return await editing.change(app, ask, edit)


async def of_part(app: App, ask: Ask, item_id: str, way: list[str], sent: api.Availability) -> Changed:
    """The same for a size or an option of a dish. `way`: lists and ids to it, such as `["variants", "large"]`.

    Raises Problem (PART_REFUSALS), and INVALID_REQUEST.
    """
    until = await until_of(app, ask, sent)
    change = partial(availability.part_marked, available=sent.is_available, until=until)
    edit = partial(parts.edited, item_id=item_id, way=way, change=change, action="menu_item.availability")
    return await editing.change(app, ask, edit)


async def until_of(app: App, ask: Ask, sent: api.Availability) -> datetime | None:
    """The moment at which something comes back. Raises Problem LOCATION_NOT_FOUND, INVALID_REQUEST."""
    now = app.clock.now()
    if sent.until is None:
        return None
    if sent.is_available:
        raise wrong("until", "What can be had is not sold out until then.")
    if not isinstance(sent.until, datetime):
        return await end_of_business_day(app, ask)
    if not now < sent.until <= now + LONGEST:
        raise wrong("until", "This is a moment to come, within a year.")
    return sent.until


async def end_of_business_day(app: App, ask: Ask) -> datetime:
    """When the location's business day ends, in UTC. Raises Problem LOCATION_NOT_FOUND."""
    location = await places.location(app.db, *ask.place)
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    zone, starts_at = location.timezone, location.business_day_starts_at
    return day_bounds(zone, starts_at, business_date(zone, starts_at, app.clock.now()))[1]


async def set_stock(app: App, ask: Ask, item_id: str, sent: api.StockChange) -> Changed:
    """Say how many portions of a dish there are a day, and when they are few. Raises Problem (STOCK_REFUSALS)."""
    return await editing.change(app, ask, partial(portions.changed, item_id=item_id, sent=sent))
