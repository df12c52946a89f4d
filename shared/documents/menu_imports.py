"""What files said of a menu, kept beside the menu: so that the next import knows who set a value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.documents.base import Document, Moment, Rows, StoredId, Text, Texts

Values = Annotated[dict[str, Any], BeforeValidator(lambda value: value if isinstance(value, dict) else {})]


class Source(Document):
    """An entry of a menu as imports wrote it.

    `id` is its id in the menu, `key` what it is called in the file. `wrote` has the value of each field that an import
    last had for it: where the menu has another one, staff set it. `said` names those of the fields that are the file's
    own words (`priceCents`, `name.es`); the others are defaults, or filled from another language.
    """

    id: Text = ""
    key: Text = ""
    said: Texts = Field(default_factory=list)
    wrote: Values = Field(default_factory=dict)


class ModifierSource(Source):
    """A modifier with its options."""

    options: Annotated[list[Source], Rows] = Field(default_factory=list)


class ItemSource(Source):
    """An item with its variants and modifiers."""

    variants: Annotated[list[Source], Rows] = Field(default_factory=list)
    modifiers: Annotated[list[ModifierSource], Rows] = Field(default_factory=list)


class MenuImport(Document):
    """All that imports wrote of one menu, whose id it has. `slug` is the menu's slug by its name in the file."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text
    location_id: StoredId
    slug: Text = ""
    said: Texts = Field(default_factory=list)
    wrote: Values = Field(default_factory=dict)
    categories: Annotated[list[Source], Rows] = Field(default_factory=list)
    items: Annotated[list[ItemSource], Rows] = Field(default_factory=list)
    updated_at: Moment = None
