"""Who calls: the person or the device behind a token, and what a person may do (rules 11).

A yes may be five seconds old. A no is never given from memory: `admitting` reads again before it refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.app import App
from shared.domain.roles import Device, Person
from shared.memory.kept import Kept
from shared.memory.slots import Slot
from shared.store import devices, ended_sessions, users

FRESH_SECONDS = 5.0
MAX_KEPT = 1000
MAX_TOKEN = 200
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a device called last."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a read found; a value even where that is nothing."""

    person: Person | None = None
    device: Device | None = None


SESSIONS: Slot[Kept[str, bool]] = Slot(lambda: Kept(FRESH_SECONDS, most=MAX_KEPT))
"""Whether each session is over."""

PEOPLE: Slot[Kept[str, _Found]] = Slot(lambda: Kept(FRESH_SECONDS, most=MAX_KEPT))
DEVICES: Slot[Kept[str, _Found]] = Slot(lambda: Kept(FRESH_SECONDS, most=MAX_KEPT))


async def person(app: App, user_id: str, *, session: str = "", anew: bool = False) -> Person:
    """The person with this id of the sign-in service, with the memberships there are now (at most 5 s old).

    Somebody who has an account there and none here is a person without memberships. `anew`: read it again.
    """
    kept = app.memory[PEOPLE]
    if anew:
        kept.outdate(user_id)

    async def read(_: _Found | None) -> _Found:
        user = await users.by_user_id(app.db, user_id)
        if user is None:
            return _Found(Person(user_id))
        return _Found(Person(user_id, user.email or "", user.phone_number or "", users.memberships(user)))

    found = (await kept.get(user_id, read)).person
    assert found is not None
    return replace(found, session=session)


def outdate_person(app: App, user_id: str) -> None:
    """What this process remembers of a person is old: it has just changed it."""
    app.memory[PEOPLE].outdate(user_id)


async def is_over(app: App, session: str) -> bool:
    """Whether the session with this handle was signed out or revoked (at most 5 s ago it may not be known).

    Its access token is good by itself for up to an hour.
    """

    async def read(_: bool | None) -> bool:
        return await ended_sessions.is_there(app.db, session)

    return await app.memory[SESSIONS].get(session, read)


def outdate_session(app: App, session: str) -> None:
    """What this process remembers of a session is old: it has just ended."""
    app.memory[SESSIONS].outdate(session)


def token_hash(token: str) -> str:
    """How a device's token is stored. It is random and long, so a plain digest tells nothing of it."""
    return hashlib.sha256(token.encode()).hexdigest()


async def device(app: App, token: str) -> Device | None:
    """The device with this token (at most 5 s old); None for one that nobody knows, or that was revoked."""
    if not 0 < len(token) <= MAX_TOKEN:
        return None
    kept = app.memory[DEVICES]
    key = token_hash(token)

    async def read(_: _Found | None) -> _Found:
        return _Found(device=await _device(app, key))

    found = (await kept.get(key, read)).device
    if found is None:
        kept.outdate(key)
        found = (await kept.get(key, read)).device
    return found


async def _device(app: App, key: str) -> Device | None:
    """The device behind a token's hash, read now. The first use of a token that it was rolled to ends the old one."""
    stored = await devices.by_token_hash(app.db, key)
    found = None if stored is None else devices.device_of(stored)
    if stored is None or found is None:
        return None
    if stored.token_hashes != [key] and stored.token_hashes[0] != key:
        await devices.use_token(app.db, stored.id, key)
    now = app.clock.now()
    if stored.seen_at is None or now - stored.seen_at >= SEEN_EVERY:
        await devices.see(app.db, stored.id, now)
    return found


def outdate_device(app: App, token_hashes: Iterable[str]) -> None:
    """What this process remembers of a device is old: it has just changed it."""
    for each in token_hashes:
        app.memory[DEVICES].outdate(each)
