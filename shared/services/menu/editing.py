"""The one way to change a live menu (rules 16).

    changed = await editing.change(app, ask, lambda menu: items.deleted(menu, item_id))

The edit is a pure function of the menu as it is stored. All that a change brings with it happens here, in its own
transaction: the version, what diners hear, the row in the trail.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.domain import versions
from shared.domain.menu_edits.account import differing, sides
from shared.domain.menu_edits.availability import comes_back
from shared.domain.menu_edits.content import Edited, Row, same
from shared.domain.roles import Actor
from shared.errors import MENU_ARCHIVED, MENU_NOT_FOUND, MENU_TOO_LARGE, Problem
from shared.ids import stored_id
from shared.services.menu import catalog, following
from shared.services.telling import menu_changes
from shared.services.trail import writing as trail
from shared.store import menu_edits
from shared.store.mongo.client import Session

__all__ = ["REFUSALS", "Ask", "Changed", "Edit", "change", "tell", "version_of", "write"]

REFUSALS = (MENU_NOT_FOUND, MENU_ARCHIVED, MENU_TOO_LARGE, *versions.REFUSALS)

MAX_BYTES = 2 * 1024 * 1024
"""A menu grows no larger, as it is stored."""

MOST_MOMENTS = 20
"""Of so many moments at which an edit lets things come back by themselves, diners hear at the time."""

Edit = Callable[[Row], Edited]
"""From a menu as it is stored to the changed one. It may run more than once. What it raises undoes the change."""


Guard = Callable[[Session, Row], Awaitable[None]]
"""Looks at what else must hold for a changed menu, in the change's transaction, and raises what is wrong."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Who changes which menu. `if_match`: the version that the caller saw; None: any."""

    actor: Actor
    restaurant_id: str
    location_id: str
    menu_id: str
    request_id: str
    if_match: int | None = None

    @property
    def place(self) -> tuple[str, ObjectId | str]:
        """The restaurant and the location, as they are stored."""
        return self.restaurant_id, stored_id(self.location_id)


@dataclass(frozen=True, slots=True)
class Changed:
    """A menu as it is now, with its version, and what the edit says besides. `written`: whether it is another."""

    menu: Row
    version: int
    result: Any
    written: bool


def version_of(menu: Row) -> int:
    """How often a stored menu was changed; 0 for one of the original server."""
    found = menu.get("version")
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


async def change(
    app: App, ask: Ask, edit: Edit, *, dry_run: bool = False, archived: bool = False, guard: Guard | None = None
) -> Changed:
    """Change a menu. An edit that changes nothing leaves nothing.

    `dry_run`: only say what would come of it. `archived`: also where the menu is in the archive. `guard`: what it
    raises undoes the change.
    Raises Problem (REFUSALS), and what the edit raises.
    """
    if dry_run:
        return (await _edited(app, ask, edit, None, archived=archived))[1]

    async def body(session: Session) -> Changed:
        (before, edited), changed = await _edited(app, ask, edit, session, archived=archived)
        if not changed.written:
            return changed
        if guard is not None:
            await guard(session, edited.content)
        await write(app, session, ask, before, edited)
        return changed

    changed = await trail.changing(app, ask.restaurant_id, body)
    if changed.written:
        tell(app, ask)
    return changed


async def write(app: App, session: Session, ask: Ask, before: Row, edited: Edited, *, whole: bool = False) -> None:
    """Write an edit, and all that it brings with it, in its transaction; after the commit call `tell`.

    `before`: the menu as it is stored. `whole`: the content is stored byte by byte as it is given.
    """
    if whole:
        await menu_edits.replace(app.db, before, edited.content, at=app.clock.now(), session=session)
    else:
        await menu_edits.write(app.db, before, edited.content, at=app.clock.now(), session=session)
    await _follow(app, session, ask, edited.content)
    for moment in sorted(comes_back(edited.content) - comes_back(before))[:MOST_MOMENTS]:
        await menu_changes.leave_for(app, session, ask.place, stored_id(ask.menu_id), moment)
    was, now = _told(before, edited)
    await trail.leave(
        app,
        session,
        ask.actor,
        restaurant_id=ask.restaurant_id,
        location_id=ask.place[1],
        action=edited.action,
        target=edited.target,
        before=was,
        after=now,
        request_id=ask.request_id,
    )


def tell(app: App, ask: Ask) -> None:
    """What follows the commit of an edit: carts are priced anew, and diners with the menu open hear of it."""
    catalog.forget(app, *ask.place)
    menu_changes.soon(app, ask.place[1], stored_id(ask.menu_id))


async def _edited(
    app: App, ask: Ask, edit: Edit, session: Session | None, *, archived: bool
) -> tuple[tuple[Row, Edited], Changed]:
    before = await menu_edits.content(app.db, *ask.place, stored_id(ask.menu_id), session)
    if before is None:
        raise Problem(MENU_NOT_FOUND)
    version = version_of(before)
    versions.hold(version, ask.if_match)
    if before.get("archivedAt") is not None and not archived:
        raise Problem(MENU_ARCHIVED)
    edited = edit(before)
    written = not same(before, edited.content)
    if written and (bytes_now := menu_edits.size(edited.content)) > MAX_BYTES and bytes_now > menu_edits.size(before):
        raise Problem(MENU_TOO_LARGE)
    return (before, edited), Changed(edited.content, version + written, edited.result, written)


async def _follow(app: App, session: Session, ask: Ask, after: Row) -> None:
    """What every change of a live menu brings with it, in its transaction: `after` as it is stored."""
    menu_id = stored_id(ask.menu_id)
    await following.follow(app, session, ask.place, menu_id, after)
    await menu_changes.leave(app, session, ask.place, menu_id)


def _told(before: Row, edited: Edited) -> tuple[Row | None, Row | None]:
    if edited.before is None and edited.after is None:
        return sides(before, edited.content)
    if edited.before is None or edited.after is None:
        return (
            None if edited.before is None else dict(edited.before),
            None if edited.after is None else dict(edited.after),
        )
    return differing(edited.before, edited.after)
