"""Making origins, each with a code of its own (contract 38, rules 18)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from shared.api import origins as api
from shared.app import App
from shared.documents.origins import StoredOrigin
from shared.domain import qr_drawing
from shared.domain.roles import Actor
from shared.errors import LOCATION_NOT_FOUND, TOO_MANY_OF_THEM, Problem
from shared.ids import link_code, new_id, stored_id
from shared.services.menu import catalog
from shared.services.origins import codes
from shared.services.trail import writing as trail
from shared.store import origins
from shared.store.mongo.client import Session

REFUSALS = (LOCATION_NOT_FOUND, TOO_MANY_OF_THEM, *codes.REFUSALS)

Here = tuple[str, ObjectId | str]
"""A restaurant's id and a location's."""


async def draw(app: App, here: Here, labels: Sequence[str], kind: str) -> list[dict[str, Any]]:
    """The documents of new origins with these labels. Raises Problem LINKS_NOT_SET_UP."""
    base = codes.base(app)
    made = [link_code() for _ in labels]
    # Some milliseconds each: too long for the loop.
    pictures = await asyncio.to_thread(lambda: [qr_drawing.data_url(base + code) for code in made])
    now = app.clock.now()
    return [
        {
            "_id": new_id(),
            "restaurantId": here[0],
            "locationId": here[1],
            "label": label,
            "type": kind,
            "qrCodeId": code,
            "qrCode": picture,
            "ownCode": True,
            "createdAt": now,
            "version": 0,
        }
        for label, code, picture in zip(labels, made, pictures, strict=True)
    ]


async def insert(app: App, here: Here, documents: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert origins in a transaction. Raises Problem LOCATION_NOT_FOUND, TOO_MANY_OF_THEM."""
    if await origins.styled(app.db, *here, session) is None:
        raise Problem(LOCATION_NOT_FOUND)
    if await origins.count(app.db, *here, session) + len(documents) > origins.MAX_OF_LOCATION:
        raise Problem(TOO_MANY_OF_THEM)
    await origins.insert(app.db, documents, session)


async def create(
    app: App, actor: Actor, restaurant_id: str, location_id: str, wanted: api.NewOrigin, *, request_id: str
) -> api.Origin:
    """Make an origin with a code. Raises Problem (REFUSALS)."""
    here = (restaurant_id, stored_id(location_id))
    [document] = await draw(app, here, [wanted.name.strip()], wanted.type)

    async def body(session: Session) -> None:
        await insert(app, here, [document], session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="origin.created",
            target=("origin", document["_id"]),
            after={name: document[name] for name in ("label", "type", "qrCodeId")},
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
    catalog.forget(app, *here)
    return codes.shown(StoredOrigin.model_validate(document))


async def create_range(
    app: App, actor: Actor, restaurant_id: str, location_id: str, wanted: api.OriginRange, *, request_id: str
) -> api.MadeOrigins:
    """Make the origins of a range of numbers, but for labels that the location has already; with one row in the trail.

    Raises Problem (REFUSALS).
    """
    here = (restaurant_id, stored_id(location_id))
    labels = wanted.labels()
    there = await origins.labels_among(app.db, *here, labels)
    drawn = await draw(app, here, [label for label in labels if label not in there], wanted.type)

    async def body(session: Session) -> list[dict[str, Any]]:
        meanwhile = await origins.labels_among(app.db, *here, labels, session)
        documents = [one for one in drawn if one["label"] not in meanwhile]
        if not documents:
            return []
        await insert(app, here, documents, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="origin.created",
            target=("location", here[1]),
            after={"type": wanted.type, "labels": [one["label"] for one in documents]},
            request_id=request_id,
        )
        return documents

    made = await trail.changing(app, restaurant_id, body)
    catalog.forget(app, *here)
    created = {one["label"] for one in made}
    return api.MadeOrigins(
        created=[codes.shown(StoredOrigin.model_validate(one)) for one in made],
        skipped=[label for label in labels if label not in created],
    )
