"""Diners' open menus hear that a menu has changed (rules 16)."""

from __future__ import annotations

import logging
from datetime import datetime

from bson import ObjectId

from shared.app import App
from shared.documents.duties import MENU_CHANGED, TOLD_AFTER, Duty
from shared.domain.announcements import menu_changed
from shared.integrations.live import LiveRefused
from shared.services.duties import seeing
from shared.services.duties.seeing import Kinds
from shared.store import duties
from shared.store.mongo.client import Session

log = logging.getLogger("orderbuddy.duties")


async def leave(
    app: App, session: Session, place: tuple[str, ObjectId | str], menu_id: ObjectId | str | None = None
) -> None:
    """Leave the duty to tell of a change, in its own transaction; after the commit call `soon`.

    `place`: the restaurant and the location. `menu_id` None: more than one menu, or the list of them.
    """
    await duties.renew(app.db, duties.menu_changed(place, menu_id, app.clock.now()), session)


async def leave_for(
    app: App, session: Session, place: tuple[str, ObjectId | str], menu_id: ObjectId | str, moment: datetime
) -> None:
    """Leave the duty to tell of what comes back by itself at a moment, in the transaction that says so. The sweeper
    sees to it then."""
    await duties.renew(app.db, duties.menu_changed(place, menu_id, moment, by_itself=True), session)


def soon(app: App, location_id: ObjectId | str, menu_id: ObjectId | str | None = None) -> None:
    """Tell of a change that was committed, and let nobody wait for it."""
    seeing.soon(app, duties.key(MENU_CHANGED, menu_id or location_id), KINDS, after=TOLD_AFTER)


async def tell(app: App, duty: Duty) -> None:
    """Tell the diners who read a location's menus. Raises LiveUnavailable."""
    notice = menu_changed(duty.location_id, duty.menu_id, app.clock.now())
    try:
        await app.live.send(notice.group, notice.data())
    except LiveRefused as refused:
        log.error("diners of %s are not told of a menu: %s", duty.location_id, refused)


KINDS: Kinds = {MENU_CHANGED: tell}
"""The duties of menus, and what each does."""
