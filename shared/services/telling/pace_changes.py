"""Kitchen screens and boards hear that a location's orders take longer, or are paused (rules 13)."""

from __future__ import annotations

import logging

from bson import ObjectId

from shared.app import App
from shared.documents.duties import PACE_CHANGED, Duty
from shared.domain.announcements import station_group, wait_time_updated
from shared.integrations.live import LiveRefused
from shared.services.duties import seeing
from shared.services.duties.seeing import Kinds
from shared.store import duties, places
from shared.store.mongo.client import Session

log = logging.getLogger("orderbuddy.duties")


async def leave(app: App, session: Session, place: tuple[str, ObjectId | str]) -> None:
    """Leave the duty to tell of a change, in its own transaction; after the commit call `soon`.

    `place`: the restaurant and the location.
    """
    document = duties.due_at(PACE_CHANGED, place[1], app.clock.now(), restaurant_id=place[0], location_id=place[1])
    await duties.renew(app.db, document, session)


def soon(app: App, location_id: ObjectId | str) -> None:
    """Tell of a change that was committed, and let nobody wait for it."""
    seeing.soon(app, duties.key(PACE_CHANGED, location_id), KINDS)


async def tell(app: App, duty: Duty) -> None:
    """Tell how it is now. Raises LiveUnavailable."""
    place = await places.location_with_stations(app.db, duty.restaurant_id, duty.location_id or "")
    if place is None:
        return
    location, stations = place
    notice = wait_time_updated(duty.restaurant_id, location, app.clock.now())
    groups = [notice.group, *(station_group(station.id) for station in stations)]
    try:
        await app.live.send_to_groups(groups, notice.data())
    except LiveRefused as refused:
        log.error("the screens of %s are not told of its pace: %s", duty.location_id, refused)


KINDS: Kinds = {PACE_CHANGED: tell}
"""The duties of a location's pace, and what each does."""
