"""Changing and deleting an origin, and moving codes between two of one location (rules 18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.api import origins as api
from shared.app import App
from shared.documents.origins import StoredOrigin
from shared.domain import versions
from shared.domain.roles import Actor
from shared.errors import INVALID_REQUEST, ORIGIN_NOT_FOUND, ORIGIN_OF_CAMPAIGN, Problem
from shared.ids import stored_id
from shared.services.menu import catalog
from shared.services.origins import codes
from shared.services.origins.making import Here
from shared.services.trail import writing as trail
from shared.store import campaigns, origins
from shared.store.mongo.client import Session

REFUSALS = (ORIGIN_NOT_FOUND,)
CHANGE_REFUSALS = (*REFUSALS, INVALID_REQUEST, ORIGIN_OF_CAMPAIGN)
DELETE_REFUSALS = (*REFUSALS, ORIGIN_OF_CAMPAIGN)
MOVE_REFUSALS = (*REFUSALS, INVALID_REQUEST)


@dataclass(frozen=True, slots=True)
class Changed:
    """An origin after a change, and its version."""

    origin: api.Origin
    version: int


@dataclass(frozen=True, slots=True)
class Target:
    """Which origin of which location is to change. `seen`: the version that the caller saw, where it says one."""

    restaurant_id: str
    location_id: str
    origin_id: str
    seen: int | None = None

    @property
    def here(self) -> Here:
        """The restaurant's and the location's id, as they are stored."""
        return self.restaurant_id, stored_id(self.location_id)


async def change(app: App, actor: Actor, at: Target, wanted: api.OriginChange, *, request_id: str) -> Changed:
    """Give an origin another label or type. Raises Problem (CHANGE_REFUSALS)."""
    sent = {"label": wanted.label and wanted.label.strip(), "type": wanted.type}
    fields = {name: value for name, value in sent.items() if value is not None}
    if not fields:
        raise _wrong("", "Say what is to change.")

    async def body(session: Session) -> StoredOrigin:
        found = await _found(app, at, session)
        before = {"label": found.label, "type": found.type}
        if all(before[name] == value for name, value in fields.items()):
            return found
        if fields.get("type", found.type) != found.type and await campaigns.uses_origin(app.db, found.id, session):
            raise Problem(ORIGIN_OF_CAMPAIGN)
        changed = await origins.change(app.db, found.id, fields, session)
        await _leave(
            app, session, actor, at, action="changed", request_id=request_id, before=before, after=before | fields
        )
        return changed

    changed = await trail.changing(app, at.restaurant_id, body)
    catalog.forget(app, *at.here)
    return Changed(codes.shown(changed), changed.version)


async def delete(app: App, actor: Actor, at: Target, *, request_id: str) -> None:
    """Delete an origin: its code leads nowhere then. Orders keep what it was called.

    Raises Problem (DELETE_REFUSALS).
    """

    async def body(session: Session) -> None:
        found = await _found(app, at, session)
        if await campaigns.uses_origin(app.db, found.id, session):
            raise Problem(ORIGIN_OF_CAMPAIGN)
        await origins.delete(app.db, found.id, session)
        before = {"label": found.label, "type": found.type, "qrCodeId": found.qr_code_id}
        await _leave(app, session, actor, at, action="deleted", request_id=request_id, before=before)

    await trail.changing(app, at.restaurant_id, body)
    catalog.forget(app, *at.here)


async def move_code(app: App, actor: Actor, at: Target, code: str, *, request_id: str) -> Changed:
    """Let two origins of the location change their codes: this one gets `code`, and whichever had it gets this one's.

    A code never leaves its location. One that is not there is refused alike, whether another location has it or nobody.
    Raises Problem (MOVE_REFUSALS).
    """

    async def body(session: Session) -> StoredOrigin:
        mine = await _found(app, at, session)
        other = await origins.with_code(app.db, *at.here, code, session)
        if other is None:
            raise _wrong("qrCodeId", "This location has no such code.")
        if other.id == mine.id:
            return mine
        # First it is nobody's own: no two may have one of our codes at any moment.
        await origins.change(app.db, other.id, _code_of(mine), session, without=["ownCode"])
        moved = await origins.change(app.db, mine.id, _code_of(other) | {"ownCode": other.own_code}, session)
        await origins.change(app.db, other.id, {"ownCode": mine.own_code}, session)
        before, after = {"qrCodeId": mine.qr_code_id}, {"qrCodeId": code, "from": str(other.id)}
        await _leave(app, session, actor, at, action="code_moved", request_id=request_id, before=before, after=after)
        return moved

    moved = await trail.changing(app, at.restaurant_id, body)
    return Changed(codes.shown(moved), moved.version)


def _code_of(origin: StoredOrigin) -> dict[str, Any]:
    return {"qrCodeId": origin.qr_code_id, "qrCode": origin.qr_code}


async def _found(app: App, at: Target, session: Session) -> StoredOrigin:
    found = await origins.one(app.db, *at.here, stored_id(at.origin_id), session)
    if found is None:
        raise Problem(ORIGIN_NOT_FOUND)
    versions.hold(found.version, at.seen)
    return found


async def _leave(
    app: App, session: Session, actor: Actor, at: Target, *, action: str, request_id: str, **sides: Any
) -> None:
    await trail.leave(
        app,
        session,
        actor,
        restaurant_id=at.restaurant_id,
        location_id=at.here[1],
        action=f"origin.{action}",
        target=("origin", at.origin_id),
        request_id=request_id,
        **sides,
    )


def _wrong(field: str, message: str) -> Problem:
    sentence = f"{field}: {message}" if field else message
    return Problem(INVALID_REQUEST, sentence, detail=[{"field": field, "message": message}])
