"""A dish is sold out, and is back (contract 29)."""

from __future__ import annotations

from shared.app import App
from shared.domain.roles import Actor
from shared.errors import MENU_ITEM_NOT_FOUND, MENU_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.menu import catalog
from shared.services.trail import writing as trail
from shared.store import menus
from shared.store.mongo.client import Session

REFUSALS = (MENU_NOT_FOUND, MENU_ITEM_NOT_FOUND)


async def set_available(
    app: App,
    actor: Actor,
    place: tuple[str, str],
    menu_id: str,
    item_id: str,
    *,
    available: bool,
    request_id: str,
) -> None:
    """Take a dish off the menus that diners see, or put it back; what is so already stays.

    `place`: the restaurant and the location. Diners' menus show it within a second. Raises Problem (REFUSALS).
    """
    restaurant_id, here = place[0], stored_id(place[1])

    async def body(session: Session) -> None:
        found = await menus.availability(app.db, restaurant_id, here, stored_id(menu_id), session)
        if found is None:
            raise Problem(MENU_NOT_FOUND)
        before = [(index, was) for index, (key, was) in enumerate(found) if key == item_id]
        if not before:
            raise Problem(MENU_ITEM_NOT_FOUND)
        changed = [index for index, was in before if was != available]
        if not changed:
            return
        await menus.set_available(app.db, stored_id(menu_id), changed, available, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here,
            action="menu_item.availability",
            target=("menu_item", item_id),
            before={"isAvailable": not available},
            after={"isAvailable": available},
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
    catalog.forget(app, restaurant_id, here)
