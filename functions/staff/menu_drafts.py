"""Drafts of menus, publishing them, and a menu's history (rules 16)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df
from pydantic import BaseModel, Field

from functions.staff.menu_calls import DRAFT, MANAGER, MENU, asked
from shared.api import menu_drafts as api
from shared.domain.cursors import MAX_CURSOR, PATTERN
from shared.services.menu import draft_pages, drafts, publishing
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()


@endpoint(bp, "POST", DRAFT, allow=MANAGER, status=201, errors=(*drafts.BEGIN_REFUSALS, *drafts.REFUSALS))
async def begin(call: Call[None]) -> Reply[Data[api.MenuDraft]]:
    """Begin a draft of a menu as it is live now. A menu has one draft at a time."""
    await drafts.begin(call.app, asked(call))
    draft = await draft_pages.draft(call.app, *_place(call))
    return tagged(draft, draft.version)


@endpoint(bp, "GET", DRAFT, allow=MANAGER, errors=drafts.REFUSALS)
async def read(call: Call[None]) -> Reply[Data[api.MenuDraft]]:
    """The draft of a menu. It has followed the live menu wherever it has not changed it."""
    draft = await draft_pages.draft(call.app, *_place(call))
    return tagged(draft, draft.version)


@endpoint(bp, "DELETE", DRAFT, allow=MANAGER, versioned=True, errors=drafts.HELD_REFUSALS)
async def discard(call: Call[None]) -> Data[bool]:
    """Forget a draft, and when it was to be published. The live menu stays as it is."""
    await drafts.discard(call.app, asked(call))
    return Data(data=True)


@endpoint(bp, "GET", DRAFT + "/changes", allow=MANAGER, errors=drafts.REFUSALS)
async def changes(call: Call[None]) -> Data[api.DraftChanges]:
    """What publishing the draft now would change, and where the live menu was changed, too."""
    return Data(data=await draft_pages.changes(call.app, *_place(call)))


@endpoint(bp, "POST", DRAFT + "/publication", allow=MANAGER, versioned=True, errors=publishing.PLAN_REFUSALS)
async def publish(call: Call[api.Publish]) -> Reply[Data[api.Published]] | Data[api.Published]:
    """Make a draft live, now or at a time: only what it changed.

    Where the live menu was changed meanwhile in the same fields, it is 409 with these fields, unless `overwrite`.
    """
    body = call.body
    if body.at is None:
        number = await publishing.publish(call.app, asked(call), note=body.note, overwrite=body.overwrite)
        return Data(data=api.Published(version=number))
    version = await publishing.plan(call.app, asked(call), body.at, note=body.note, overwrite=body.overwrite)
    return tagged(api.Published(at=body.at), version)


@endpoint(bp, "DELETE", DRAFT + "/publication", allow=MANAGER, versioned=True, errors=publishing.WITHDRAW_REFUSALS)
async def withdraw(call: Call[None]) -> Reply[Data[bool]]:
    """Do not publish the draft at its time. The draft stays."""
    version = await publishing.withdraw(call.app, asked(call))
    return tagged(True, version)


class HistoryQuery(BaseModel):
    """How many versions, and where they go on."""

    limit: int = Field(50, ge=1, le=draft_pages.MOST_VERSIONS, description="How many at most.")
    after: str | None = Field(
        None, max_length=MAX_CURSOR, pattern=PATTERN, description="The `x-next` of the answer before."
    )


@endpoint(bp, "GET", MENU + "/versions", allow=MANAGER, errors=draft_pages.HISTORY_REFUSALS)
async def history(call: Call[None, HistoryQuery]) -> Reply[Data[list[api.MenuVersionEntry]]]:
    """What was made live of a menu, the newest first: the last 200 versions. `x-next` says where older ones are."""
    query = call.query
    found = await draft_pages.history(call.app, *_place(call), limit=query.limit, after=query.after)
    return Reply(Data(data=found.versions), headers={} if found.next is None else {"x-next": found.next})


@endpoint(bp, "GET", MENU + "/versions/{version}", allow=MANAGER, errors=draft_pages.VERSION_REFUSALS)
async def version(call: Call[None]) -> Data[api.MenuVersion]:
    """A version of a menu with its whole menu."""
    return Data(data=await draft_pages.version(call.app, *_place(call), call.path["version"]))


@endpoint(bp, "POST", MENU + "/undo", allow=MANAGER, versioned=True, errors=publishing.UNDO_REFUSALS)
async def undo(call: Call[api.Undo]) -> Data[api.Published]:
    """Make an older version live again, as a new one. What is sold out, and portions, stay as they are now.

    If-Match names the version of the live menu.
    """
    number = await publishing.undo(call.app, asked(call), call.body.version, note=call.body.note)
    return Data(data=api.Published(version=number))


def _place(call: Call[Any, Any]) -> tuple[str, str, str]:
    return *call.place, call.path["menuId"]
