"""Pictures that are kept, and what somebody may send to become one (rules 24.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.documents.base import Document, Moment, Text, Texts, Whole
from shared.documents.trail import TrailActor

FileState = Literal["storing", "stored", "removing"]
"""`storing`: its files are on their way to the store, or never came to their end. `removing`: they are going."""


class StoredPicture(Document):
    """A picture of a restaurant. `id`: `<restaurant>/<folder>/<hash>`; `names`: of its renditions in the store.

    `look_at`: when menus are looked through for it next. `unnamed_since`: the first of these looks that found it
    nowhere; absent while something names it.
    """

    id: str = Field(alias="_id")
    restaurant_id: str
    folder: Text = ""
    state: FileState
    names: Texts
    bytes: Whole = 0
    by: TrailActor = TrailActor()
    created_at: datetime
    look_at: datetime
    unnamed_since: Moment = None


class Upload(Document):
    """That somebody may send a file by an address of its own. `name`: of the picture that became of it, once it has."""

    id: str = Field(alias="_id")
    restaurant_id: str
    folder: Text = ""
    by: TrailActor = TrailActor()
    created_at: datetime
    purge_at: datetime
    name: Text = ""
