"""Drafts: a menu as it is to become, worked on while the live one goes on (rules 16).

A draft is edited by the same pure functions as a live menu. What service decides (what is sold out, portions) is never
a draft's: of a dish that is live it stays as it is there.
"""

from __future__ import annotations

from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.app import App
from shared.documents.attention import AttentionKind
from shared.documents.menu_drafts import MenuDraft
from shared.documents.trail import TrailActor
from shared.domain import versions
from shared.domain.menu_edits.account import sides
from shared.domain.menu_edits.content import Row, same
from shared.domain.menu_merge import content_of, with_service_of
from shared.domain.menu_publication import Publication, publication
from shared.domain.roles import Actor
from shared.errors import (
    DRAFT_EXISTS,
    DRAFT_NOT_FOUND,
    DRAFT_PLANNED,
    MENU_ARCHIVED,
    MENU_NOT_FOUND,
    MENU_TOO_LARGE,
    Problem,
)
from shared.ids import stored_id
from shared.services.menu.editing import MAX_BYTES, Ask, Changed, Edit
from shared.services.trail import writing as trail
from shared.store import duties, menu_drafts, menu_edits
from shared.store.mongo.client import Session
from shared.store.support import attention_entries

REFUSALS = (DRAFT_NOT_FOUND, MENU_NOT_FOUND)
"""Of reading."""

HELD_REFUSALS = (DRAFT_NOT_FOUND, *versions.REFUSALS)
"""Of whatever changes a draft that is there."""

BEGIN_REFUSALS = (MENU_NOT_FOUND, MENU_ARCHIVED, MENU_TOO_LARGE, DRAFT_EXISTS)
EDIT_REFUSALS = (*HELD_REFUSALS, MENU_NOT_FOUND, DRAFT_PLANNED, MENU_TOO_LARGE)

MAX_BEGUN_BYTES = 7 * 1024 * 1024
"""A draft holds its menu twice, and MongoDB takes 16 MB. Old menus may be larger than what can be written now."""

PUBLICATION = "menu_publication"
"""The kind of the duty to publish a draft at a time."""

NOT_PUBLISHED: AttentionKind = "publication"
"""The kind of the entry in `attention` where that could not be done."""


def actor_stored(actor: Actor) -> TrailActor:
    """Who acts, as it is stored with a draft or a version."""
    return TrailActor(kind=actor.kind, id=actor.id, role=actor.role)


async def begin(app: App, ask: Ask) -> MenuDraft:
    """Begin a draft of a menu as it is live now. Raises Problem (BEGIN_REFUSALS)."""

    async def body(session: Session) -> MenuDraft:
        live = await menu_edits.content(app.db, *ask.place, stored_id(ask.menu_id), session)
        if live is None:
            raise Problem(MENU_NOT_FOUND)
        if live.get("archivedAt") is not None:
            raise Problem(MENU_ARCHIVED)
        if await menu_drafts.get(app.db, *ask.place, live["_id"], session) is not None:
            raise Problem(DRAFT_EXISTS)
        content = content_of(live)
        if menu_edits.size(content) > MAX_BEGUN_BYTES:
            raise Problem(MENU_TOO_LARGE)
        draft = MenuDraft(
            _id=live["_id"],
            restaurant_id=ask.restaurant_id,
            location_id=ask.place[1],
            base=content,
            content=content,
            started_at=app.clock.now(),
            by=actor_stored(ask.actor),
        )
        await menu_drafts.insert(app.db, draft, session)
        await leave(app, session, ask, "menu_draft.begun", before=None, after={"startedAt": draft.started_at})
        return draft

    try:
        return await trail.changing(app, ask.restaurant_id, body)
    except DuplicateKeyError:
        raise Problem(DRAFT_EXISTS) from None


async def one(app: App, restaurant_id: str, location_id: str, menu_id: str) -> tuple[MenuDraft, Row]:
    """The draft of a menu, and the menu as it is live now. Raises Problem (REFUSALS)."""
    place = restaurant_id, stored_id(location_id)
    draft = await menu_drafts.get(app.db, *place, stored_id(menu_id))
    if draft is None:
        raise Problem(DRAFT_NOT_FOUND)
    live = await menu_edits.content(app.db, *place, draft.id)
    if live is None:
        raise Problem(MENU_NOT_FOUND)
    return draft, live


def published(draft: MenuDraft, live: Row) -> Publication:
    """What comes of publishing the draft now."""
    made = publication(draft.base, draft.content, content_of(live))
    return Publication(with_service_of(made.content, content_of(live)), made.conflicts)


async def edit(app: App, ask: Ask, change: Edit, *, dry_run: bool = False) -> Changed:
    """Change a draft; `ask.if_match` is the draft's version. A change that changes nothing leaves nothing.

    Raises Problem (EDIT_REFUSALS), and what the edit raises.
    """

    async def body(session: Session | None) -> Changed:
        draft = await held(app, ask, session)
        if draft.publication is not None:
            raise Problem(DRAFT_PLANNED)
        live = await menu_edits.content(app.db, *ask.place, draft.id, session)
        if live is None:
            raise Problem(MENU_NOT_FOUND)
        was = {**{name: live[name] for name in live if name not in content_of(live)}, **draft.content}
        edited = change(was)
        content = with_service_of(content_of(edited.content), draft.content)
        written = not same(draft.content, content)
        if session is None or not written:
            return Changed({**was, **content}, draft.version + written, edited.result, written)
        if (now := menu_edits.size(content)) > MAX_BYTES and now > menu_edits.size(draft.content):
            raise Problem(MENU_TOO_LARGE)
        fields: dict[str, Any] = {"content": content, "changedAt": app.clock.now()}
        await menu_drafts.write(app.db, draft.id, fields, session)
        before, after = sides(draft.content, content)
        await leave(app, session, ask, "menu_draft.changed", before=before, after=after)
        return Changed({**was, **content}, draft.version + 1, edited.result, written=True)

    return await body(None) if dry_run else await trail.changing(app, ask.restaurant_id, body)


async def discard(app: App, ask: Ask) -> None:
    """Forget a draft, and when it was to be published; `ask.if_match` is its version. Raises Problem
    (HELD_REFUSALS)."""

    async def body(session: Session) -> None:
        draft = await held(app, ask, session)
        await end(app, session, draft)
        await leave(app, session, ask, "menu_draft.discarded", before={"startedAt": draft.started_at}, after=None)

    await trail.changing(app, ask.restaurant_id, body)


async def held(app: App, ask: Ask, session: Session | None) -> MenuDraft:
    """The draft, in the version that the caller saw. Raises Problem (HELD_REFUSALS)."""
    draft = await menu_drafts.get(app.db, *ask.place, stored_id(ask.menu_id), session)
    if draft is None:
        raise Problem(DRAFT_NOT_FOUND)
    versions.hold(draft.version, ask.if_match)
    return draft


async def end(app: App, session: Session, draft: MenuDraft) -> None:
    """The draft is over, in the transaction of what ends it: nothing is to be published any more."""
    now = app.clock.now()
    await menu_drafts.delete(app.db, draft.id, session)
    await duties.drop(app.db, PUBLICATION, draft.id, now, session)
    await attention_entries.end(app.db, f"{NOT_PUBLISHED}:{draft.id}", now, session)


async def leave(
    app: App,
    session: Session,
    ask: Ask,
    action: str,
    *,
    before: Row | None,
    after: Row | None,
    reason: str | None = None,
) -> None:
    """Leave the row in the trail that tells of a change of the draft."""
    await trail.leave(
        app,
        session,
        ask.actor,
        restaurant_id=ask.restaurant_id,
        location_id=ask.place[1],
        action=action,
        target=("menu", ask.menu_id),
        before=before,
        after=after,
        reason=reason,
        request_id=ask.request_id,
    )
