"""A menu itself: made, named, taxed, put into the archive and taken out of it (rules 16)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.api import menu_edits as api
from shared.domain.menu_edits import words
from shared.domain.menu_edits.content import Edited, Faults, Row, without, wrong
from shared.domain.menu_texts import texts_of

ARCHIVED = "archivedAt"
LONGEST_SLUG = 60

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def made(sent: api.NewMenu, menu_id: ObjectId, place: tuple[str, ObjectId | str], slug: str, now: datetime) -> Row:
    """A new menu without categories and dishes. Raises Problem INVALID_REQUEST with all that is wrong."""
    faults = Faults()
    document = {
        "_id": menu_id,
        "restaurantId": place[0],
        "locationId": place[1],
        "menuSlug": slug,
        "name": words.texts(sent.name, None, "name", faults),
        "available": sent.available,
        "salesTax": words.sales_tax(sent.sales_tax, None, "salesTax", faults),
        "categories": [],
        "items": [],
        "version": 0,
        "createdAt": now,
        "updatedAt": now,
    }
    faults.raise_if_any()
    return document


def named(sent: api.SentTexts | None, stored: Any) -> Any:
    """The name of a copy: as it is sent, else as it is stored. Raises Problem INVALID_REQUEST."""
    faults = Faults()
    name = words.texts(sent, None if sent else stored, "name", faults)
    faults.raise_if_any()
    return name


def changed(menu: Row, sent: api.MenuChange) -> Edited:
    """Change a menu's name, tax, address, or whether it is available. Raises Problem INVALID_REQUEST."""
    if not sent.model_fields_set:
        raise wrong("", "Say what is to change.")
    faults = Faults()
    fields: Row = {}
    if sent.name is not None:
        fields["name"] = words.texts(sent.name, menu.get("name"), "name", faults)
    if sent.sales_tax is not None:
        fields["salesTax"] = words.sales_tax(sent.sales_tax, menu.get("salesTax"), "salesTax", faults)
    if sent.menu_slug is not None:
        fields["menuSlug"] = slug(sent.menu_slug, menu.get("menuSlug"), faults)
    if sent.available is not None:
        fields["available"] = sent.available
    faults.raise_if_any()
    return Edited({**menu, **fields}, "menu.changed", _target(menu))


def archived(menu: Row, now: datetime) -> Edited:
    """Put a menu into the archive; one that is there stays as it is."""
    content = menu if menu.get(ARCHIVED) is not None else {**menu, ARCHIVED: now}
    return Edited(content, "menu.archived", _target(menu))


def restored(menu: Row) -> Edited:
    """Take a menu out of the archive."""
    return Edited(without(menu, ARCHIVED), "menu.restored", _target(menu))


def slug(sent: str, stored: Any, faults: Faults) -> str:
    """What a menu is called in addresses."""
    if (not _SLUG.fullmatch(sent) or len(sent) > LONGEST_SLUG) and sent != stored:
        faults.add("menuSlug", f"This is at most {LONGEST_SLUG} small letters and digits, with dashes between them.")
    return sent


def free_slug(name: Any, taken: Collection[str]) -> str:
    """An address made of a name, with a number where it is taken."""
    # Only here: all that reads menus of others comes with it.
    from shared.domain.menu_import.identity import slug_of

    wanted = slug_of(texts_of(name)["en"])
    if wanted not in taken:
        return wanted
    for number in range(2, len(taken) + 3):
        numbered = f"{wanted[: LONGEST_SLUG - 5].rstrip('-')}-{number}"
        if numbered not in taken:
            return numbered
    raise AssertionError("there are more numbers than addresses")


def _target(menu: Row) -> tuple[str, str]:
    return "menu", str(menu["_id"])
