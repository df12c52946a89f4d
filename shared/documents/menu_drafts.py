"""Drafts of menus, and what of each menu was made live before (rules 16)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from shared.documents.base import Document, Flag, Moment, StoredId, Text, Whole, WholeOrNone
from shared.documents.trail import TrailActor

VersionKind = Literal["published", "undone", "kept"]
"""A draft that was published; an older version that was made live again; what was live before one of these, and stood
in no version yet."""


class PlannedPublication(Document):
    """A draft is to be published at a time (UTC), by whom, and with what they asked for."""

    at: datetime
    by: TrailActor = TrailActor()
    note: Text = ""
    overwrite: Flag = False
    request_id: Text = ""


class MenuDraft(Document):
    """A menu as it is to become. `id`: the menu's.

    `base`: the live content that it was begun with, and has followed since wherever the draft has not changed it.
    `content`: the same with the draft's changes. `version`: how often the content was changed.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text
    location_id: StoredId
    base: dict[str, Any]
    content: dict[str, Any]
    version: Whole = 0
    started_at: datetime
    by: TrailActor = TrailActor()
    changed_at: Moment = None
    publication: Annotated[PlannedPublication | None, BeforeValidator(lambda value: value or None)] = None


class MenuVersion(Document):
    """What of a menu was made live, or was live until then: its whole content.

    `id`: `<menu>:<number>`. `number` runs from 1 in each menu. `of`: the number of the version that an undoing made
    live again.
    """

    id: str = Field(alias="_id")
    menu_id: StoredId
    restaurant_id: Text
    location_id: StoredId
    number: int
    kind: VersionKind
    content: dict[str, Any] = Field(default_factory=dict)
    at: datetime
    by: TrailActor = TrailActor()
    note: Text = ""
    of: WholeOrNone = None
