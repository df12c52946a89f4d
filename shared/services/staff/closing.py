"""Closing live connections at once: of a session that ended, of a person who was removed, of a device (rules 11).

Each connection of staff is in groups that nobody publishes to, so that closing the right ones is one call. What was
negotiated a moment before opens a connection a moment later; so all is closed once more when no URL of then is good
any more. What is to be closed is written down in the transaction of the change that is the reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.app import App
from shared.documents.people import Closing as Row
from shared.domain.roles import Caller, Device, Person
from shared.integrations.live import LiveRefused, LiveUnavailable
from shared.services.staff import signing_in
from shared.store import closings, ended_sessions
from shared.store.mongo.client import Session

__all__ = [
    "Row",
    "close",
    "close_due",
    "device_group",
    "groups_of",
    "live_user",
    "person_group",
    "session_ended",
    "write_down",
]

log = logging.getLogger("orderbuddy.closing")

URL_MINUTES = 1
"""How long a URL for staff opens a connection."""

AGAIN_AFTER = timedelta(minutes=URL_MINUTES, seconds=10)
"""When all is closed once more: a process may know of the change five seconds late, and then hand out a URL."""

AT_MOST = 500
AT_A_TIME = 8


def session_group(handle: str) -> str:
    """The connections that one session of a person has opened."""
    return f"session.{handle}"


def person_group(user_id: str, restaurant_id: str) -> str:
    """The connections of a person to one restaurant."""
    return f"person.{user_id}.{restaurant_id}"


def device_group(device_id: str) -> str:
    """The connections of a device."""
    return f"device.{device_id}"


def groups_of(caller: Caller, restaurant_id: str) -> list[str]:
    """The groups by which a new connection of this caller to this restaurant can be closed."""
    if isinstance(caller, Device):
        return [device_group(caller.id)]
    session = [session_group(caller.session)] if caller.session else []
    return [*session, person_group(caller.user_id, restaurant_id)]


def live_user(caller: Caller, feed: str) -> str:
    """The name by which the live service knows the connections of this caller to a feed (its group)."""
    return f"{caller.user_id if isinstance(caller, Person) else device_group(caller.id)}@{feed}"


async def session_ended(app: App, handle: str) -> None:
    """A session was signed out, or revoked: nobody calls by it any more, and what it has opened closes."""
    await ended_sessions.insert(app.db, handle, app.clock.now())
    signing_in.outdate_session(app, handle)
    await close(app, await write_down(app, [session_group(handle)]))


async def write_down(app: App, groups: Iterable[str], session: Session | None = None) -> list[Row]:
    """Write down that the connections of these groups are to be closed, in the transaction of the change.

    After its commit, hand the rows to `close`.
    """
    now = app.clock.now()
    return await closings.insert(app.db, groups, now=now, again_at=now + AGAIN_AFTER, session=session)


async def close(app: App, rows: Sequence[Row]) -> None:
    """Close them now. What cannot be closed now is left to the timer."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def one(row: Row) -> None:
        async with turns:
            try:
                await app.live.close_group(row.group)
                await closings.closed(app.db, row)
            except (LiveUnavailable, LiveRefused) as error:
                log.warning("connections not closed yet: %s", error)
            except Exception:
                log.exception("connections not closed yet")

    await asyncio.gather(*map(one, rows))


async def close_due(app: App) -> int:
    """Close what is to be closed by now, at most 500; returns how many. Closing twice is harmless."""
    rows = await closings.due(app.db, app.clock.now(), AT_MOST)
    await close(app, rows)
    return len(rows)
