"""What managers read of drafts and of a menu's history (rules 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.api import menu_drafts as api
from shared.api.menu import StaffMenu
from shared.app import App
from shared.documents.menu import CostedMenu
from shared.documents.menu_drafts import MenuDraft, MenuVersion
from shared.documents.trail import TrailActor
from shared.domain import cursors
from shared.domain.menu_availability import as_of
from shared.domain.menu_edits.content import Row
from shared.domain.menu_merge import CONTENT, content_of
from shared.domain.menu_publication import changes_told, conflicts_told
from shared.errors import MENU_NOT_FOUND, MENU_VERSION_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.menu import drafts, for_staff
from shared.store import menu_edits, menu_versions

HISTORY_REFUSALS = (MENU_NOT_FOUND, *cursors.REFUSALS)
VERSION_REFUSALS = (MENU_NOT_FOUND, MENU_VERSION_NOT_FOUND)

MOST_VERSIONS = 200


async def draft(app: App, restaurant_id: str, location_id: str, menu_id: str) -> api.MenuDraft:
    """The draft of a menu. Raises Problem (drafts.REFUSALS)."""
    return draft_shown(app, *await drafts.one(app, restaurant_id, location_id, menu_id))


def draft_shown(app: App, found: MenuDraft, live: Row) -> api.MenuDraft:
    """A draft as managers read it. `live`: the menu as it is live."""
    plan = found.publication
    return api.MenuDraft(
        version=found.version,
        started_at=found.started_at,
        started_by=_acted(found.by),
        changed_at=found.changed_at,
        publication=None
        if plan is None
        else api.Planned(at=plan.at, by=_acted(plan.by), note=plan.note, overwrite=plan.overwrite),
        menu=_menu(app, live, found.content),
    )


async def changes(app: App, restaurant_id: str, location_id: str, menu_id: str) -> api.DraftChanges:
    """What publishing the draft now would change, and where the live menu was changed, too. Raises Problem
    (drafts.REFUSALS)."""
    found, live = await drafts.one(app, restaurant_id, location_id, menu_id)
    made = drafts.published(found, live)
    return api.DraftChanges(
        changes=[api.FieldChange(**row) for row in changes_told(content_of(live), made.content)],
        conflicts=[api.FieldConflict(**row) for row in conflicts_told(made.conflicts)],
    )


@dataclass(frozen=True, slots=True)
class History:
    """Some versions of a menu, the newest first. `next`: the cursor of the older ones; None where there are none."""

    versions: list[api.MenuVersionEntry]
    next: str | None


async def history(
    app: App, restaurant_id: str, location_id: str, menu_id: str, *, limit: int, after: str | None
) -> History:
    """The versions of a menu, without their contents. Raises Problem (HISTORY_REFUSALS)."""
    number = _number(after)
    await _live(app, restaurant_id, location_id, menu_id)
    place = restaurant_id, stored_id(location_id)
    found = await menu_versions.before(app.db, *place, stored_id(menu_id), number=number, limit=limit + 1)
    rows = found[:limit]
    more = cursors.cursor(rows[-1].number) if len(found) > limit else None
    return History([api.MenuVersionEntry(**_entry(row)) for row in rows], more)


def _number(after: str | None) -> int | None:
    if after is None:
        return None
    [number] = cursors.parts_of(after, (int,))
    return number if isinstance(number, int) else None


async def version(app: App, restaurant_id: str, location_id: str, menu_id: str, number: str) -> api.MenuVersion:
    """A version of a menu with its whole menu. `number`: as in the path. Raises Problem (VERSION_REFUSALS)."""
    live = await _live(app, restaurant_id, location_id, menu_id)
    if not (number.isascii() and number.isdigit() and len(number) < len(str(2**31))):
        raise Problem(MENU_VERSION_NOT_FOUND)
    place = restaurant_id, stored_id(location_id)
    found = await menu_versions.one(app.db, *place, stored_id(menu_id), number=int(number))
    if found is None:
        raise Problem(MENU_VERSION_NOT_FOUND)
    return api.MenuVersion(**_entry(found), menu=_menu(app, live, found.content))


async def _live(app: App, restaurant_id: str, location_id: str, menu_id: str) -> Row:
    live = await menu_edits.content(app.db, restaurant_id, stored_id(location_id), stored_id(menu_id))
    if live is None:
        raise Problem(MENU_NOT_FOUND)
    return live


def _entry(row: MenuVersion) -> dict[str, Any]:
    return {
        "version": row.number,
        "kind": row.kind,
        "at": row.at,
        "by": _acted(row.by),
        "note": row.note,
        "of": row.of,
    }


def _menu(app: App, live: Row, content: Row) -> StaffMenu:
    rest = {name: value for name, value in live.items() if name not in CONTENT}
    menu = as_of(CostedMenu.model_validate({**rest, **content}), app.clock.now())
    return for_staff.shown_whole(menu, {}, sees_costs=True)


def _acted(by: TrailActor) -> api.Acted:
    return api.Acted(kind=by.kind, id=by.id, role=by.role)
