"""Which of a location's menus a file is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from shared.domain.menu_import.identity import folded
from shared.domain.menu_import.read import ImportedMenu
from shared.domain.menu_texts import texts_of


@dataclass(frozen=True, slots=True)
class KnownMenu:
    """A menu of the location. `imported_as` is the slug by which an import went into it; None: none did."""

    id: ObjectId | str
    slug: str
    name: Any
    imported_as: str | None


def same_menu(imported: ImportedMenu, known: Sequence[KnownMenu]) -> ObjectId | str | None:
    """The id of the menu that the file is about; None: a new one.

    It is the one with the slug that was asked for, else the one that an import with this slug went into, else the one
    with this slug. An older release made the same slug of different names: there the name must be the same, too.
    """
    document = imported.document
    assert document is not None
    asked, slug = imported.target.menu_slug, document["menuSlug"]
    names = _names(document)
    rules: tuple[Callable[[KnownMenu], bool], ...] = (
        lambda menu: asked is not None and menu.slug in (asked, slug),
        lambda menu: menu.imported_as == slug,
        lambda menu: menu.id == document["_id"] or menu.slug == slug,
        lambda menu: menu.slug == imported.slug_before and bool(names & _names({"name": menu.name})),
    )
    return next((menu.id for rule in rules for menu in known if rule(menu)), None)


def _names(menu: Mapping[str, Any]) -> set[str]:
    return {folded(text) for text in texts_of(menu["name"]).values() if text}
