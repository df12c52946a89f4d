"""Sending a picture past the function: by an address of its own, into a place that nobody sees (rules 24.4)."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from shared.api import files as api
from shared.app import App
from shared.documents.files import Upload
from shared.documents.trail import TrailActor
from shared.domain.roles import Actor
from shared.errors import BODY_TOO_LARGE, INVALID_REQUEST, UPLOAD_NOT_FOUND, Problem
from shared.integrations.files import FilesUnavailable, TooLargeError
from shared.services.files import keeping
from shared.services.limits import addresses
from shared.store import files

BEGIN_REFUSALS = (*keeping.SETUP_REFUSALS, *addresses.REFUSALS)
FINISH_REFUSALS = (*keeping.REFUSALS, UPLOAD_NOT_FOUND, BODY_TOO_LARGE)

log = logging.getLogger("orderbuddy.files")

LIFETIME = timedelta(minutes=10)
KEPT = timedelta(days=1)
_ID_BYTES = 16


async def begin(app: App, actor: Actor, restaurant_id: str, folder: str) -> api.UploadDoor:
    """Open a door for one file. Raises Problem (BEGIN_REFUSALS)."""
    keeping.must_be_set_up(app)
    await addresses.admit_picture(app, restaurant_id)
    upload_id = secrets.token_hex(_ID_BYTES)
    try:
        door = await app.files.door(_place(restaurant_id, upload_id), LIFETIME)
    except FilesUnavailable as error:
        raise keeping.unavailable(error) from None
    now = app.clock.now()
    by = TrailActor(kind=actor.kind, id=actor.id, role=actor.role)
    await files.open_door(
        app.db,
        Upload(id=upload_id, restaurant_id=restaurant_id, folder=folder, by=by, created_at=now, purge_at=now + KEPT),
    )
    return api.UploadDoor(upload_id=upload_id, upload_url=door.url, headers=dict(door.headers), expires_at=door.until)


async def finish(app: App, actor: Actor, restaurant_id: str, upload_id: str, *, request_id: str) -> str:
    """Make a picture of what came through a door; its address. Asked again, it answers the same.

    Raises Problem (FINISH_REFUSALS).
    """
    keeping.must_be_set_up(app)
    upload = await files.door(app.db, restaurant_id, upload_id)
    if upload is None:
        raise Problem(UPLOAD_NOT_FOUND)
    if upload.name:
        return app.files.address(upload.name)
    place = _place(restaurant_id, upload_id)
    try:
        data = await app.files.sent(place, api.MOST_BYTES)
    except TooLargeError:
        await _drop(app, place)
        raise Problem(BODY_TOO_LARGE, f"The file is larger than {api.MOST_BYTES} bytes.") from None
    except FilesUnavailable as error:
        raise keeping.unavailable(error) from None
    if data is None:
        raise Problem(UPLOAD_NOT_FOUND)
    try:
        name = await keeping.picture(
            app, actor, restaurant_id, upload.folder, data, request_id=request_id, field="uploadId"
        )
    except Problem as problem:
        if problem.code is INVALID_REQUEST:
            await _drop(app, place)
        raise
    await files.came(app.db, upload_id, name)
    await _drop(app, place)
    return app.files.address(name)


def _place(restaurant_id: str, upload_id: str) -> str:
    return f"{restaurant_id}/{upload_id}"


async def _drop(app: App, place: str) -> None:
    """Forget what was sent. Where the store does not answer, its own rule does so after a day."""
    try:
        await app.files.drop_sent(place)
    except FilesUnavailable as error:
        log.warning("what was sent is not dropped: %s", error)
