"""A picture that somebody sent becomes one of the restaurant's (contract 40, 57, rules 24.4).

It is noted before its files go to the store, and said to be there after the last of them has arrived: what a crash
leaves between the two is found, and removed. Everything may be done twice: the same picture has the same names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.api.base import iso
from shared.api.files import MOST_BYTES
from shared.app import App
from shared.documents.files import StoredPicture
from shared.documents.trail import TrailActor
from shared.domain import field_faults, pictures
from shared.domain.pictures import PictureRefusedError, Rendition
from shared.domain.roles import Actor
from shared.errors import (
    BODY_TOO_LARGE,
    FILES_NOT_SET_UP,
    FILES_UNAVAILABLE,
    RESTAURANT_NOT_FOUND,
    TOO_MANY_OF_THEM,
    UNAVAILABLE,
    Problem,
)
from shared.integrations.files import File, FilesUnavailable
from shared.integrations.pictures.workshop import CrowdedError, Workshop
from shared.memory.slots import Slot
from shared.services.limits import addresses
from shared.services.trail import writing as trail
from shared.store import files, restaurants
from shared.store.mongo.client import Session

SETUP_REFUSALS = (FILES_NOT_SET_UP, FILES_UNAVAILABLE)
REFUSALS = (*SETUP_REFUSALS, *field_faults.REFUSALS, TOO_MANY_OF_THEM, UNAVAILABLE, BODY_TOO_LARGE, *addresses.REFUSALS)
LOGO_REFUSALS = (*REFUSALS, RESTAURANT_NOT_FOUND)

MOST_PICTURES = 20_000
"""How many pictures a restaurant may have: more than its menus can name."""

FIRST_LOOK = timedelta(days=1)
STORING_TAKES = timedelta(hours=1)
"""Longer than any request: what is still `storing` then never will be stored."""

_RETRY_AFTER = 3

WORKSHOP: Slot[Workshop] = Slot(Workshop)

Then = Callable[[Session, str], Awaitable[None]]
"""What else the transaction changes, given the picture's address. It leaves the row in the trail."""


def unavailable(error: FilesUnavailable) -> Problem:
    """The answer to a store that did not do it."""
    return Problem(FILES_UNAVAILABLE, retry_after=error.retry_after or _RETRY_AFTER)


def must_be_set_up(app: App) -> None:
    """Raises Problem FILES_NOT_SET_UP."""
    if not app.files.is_set_up:
        raise Problem(FILES_NOT_SET_UP)


async def picture(
    app: App, actor: Actor, restaurant_id: str, folder: str, data: bytes, *, request_id: str, field: str = "file"
) -> str:
    """Keep a picture; the name of what every client can show of it. `field`: what the request calls it. Raises Problem
    (REFUSALS)."""
    renditions = await _made(app, restaurant_id, data, field)
    return await _kept(app, actor, restaurant_id, folder, renditions, request_id=request_id)


async def logo(app: App, actor: Actor, restaurant_id: str, data: bytes, *, request_id: str) -> str:
    """Keep a picture, and make it the restaurant's logo; its address. Raises Problem (LOGO_REFUSALS)."""
    renditions = await _made(app, restaurant_id, data, "file")

    async def hang(session: Session, address: str) -> None:
        found = await restaurants.one(app.db, restaurant_id, session)
        if found is None:
            raise Problem(RESTAURANT_NOT_FOUND)
        if found.logo == address:
            return
        await restaurants.change(app.db, restaurant_id, {"logo": address}, iso(app.clock.now()), session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            action="restaurant.logo_changed",
            target=("restaurant", restaurant_id),
            before={"logo": found.logo},
            after={"logo": address},
            request_id=request_id,
        )

    name = await _kept(app, actor, restaurant_id, "logo", renditions, request_id=request_id, then=hang)
    return app.files.address(name)


async def _made(app: App, restaurant_id: str, data: bytes, field: str) -> list[Rendition]:
    must_be_set_up(app)
    if len(data) > MOST_BYTES:
        raise Problem(BODY_TOO_LARGE, f"The file is larger than {MOST_BYTES} bytes.")
    await addresses.admit_picture(app, restaurant_id)
    if await files.count(app.db, restaurant_id, MOST_PICTURES) >= MOST_PICTURES:
        raise Problem(TOO_MANY_OF_THEM)
    try:
        return await app.memory[WORKSHOP].make(data)
    except PictureRefusedError as error:
        raise field_faults.wrong(field, str(error)) from None
    except CrowdedError:
        raise Problem(UNAVAILABLE, retry_after=_RETRY_AFTER) from None


async def _kept(
    app: App,
    actor: Actor,
    restaurant_id: str,
    folder: str,
    renditions: list[Rendition],
    *,
    request_id: str,
    then: Then | None = None,
) -> str:
    now = app.clock.now()
    digest = pictures.hash_of(renditions)
    sent = [
        File(pictures.name_of(restaurant_id, folder, digest, each), each.content, pictures.TYPES[each.ending])
        for each in renditions
    ]
    wanted = StoredPicture(
        id=f"{restaurant_id}/{folder}/{digest}",
        restaurant_id=restaurant_id,
        folder=folder,
        state="storing",
        names=[file.name for file in sent],
        bytes=sum(len(file.content) for file in sent),
        by=TrailActor(kind=actor.kind, id=actor.id, role=actor.role),
        created_at=now,
        look_at=now + STORING_TAKES,
    )
    noted = await files.begin(app.db, wanted)
    if noted.state == "removing":
        raise Problem(UNAVAILABLE, retry_after=_RETRY_AFTER)
    try:
        await app.files.put(sent)
    except FilesUnavailable as error:
        raise unavailable(error) from None
    name = pictures.shown(wanted.names)
    address = app.files.address(name)

    async def body(session: Session) -> None:
        is_new = await files.keep(app.db, wanted.id, app.clock.now() + FIRST_LOOK, session)
        if is_new is None:
            raise Problem(UNAVAILABLE, retry_after=_RETRY_AFTER)
        if then is not None:
            await then(session, address)
        elif is_new:
            await trail.leave(
                app,
                session,
                actor,
                restaurant_id=restaurant_id,
                action="picture.stored",
                target=("picture", wanted.id),
                after={"address": address, "folder": folder},
                request_id=request_id,
            )

    await trail.changing(app, restaurant_id, body)
    return name
