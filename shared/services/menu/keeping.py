"""A location's menus: made, copied, changed, put into the archive and restored (rules 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from bson import ObjectId

from shared.api import menu_edits as api
from shared.app import App
from shared.documents.menu import Menu
from shared.domain import versions
from shared.domain.menu_edits import content, heads
from shared.domain.menu_edits.content import Faults, Row
from shared.domain.menu_edits.copies import Copy, copied
from shared.domain.roles import Caller
from shared.errors import FORBIDDEN, LOCATION_NOT_FOUND, MENU_NOT_FOUND, SLUG_TAKEN, TOO_MANY_OF_THEM, Problem
from shared.ids import new_id, stored_id
from shared.services.menu import catalog, editing, shown
from shared.services.menu.editing import Ask, Changed
from shared.services.staff import admitting
from shared.services.staff.admitting import Wanted
from shared.services.telling import menu_changes
from shared.services.trail import writing as trail
from shared.store import menu_edits, places
from shared.store.menus import MAX_ARCHIVED, MAX_MENUS
from shared.store.mongo.client import Session

REFUSALS = (*editing.REFUSALS, *content.REFUSALS, SLUG_TAKEN, TOO_MANY_OF_THEM)
MAKE_REFUSALS = (*content.REFUSALS, SLUG_TAKEN, TOO_MANY_OF_THEM)
COPY_REFUSALS = (MENU_NOT_FOUND, LOCATION_NOT_FOUND, *versions.REFUSALS, *MAKE_REFUSALS, *admitting.REFUSALS)

Place = tuple[str, ObjectId | str]


async def make(app: App, ask: Ask, sent: api.NewMenu) -> api.MenuHead:
    """Make a menu without categories and dishes. Raises Problem (MAKE_REFUSALS)."""
    menu_id = ObjectId()
    faults = Faults()
    if sent.menu_slug is not None:
        heads.slug(sent.menu_slug, None, faults)
    faults.raise_if_any()

    async def body(session: Session) -> Row:
        slug = await _slug(app, ask.place, sent.menu_slug, sent.name.model_dump(), session)
        document = heads.made(sent, menu_id, ask.place, slug, app.clock.now())
        await _insert(app, session, ask, ask.place, document, action="menu.created")
        return document

    made = await trail.changing(app, ask.restaurant_id, body)
    _tell(app, ask.place)
    return head_of(made)


async def change(app: App, ask: Ask, sent: api.MenuChange) -> Changed:
    """Change a menu itself. Raises Problem (REFUSALS)."""

    async def guard(session: Session | None, after: Row) -> None:
        if sent.menu_slug is not None:
            others = await _others(app, ask.place, after["_id"], session)
            _refuse_taken(sent.menu_slug, others)

    return await editing.change(app, ask, partial(heads.changed, sent=sent), guard=guard)


async def archive(app: App, ask: Ask) -> Changed:
    """Put a menu into the archive: nothing can be ordered from it, and it is in no list. Raises Problem (REFUSALS)."""

    async def guard(session: Session | None, after: Row) -> None:
        others = await _others(app, ask.place, after["_id"], session)
        if sum(_is_archived(one) for one in others) >= MAX_ARCHIVED:
            raise Problem(TOO_MANY_OF_THEM)

    edit = partial(heads.archived, now=app.clock.now())
    return await editing.change(app, ask, edit, archived=True, guard=guard)


async def restore(app: App, ask: Ask) -> Changed:
    """Take a menu out of the archive. Raises Problem (REFUSALS): SLUG_TAKEN where another menu has its address now."""

    async def guard(session: Session | None, after: Row) -> None:
        others = await _others(app, ask.place, after["_id"], session)
        _refuse_full(others)
        _refuse_taken(str(after.get("menuSlug") or ""), others)

    return await editing.change(app, ask, heads.restored, archived=True, guard=guard)


async def copy(app: App, ask: Ask, caller: Caller, sent: api.MenuCopy) -> api.CopiedMenu:
    """Copy a menu, also one in the archive, also to another location of the restaurant that the caller manages.

    Raises Problem (COPY_REFUSALS).
    """
    to_place, tags = await _target(app, ask, caller, sent.to_location_id)
    faults = Faults()
    if sent.menu_slug is not None:
        heads.slug(sent.menu_slug, None, faults)
    faults.raise_if_any()
    menu_id = ObjectId()

    async def copied_now(session: Session | None) -> Copy:
        source = await menu_edits.content(app.db, *ask.place, stored_id(ask.menu_id), session)
        if source is None:
            raise Problem(MENU_NOT_FOUND)
        versions.hold(editing.version_of(source), ask.if_match)
        name = heads.named(sent.name, source.get("name"))
        slug = await _slug(app, to_place, sent.menu_slug, name, session)
        head = {"locationId": to_place[1], "name": name, "menuSlug": slug, "available": sent.available}
        return copied(source, head, menu_id, tags=tags, make_id=lambda: str(new_id()), now=app.clock.now())

    async def body(session: Session) -> Copy:
        copy_of_it = await copied_now(session)
        more = {"copiedFrom": ask.menu_id, "items": len(copy_of_it.items)}
        await _insert(app, session, ask, to_place, copy_of_it.document, action="menu.copied", more=more)
        return copy_of_it

    if sent.dry_run:
        return _told(await copied_now(None), dry_run=True)
    made = await trail.changing(app, ask.restaurant_id, body)
    _tell(app, to_place)
    return _told(made, dry_run=False)


async def _target(app: App, ask: Ask, caller: Caller, location_id: str | None) -> tuple[Place, frozenset[str] | None]:
    """Where a copy goes, and the tags of the stations there; None for its own location."""
    if location_id is None or location_id == ask.location_id:
        return ask.place, None
    try:
        await admitting.admit(app, caller, Wanted("manager", ask.restaurant_id, location_id))
    except Problem as problem:
        if problem.code is not FORBIDDEN:
            raise
        raise content.wrong("toLocationId", "This is no location of this restaurant that you manage.") from None
    found = await places.location_with_stations(app.db, ask.restaurant_id, stored_id(location_id))
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return (ask.restaurant_id, stored_id(location_id)), frozenset(tag for one in found[1] for tag in one.tags)


async def _insert(
    app: App,
    session: Session,
    ask: Ask,
    place: Place,
    document: Row,
    *,
    action: str,
    more: Mapping[str, object] | None = None,
) -> None:
    await menu_edits.insert(app.db, document, session)
    await menu_changes.leave(app, session, place)
    told = {name: document.get(name) for name in ("name", "menuSlug", "salesTax", "available")}
    await trail.leave(
        app,
        session,
        ask.actor,
        restaurant_id=place[0],
        location_id=place[1],
        action=action,
        target=("menu", document["_id"]),
        after={**told, **(more or {})},
        request_id=ask.request_id,
    )


def _tell(app: App, place: Place) -> None:
    catalog.forget(app, *place)
    menu_changes.soon(app, place[1])


async def _slug(app: App, place: Place, sent: str | None, name: object, session: Session | None) -> str:
    """The address of a new menu. Raises Problem TOO_MANY_OF_THEM, SLUG_TAKEN."""
    others = await menu_edits.heads(app.db, *place, session)
    _refuse_full(others)
    if sent is None:
        return heads.free_slug(name, _slugs(others))
    _refuse_taken(sent, others)
    return sent


async def _others(app: App, place: Place, menu_id: object, session: Session | None) -> list[Row]:
    found = await menu_edits.heads(app.db, *place, session)
    return [one for one in found if one["_id"] != menu_id]


def _refuse_full(others: Sequence[Row]) -> None:
    if len(others) - sum(map(_is_archived, others)) >= MAX_MENUS:
        raise Problem(TOO_MANY_OF_THEM)


def _refuse_taken(slug: str, others: Sequence[Row]) -> None:
    if slug in _slugs(others):
        raise Problem(SLUG_TAKEN)


def _slugs(others: Sequence[Row]) -> set[str]:
    """The addresses of the menus in use."""
    return {str(one.get("menuSlug") or "") for one in others if not _is_archived(one)}


def _is_archived(menu: Row) -> bool:
    return menu.get(heads.ARCHIVED) is not None


def head_of(document: Row) -> api.MenuHead:
    """A stored menu without what is in it."""
    menu = Menu.model_validate({**document, "categories": [], "items": []})
    return api.MenuHead(
        _id=str(menu.id),
        menu_slug=menu.menu_slug,
        name=shown.filled(menu.name),
        available=menu.available,
        sales_tax=None if menu.tax is None else float(menu.tax),
        archived_at=menu.archived_at,
        version=menu.version,
    )


def _told(made: Copy, *, dry_run: bool) -> api.CopiedMenu:
    why = {
        "stationTags": "No station of that location has this tag.",
        "soldOutUntil": "What is sold out for a while here is not so in the copy.",
    }
    return api.CopiedMenu(
        menu=None if dry_run else head_of(made.document),
        categories=[api.NewIdOf(old_id=old, new_id=new) for old, new in made.categories],
        items=[api.NewIdOf(old_id=old, new_id=new) for old, new in made.items],
        not_copied=[
            api.NotCopied(item_id=one.item_id, field=one.field, value=one.value, why=why[one.field])
            for one in made.lost
        ],
    )
