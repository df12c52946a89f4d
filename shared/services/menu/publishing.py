"""Making a draft live, now or at a set time, and making an older version live again (rules 16).

A publication is one transaction: the live menu, its row in `menu_versions`, the end of the draft, what diners hear, and
the row in the trail. So it is there as a whole or not at all, and once, whoever tries it again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from shared.app import App
from shared.documents.duties import Duty
from shared.documents.menu_drafts import MenuDraft, MenuVersion, PlannedPublication, VersionKind
from shared.domain import versions
from shared.domain.menu_edits import content as rows
from shared.domain.menu_edits.content import Edited, Row, same, wrong
from shared.domain.menu_merge import SERVICE, content_of, differences, with_service_of
from shared.domain.menu_publication import conflicts_told
from shared.domain.roles import SYSTEM, Actor
from shared.errors import (
    DRAFT_CONFLICT,
    DRAFT_EMPTY,
    MENU_ARCHIVED,
    MENU_NOT_FOUND,
    MENU_TOO_LARGE,
    MENU_VERSION_NOT_FOUND,
    Problem,
)
from shared.ids import stored_id
from shared.services.duties.seeing import Kinds
from shared.services.menu import drafts, editing
from shared.services.menu.drafts import NOT_PUBLISHED, PUBLICATION
from shared.services.menu.editing import MAX_BYTES, Ask
from shared.services.trail import writing as trail
from shared.store import duties, menu_drafts, menu_edits, menu_versions
from shared.store.mongo.client import Session
from shared.store.support import attention_entries

log = logging.getLogger("orderbuddy.menus")

REFUSALS = (*drafts.HELD_REFUSALS, MENU_NOT_FOUND, MENU_ARCHIVED, DRAFT_CONFLICT, DRAFT_EMPTY, MENU_TOO_LARGE)
PLAN_REFUSALS = (*REFUSALS, *rows.REFUSALS)
WITHDRAW_REFUSALS = drafts.HELD_REFUSALS
UNDO_REFUSALS = (MENU_VERSION_NOT_FOUND, MENU_NOT_FOUND, MENU_ARCHIVED, *versions.REFUSALS)

FURTHEST = timedelta(days=366)
"""So far ahead a publication may be planned."""


async def publish(app: App, ask: Ask, *, note: str = "", overwrite: bool = False) -> int:
    """Make a draft live now; returns the number of the version. `ask.if_match` is the draft's version.

    `overwrite`: where the live menu was changed meanwhile, too, the draft's word holds. Raises Problem (REFUSALS);
    DRAFT_CONFLICT names the fields.
    """

    async def body(session: Session) -> int:
        draft = await drafts.held(app, ask, session)
        return await _publish(app, session, ask, draft, note=note, overwrite=overwrite)

    number = await trail.changing(app, ask.restaurant_id, body)
    editing.tell(app, ask)
    return number


async def _publish(app: App, session: Session, ask: Ask, draft: MenuDraft, *, note: str, overwrite: bool) -> int:
    live = await _live(app, session, ask)
    made = drafts.published(draft, live)
    if made.conflicts and not overwrite:
        raise Problem(DRAFT_CONFLICT, detail=conflicts_told(made.conflicts))
    if same(content_of(live), made.content):
        raise Problem(DRAFT_EMPTY)
    if (now := menu_edits.size(made.content)) > MAX_BYTES and now > menu_edits.size(content_of(live)):
        raise Problem(MENU_TOO_LARGE)
    await drafts.end(app, session, draft)
    return await _make_live(app, session, ask, live, made.content, kind="published", note=note)


async def plan(app: App, ask: Ask, at: datetime, *, note: str = "", overwrite: bool = False) -> int:
    """Publish a draft at a time; an earlier plan of it goes. `ask.if_match`: the draft's version; returns the new one.

    Raises Problem (PLAN_REFUSALS): also where it could not be published now, so that whoever plans it hears of it.
    """
    now = app.clock.now()
    if not now < at <= now + FURTHEST:
        raise wrong("at", "This is not ahead, or more than a year ahead.")

    async def body(session: Session) -> int:
        draft = await drafts.held(app, ask, session)
        live = await _live(app, session, ask)
        made = drafts.published(draft, live)
        if made.conflicts and not overwrite:
            raise Problem(DRAFT_CONFLICT, detail=conflicts_told(made.conflicts))
        if same(content_of(live), made.content):
            raise Problem(DRAFT_EMPTY)
        planned = PlannedPublication(
            at=at, by=drafts.actor_stored(ask.actor), note=note, overwrite=overwrite, request_id=ask.request_id
        )
        duty = duties.due_at(
            PUBLICATION,
            draft.id,
            at,
            restaurant_id=ask.restaurant_id,
            location_id=ask.place[1],
            menu_id=draft.id,
        )
        await menu_drafts.write(app.db, draft.id, {"publication": planned.model_dump(by_alias=True)}, session)
        await duties.renew(app.db, duty, session)
        await attention_entries.end(app.db, f"{NOT_PUBLISHED}:{draft.id}", now, session)
        await drafts.leave(
            app, session, ask, "menu_draft.planned", before=_told(draft), after={"publishAt": at, "note": note}
        )
        return draft.version + 1

    return await trail.changing(app, ask.restaurant_id, body)


async def withdraw(app: App, ask: Ask) -> int:
    """Do not publish the draft at its time; it stays as it is. Without a plan nothing happens. Returns its version.

    Raises Problem (WITHDRAW_REFUSALS).
    """

    async def body(session: Session) -> int:
        draft = await drafts.held(app, ask, session)
        if draft.publication is None:
            return draft.version
        await menu_drafts.write(app.db, draft.id, {"publication": None}, session)
        await duties.drop(app.db, PUBLICATION, draft.id, app.clock.now(), session)
        await drafts.leave(app, session, ask, "menu_draft.withdrawn", before=_told(draft), after={})
        return draft.version + 1

    return await trail.changing(app, ask.restaurant_id, body)


def _told(draft: MenuDraft) -> Row:
    return {} if draft.publication is None else {"publishAt": draft.publication.at, "note": draft.publication.note}


async def publish_planned(app: App, duty: Duty) -> None:
    """Publish a draft whose time has come. Where that cannot be done, the location's people are told, and it is not
    tried again."""
    assert duty.location_id is not None and duty.menu_id is not None
    draft = await menu_drafts.get(app.db, duty.restaurant_id, duty.location_id, duty.menu_id)
    planned = draft.publication if draft is not None else None
    if draft is None or planned is None or planned.at > app.clock.now():
        return
    by = Actor(planned.by.kind, planned.by.id, planned.by.role)  # type: ignore[arg-type]  # as an Actor was stored
    ask = Ask(by, draft.restaurant_id, str(draft.location_id), str(draft.id), planned.request_id)

    async def body(session: Session) -> bool:
        there = await menu_drafts.get(app.db, *ask.place, draft.id, session)
        if there is None or there.publication is None or there.publication.at > app.clock.now():
            return False
        await _publish(app, session, ask, there, note=planned.note, overwrite=planned.overwrite)
        return True

    try:
        done = await trail.changing(app, ask.restaurant_id, body)
    except Problem as problem:
        if problem.code not in REFUSALS:
            raise
        await _give_up(app, ask, draft, problem)
        return
    if done:
        editing.tell(app, ask)


async def _give_up(app: App, ask: Ask, draft: MenuDraft, problem: Problem) -> None:
    fields = ", ".join(str(row["field"]) for row in problem.detail[:10])
    reason = f"A planned publication was not made: {problem.message}" + (f" It is about {fields}." if fields else "")

    async def body(session: Session) -> None:
        there = await menu_drafts.get(app.db, *ask.place, draft.id, session)
        if there is None or there.publication is None:
            return
        await menu_drafts.write(app.db, draft.id, {"publication": None}, session)
        await attention_entries.write(
            app.db,
            NOT_PUBLISHED,
            draft.id,
            restaurant_id=draft.restaurant_id,
            location_id=draft.location_id,
            reason=reason,
            count=1,
            at=app.clock.now(),
            session=session,
        )
        asked = Ask(SYSTEM, ask.restaurant_id, ask.location_id, ask.menu_id, ask.request_id)
        await drafts.leave(
            app, session, asked, "menu_draft.not_published", before=_told(draft), after={}, reason=problem.code.code
        )

    await trail.changing(app, ask.restaurant_id, body)
    log.info("a planned publication was not made menu=%s code=%s", draft.id, problem.code.code)


KINDS: Kinds = {PUBLICATION: publish_planned}
"""The duties of drafts, and what each does."""


async def undo(app: App, ask: Ask, number: int, *, note: str = "") -> int:
    """Make an older version live again, as a new one; returns its number. `ask.if_match` is the live menu's version.

    It is the very content, byte by byte, but what service decides stays as it is now. A draft follows it like any edit.
    Raises Problem (UNDO_REFUSALS).
    """

    async def body(session: Session) -> int:
        live = await _live(app, session, ask)
        versions.hold(editing.version_of(live), ask.if_match)
        found = await menu_versions.one(app.db, *ask.place, live["_id"], number=number, session=session)
        if found is None:
            raise Problem(MENU_VERSION_NOT_FOUND)
        content = with_service_of(found.content, content_of(live))
        return await _make_live(app, session, ask, live, content, kind="undone", note=note, of=number)

    made = await trail.changing(app, ask.restaurant_id, body)
    editing.tell(app, ask)
    return made


async def _live(app: App, session: Session, ask: Ask) -> Row:
    live = await menu_edits.content(app.db, *ask.place, stored_id(ask.menu_id), session)
    if live is None:
        raise Problem(MENU_NOT_FOUND)
    if live.get("archivedAt") is not None:
        raise Problem(MENU_ARCHIVED)
    return live


async def _make_live(
    app: App,
    session: Session,
    ask: Ask,
    live: Row,
    content: dict[str, Any],
    *,
    kind: VersionKind,
    note: str,
    of: int | None = None,
) -> int:
    """Make a content live as a new version, in the transaction; returns the version's number.

    What was live until then is kept first, where no version has it yet: nothing that was live is lost by going back.
    """
    last = await menu_versions.last(app.db, live["_id"], session)
    number = last.number if last is not None else 0

    def version(at: int, kind: VersionKind, content: dict[str, Any], note: str, of: int | None) -> MenuVersion:
        return MenuVersion(
            _id=f"{live['_id']}:{at}",
            menu_id=live["_id"],
            restaurant_id=ask.restaurant_id,
            location_id=ask.place[1],
            number=at,
            kind=kind,
            content=content,
            at=app.clock.now(),
            by=drafts.actor_stored(ask.actor),
            note=note,
            of=of,
        )

    made: list[MenuVersion] = []
    was = content_of(live)
    if last is None or any(change.path[-1] not in SERVICE for change in differences(last.content, was)):
        made.append(version(number + 1, "kept", was, "", None))
    made.append(version(number + len(made) + 1, kind, content, note, of))
    await menu_versions.add(app.db, made, session)
    edited = Edited({**{name: live[name] for name in live if name not in was}, **content}, f"menu.{kind}", _target(ask))
    await editing.write(app, session, ask, live, edited, whole=kind == "undone")
    return made[-1].number


def _target(ask: Ask) -> tuple[str, str]:
    return "menu", ask.menu_id
