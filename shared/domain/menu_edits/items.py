"""Dishes of a menu: saved with their sizes and choices, and deleted (contract 27)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from shared.api import menu_edits as api
from shared.domain.contact_texts import is_web_address
from shared.domain.menu_edits import words
from shared.domain.menu_edits.availability import AVAILABLE, can_be_had, marked
from shared.domain.menu_edits.content import (
    Edited,
    Faults,
    MakeId,
    Row,
    found,
    id_of,
    place_of,
    rows_of,
    with_row,
    without_row,
)
from shared.errors import MENU_ITEM_NOT_FOUND, TOO_MANY_OF_THEM, Problem

REFUSALS = (MENU_ITEM_NOT_FOUND, TOO_MANY_OF_THEM)

MAX_ITEMS = 1_000
MAX_VARIANTS = 30
MAX_MODIFIERS = 30
MAX_OPTIONS = 100
MAX_IMAGES = 10
MAX_URL = 2_000
MAX_TAGS = 30
MAX_TAG = 100
MAX_CHOICES = 1_000
TYPES = ("standard", "upsell")
MODES = ("single", "max", "multiple")

Sent = TypeVar("Sent", api.VariantSave, api.ModifierSave, api.OptionSave)


def saved(menu: Row, sent: api.ItemSave, make_id: MakeId, now: datetime) -> Edited:
    """Make a dish, or change one; its id is the result. What is left out stays; a new dish is available.

    Raises Problem (REFUSALS), and INVALID_REQUEST with all that is wrong.
    """
    rows = rows_of(menu, "items")
    if sent.id:
        place, stored = found(menu, "items", sent.id, MENU_ITEM_NOT_FOUND)
    elif len(rows) >= MAX_ITEMS:
        raise Problem(TOO_MANY_OF_THEM)
    else:
        place, stored = len(rows), {}
    faults = Faults()
    row = {**stored, "id": sent.id or make_id(), **_fields(menu, sent, stored, faults)}
    row["variants"] = _parts(
        sent.variants,
        rows_of(stored, "variants"),
        "variants",
        faults,
        most=MAX_VARIANTS,
        make=lambda one, old, where: _variant(one, old, where, faults, make_id),
    )
    row["modifiers"] = _parts(
        sent.modifiers,
        rows_of(stored, "modifiers"),
        "modifiers",
        faults,
        most=MAX_MODIFIERS,
        make=lambda one, old, where: modifier(one, old, where, faults, make_id),
    )
    faults.raise_if_any()
    row = _with_availability(row, sent, now, new=not sent.id)
    content = with_row(menu, "items", place, row)
    item_id = id_of(row)
    if sent.id:
        return Edited(content, "menu_item.changed", ("menu_item", item_id), stored, row, result=item_id)
    return Edited(content, "menu_item.created", ("menu_item", item_id), None, row, result=item_id)


def _fields(menu: Row, sent: api.ItemSave, stored: Row, faults: Faults) -> Row:
    description = words.texts(
        sent.description,
        stored.get("description"),
        "description",
        faults,
        limit=words.MAX_DESCRIPTION,
        needed=False,
    )
    fields = {
        "name": words.texts(sent.name, stored.get("name"), "name", faults),
        "description": description,
        "categoryId": sent.category_id,
        "priceCents": _price(sent, stored, faults),
        "makingCostCents": stored.get("makingCostCents", 0),
        "imageUrls": _texts(sent.image_urls, stored, "imageUrls", faults, most=MAX_IMAGES, limit=MAX_URL),
        "stationTags": _texts(sent.station_tags, stored, "stationTags", faults, most=MAX_TAGS, limit=MAX_TAG),
    }
    if sent.making_cost_cents is not None:
        cost, was = sent.making_cost_cents, stored.get("makingCostCents")
        fields["makingCostCents"] = words.price(cost, was, "makingCostCents", faults)
    for index, url in enumerate(sent.image_urls or []):
        if url.strip() and url not in rows_of(stored, "imageUrls") and not is_web_address(url.strip()):
            faults.add(f"imageUrls.{index}", "Only the web address of a picture can stand here.")
    known = place_of(rows_of(menu, "categories"), sent.category_id) is not None
    if not known and (not stored or sent.category_id != stored.get("categoryId")):
        faults.add("categoryId", "There is no such category in this menu.")
    return fields


def _price(sent: api.ItemSave, stored: Row, faults: Faults) -> Any:
    was = stored.get("priceCents")
    if sent.price is None and sent.price_cents is None:
        if not stored:
            faults.add("price", "This field is required.")
        return was
    if sent.price is None:
        assert sent.price_cents is not None
        return words.price(sent.price_cents, was, "priceCents", faults)
    cents = words.cents_of(sent.price)
    if cents is None:
        faults.add("price", "This price has parts of a cent.")
        return was
    if sent.price_cents is not None and sent.price_cents != cents:
        faults.add("priceCents", "This is another price than `price`.")
    return words.price(cents, was, "price", faults)


def _texts(sent: list[str] | None, stored: Row, where: str, faults: Faults, *, most: int, limit: int) -> list[Any]:
    old = rows_of(stored, where)
    if sent is None:
        return old
    texts = list(dict.fromkeys(text.strip() for text in sent if text.strip()))
    if len(texts) > max(most, len(old)):
        faults.add(where, f"There are at most {most} of these.")
    for index, text in enumerate(sent):
        if len(text.strip()) > limit and text not in old:
            faults.add(f"{where}.{index}", f"This text has more than {limit} characters.")
    return texts


def tagged(item: Row, tags: list[str]) -> Row:
    """A dish with other station tags. Raises Problem INVALID_REQUEST."""
    faults = Faults()
    now = {**item, "stationTags": _texts(tags, item, "stationTags", faults, most=MAX_TAGS, limit=MAX_TAG)}
    faults.raise_if_any()
    return now


def _with_availability(row: Row, sent: api.ItemSave, now: datetime, *, new: bool) -> Row:
    """The row with its availability as it was, or as it was sent. To say again what holds changes nothing."""
    if new:
        return {**row, AVAILABLE: sent.is_available is not False}
    if sent.is_available is None or sent.is_available == can_be_had(row, now):
        return row
    return marked(row, available=sent.is_available, until=None)


def _parts(
    sent: Sequence[Sent] | None,
    stored: list[Any],
    where: str,
    faults: Faults,
    *,
    most: int,
    make: Callable[[Sent, Row, str], Row],
) -> list[Any]:
    """The sizes, modifiers or options of a row, each over the stored one with its id."""
    if sent is None:
        return stored
    if len(sent) > max(most, len(stored)):
        faults.add(where, f"There are at most {most} of these.")
    ids = [one.id for one in sent if one.id]
    if len(set(ids)) < len(ids):
        faults.add(where, "An id is there twice.")
    old = {id_of(row): row for row in stored if id_of(row)}
    return [make(one, old.get(one.id or "", {}), f"{where}.{index}") for index, one in enumerate(sent)]


def _variant(sent: api.VariantSave, stored: Row, where: str, faults: Faults, make_id: MakeId) -> Row:
    default = stored.get("default") is True if sent.default is None else sent.default
    return {
        **stored,
        "id": sent.id or make_id(),
        "name": words.plain(sent.name, stored.get("name"), f"{where}.name", faults),
        "priceCents": words.price(sent.price_cents, stored.get("priceCents"), f"{where}.priceCents", faults),
        "default": default,
    }


def modifier(sent: api.ModifierSave, stored: Row, where: str, faults: Faults, make_id: MakeId) -> Row:
    """A group of choices over the stored one."""
    at = f"{where}." if where else ""
    extra = sent.extra_choice_price_cents
    return {
        **stored,
        "id": sent.id or make_id(),
        "name": words.texts(sent.name, stored.get("name"), f"{at}name", faults),
        "type": words.one_of(sent.type, stored.get("type"), f"{at}type", faults, TYPES),
        "required": sent.required,
        "selectionMode": words.one_of(
            sent.selection_mode, stored.get("selectionMode"), f"{at}selectionMode", faults, MODES
        ),
        "maxChoices": words.number(
            sent.max_choices, stored.get("maxChoices"), f"{at}maxChoices", faults, most=MAX_CHOICES
        ),
        "freeChoices": words.number(
            sent.free_choices, stored.get("freeChoices"), f"{at}freeChoices", faults, most=MAX_CHOICES
        ),
        "extraChoicePriceCents": words.price(
            extra, stored.get("extraChoicePriceCents"), f"{at}extraChoicePriceCents", faults
        ),
        "options": options(sent.options, rows_of(stored, "options"), f"{at}options", faults, make_id),
    }


def options(
    sent: Sequence[api.OptionSave] | None, stored: list[Any], where: str, faults: Faults, make_id: MakeId
) -> list[Any]:
    """The choices of a modifier, each over the stored one with its id."""
    return _parts(
        sent,
        stored,
        where,
        faults,
        most=MAX_OPTIONS,
        make=lambda one, old, at: {
            **old,
            "id": one.id or make_id(),
            "name": words.texts(one.name, old.get("name"), f"{at}.name", faults),
            "priceCents": words.price(one.price_cents, old.get("priceCents"), f"{at}.priceCents", faults),
        },
    )


def deleted(menu: Row, item_id: str) -> Edited:
    """Delete a dish. Raises Problem MENU_ITEM_NOT_FOUND."""
    place, stored = found(menu, "items", item_id, MENU_ITEM_NOT_FOUND)
    return Edited(without_row(menu, "items", place), "menu_item.deleted", ("menu_item", item_id), stored, None)
