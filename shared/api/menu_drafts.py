"""Drafts of menus, what publishing them changes, and what was live before."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.api.base import Cleaned, Instant, Moment, Reply, Request, Whole, is_empty
from shared.api.menu import StaffMenu

Note = Annotated[str, Field(max_length=300), Cleaned]


class Acted(Reply):
    """Who did it: `kind` is user, device or system."""

    kind: str
    id: str
    role: str


class Planned(Reply):
    """When the draft is to be published, in UTC, and by whose word."""

    at: Instant
    by: Acted
    note: str
    overwrite: bool


class MenuDraft(Reply):
    """A draft: the menu as it is to become. `version` counts the draft's changes; it is its `etag`, too.

    What is sold out, and portions, are as they are now.
    """

    version: int
    started_at: Instant
    started_by: Acted
    changed_at: Instant | None = Field(None, exclude_if=is_empty)
    publication: Planned | None = Field(None, exclude_if=is_empty)
    menu: StaffMenu


class FieldChange(Reply):
    """One field that publishing changes, such as `items.soup.priceCents`. A side on which it is not there is left out.

    A section, a dish, a size or a choice that is new or gone is one field. `#order` is the order of a list.
    """

    field: str
    before: Any = Field(None, exclude_if=is_empty)
    after: Any = Field(None, exclude_if=is_empty)


class FieldConflict(Reply):
    """One field that the draft and the live menu have both changed since the draft was begun."""

    field: str
    base: Any = Field(None, exclude_if=is_empty)
    draft: Any = Field(None, exclude_if=is_empty)
    live: Any = Field(None, exclude_if=is_empty)


class DraftChanges(Reply):
    """What publishing the draft now would change of the live menu, and where both have changed; at most 200 of each."""

    changes: list[FieldChange]
    conflicts: list[FieldConflict]


class Publish(Request):
    """Publish a draft, now or at a time."""

    note: Note = Field("", description="For the history of the menu.")
    at: Moment | None = Field(None, description="When; null or absent: now.")
    overwrite: bool = Field(False, description="Where the live menu was changed, too, the draft's word holds.")


class Published(Reply):
    """The number of the version that is live now, or when the draft will be."""

    version: int | None = Field(None, exclude_if=is_empty)
    at: Instant | None = Field(None, exclude_if=is_empty)


class Undo(Request):
    """Make an older version live again."""

    version: Annotated[Whole, Field(ge=1, le=2**31)] = Field(description="Its number.")
    note: Note = Field("", description="For the history of the menu.")


class MenuVersionEntry(Reply):
    """One version of a menu's history. `kind`: a draft was published, an older version (`of`) was made live again, or
    it was live before one of these and is kept."""

    version: int
    kind: Literal["published", "undone", "kept"]
    at: Instant
    by: Acted
    note: str
    of: int | None = Field(None, exclude_if=is_empty)


class MenuVersion(MenuVersionEntry):
    """A version with its whole menu."""

    menu: StaffMenu
