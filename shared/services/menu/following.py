"""What a change of a live menu means for the draft that somebody works on (rules 16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.domain.menu_merge import SERVICE, content_of, differences, merge
from shared.store import menu_drafts
from shared.store.mongo.client import Session


async def follow(
    app: App,
    session: Session,
    place: tuple[str, ObjectId | str],
    menu_id: ObjectId | str,
    after: Mapping[str, Any],
) -> None:
    """Let the draft follow a live edit, in the edit's transaction: every field that the draft has not changed itself.

    A field that it has changed stays, and so does what it was based on: so publishing can say that both changed it.
    `place`: the restaurant and the location. `after`: the menu as it is stored now.
    """
    draft = await menu_drafts.get(app.db, *place, menu_id, session)
    if draft is None:
        return
    live = content_of(after)
    content = merge(draft.base, draft.content, live).content
    base = merge(draft.content, draft.base, live).content
    moved = differences(draft.content, content)
    if not moved and not differences(draft.base, base):
        return
    # Whoever edits the draft is not told to look again because a dish was sold out meanwhile.
    counts = any(change.path[-1] not in SERVICE for change in moved)
    await menu_drafts.write(app.db, menu_id, {"base": base, "content": content}, session, counts=counts)
