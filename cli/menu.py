"""`orderbuddy menu`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import typer
from emoji import is_emoji
from pymongo.errors import DocumentTooLarge

from cli.connection import clock_of, fail, with_database
from cli.menu_report import tell_changes, tell_file
from cli.output import say
from shared.domain.menu_import import (
    MAX_BYTES,
    AnotherMenuError,
    ImportedMenu,
    MenuTarget,
    Merged,
    UnreadableMenuError,
    parse,
    read_menu,
)
from shared.ids import stored_id
from shared.money import tax_percent
from shared.settings import Settings
from shared.store import menu_import, places
from shared.store.mongo.client import Database

STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True)
class Wish:
    """How the command line wants a file to be imported.

    `replace`: also over a menu that shares no item with the file. `yes`: ask nothing.
    """

    dry_run: bool = False
    replace: bool = False
    yes: bool = False


def import_menu(
    file: Path, restaurant: str, location: str, *, menu_slug: str | None, tax: Decimal | None, wish: Wish
) -> None:
    """Read a file, tell what it holds and what it changes, and store it.

    Ends with 1 where nothing can be used, or where the menu would take the place of another one.
    """
    target = MenuTarget(restaurant, stored_id(location), menu_slug, tax)
    try:
        imported = read_menu(parse(_content(file)), target, is_emoji)
    except UnreadableMenuError as error:
        fail(str(error))
    tell_file(imported)
    if imported.document is None:
        fail("Nothing in the file can be ordered, so nothing was changed.")
    planned = with_database(lambda db, _: _plan(db, imported, wish))
    if wish.dry_run:
        _tell(planned)
        _warn_of_tax(planned)
        where = "a new menu" if planned.is_new else "menu"
        say(f"Nothing was changed; this would be {where} {_called(planned)}.")
        return
    _ask_about_tax(planned, wish)
    merged = with_database(lambda db, _: _save(db, imported, wish))
    _tell(merged)
    say(f"Stored as menu {_called(merged)}.")


def _content(file: Path) -> bytes:
    # One byte more than allowed: enough to know that it is too large, whatever its size.
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


async def _plan(db: Database, imported: ImportedMenu, wish: Wish) -> Merged:
    target = imported.target
    if await places.location(db, target.restaurant_id, target.location_id) is None:
        fail(f"Restaurant {target.restaurant_id} has no location {target.location_id}.")
    try:
        merged = await menu_import.planned(db, imported, replace=wish.replace)
    except AnotherMenuError as error:
        _refuse(error)
    except menu_import.ArchivedMenuError:
        fail("This menu is in the archive. Restore it first, or give the file a place of its own with --menu-slug.")
    if merged.document.get("salesTax") is None:
        fail("The menu needs a sales tax to be ordered from: give it in percent with --tax, such as --tax 8.875.")
    return merged


async def _save(db: Database, imported: ImportedMenu, wish: Wish) -> Merged:
    clock = await clock_of(db, Settings.read())
    try:
        return await menu_import.save_imported(db, imported, clock.now(), replace=wish.replace)
    except AnotherMenuError as error:
        _refuse(error)
    except menu_import.ArchivedMenuError:
        fail("This menu is in the archive. Restore it first, or give the file a place of its own with --menu-slug.")
    except DocumentTooLarge:
        fail("The menu is larger than the database takes, so nothing was changed. Make two of it.")


def _refuse(error: AnotherMenuError) -> NoReturn:
    fail(
        f"{error} It looks like another menu, so nothing was changed. Give it a place of its own with --menu-slug, or "
        "put it in the place of that one with --replace."
    )


def _tell(merged: Merged) -> None:
    tell_changes(merged)
    say(f"Sales tax: {merged.document['salesTax']:g} %.")


def _called(merged: Merged) -> str:
    return f"{merged.document['menuSlug']} ({merged.document['_id']})"


def _small_tax(merged: Merged) -> Decimal | None:
    """A sales tax below one percent that the menu did not have before: somebody may have written 0.08875 for 8.875."""
    tax = tax_percent(merged.document["salesTax"])
    is_small = tax is not None and tax < 1 and tax != tax_percent(merged.tax_before)
    return tax if is_small else None


def _question(tax: Decimal) -> str:
    if not tax:
        return "A sales tax of 0 is none at all."
    return f"A sales tax of {tax:f} is {tax:f} %. For {_plain(tax * 100)} %, write {_plain(tax * 100)}."


def _plain(number: Decimal) -> str:
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _warn_of_tax(merged: Merged) -> None:
    tax = _small_tax(merged)
    if tax is not None:
        say(_question(tax))


def _ask_about_tax(merged: Merged, wish: Wish) -> None:
    tax = _small_tax(merged)
    if tax is None or wish.yes:
        return
    try:
        agreed = typer.confirm(f"{_question(tax)} Go on?")
    except typer.Abort:
        fail("Nobody answered, so nothing was changed. Give --yes where it is meant so.")
    if not agreed:
        fail("Nothing was changed.")
