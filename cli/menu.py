"""`orderbuddy menu`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cli.connection import fail, with_database
from cli.output import say
from shared.clock import DatabaseClock
from shared.domain.menu_import import (
    MAX_BYTES,
    Finding,
    ImportedMenu,
    MenuTarget,
    Merged,
    UnreadableMenuError,
    parse,
    read_menu,
)
from shared.ids import stored_id
from shared.settings import Settings
from shared.store import menu_import, places
from shared.store.mongo.client import Database, refresh_clock

LISTED = 40
_LANGUAGE_NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese"}


@dataclass(frozen=True, slots=True)
class _Order:
    """What the command line asks for."""

    target: MenuTarget
    dry_run: bool


def import_menu(
    file: Path, restaurant: str, location: str, menu_slug: str | None, tax: Decimal | None, *, dry_run: bool
) -> None:
    """Read a file, tell what it holds, and store it; ends with 1 where nothing can be used."""
    target = MenuTarget(restaurant, stored_id(location), menu_slug, tax)
    try:
        imported = read_menu(parse(_content(file)), target)
    except UnreadableMenuError as error:
        fail(str(error))
    _tell(imported)
    if imported.document is None:
        fail("Nothing in the file can be ordered, so nothing was changed.")
    order = _Order(target, dry_run)
    merged = with_database(lambda db, _settings: _store(db, _settings, imported, order))
    _tell_outcome(merged, dry_run=dry_run)


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        # One byte more than allowed: enough to know that it is too large, whatever its size.
        return opened.read(MAX_BYTES + 1)


async def _store(db: Database, _: Settings, imported: ImportedMenu, order: _Order) -> Merged:
    target = order.target
    if await places.location(db, target.restaurant_id, target.location_id) is None:
        fail(f"Restaurant {target.restaurant_id} has no location {target.location_id}.")
    merged = await menu_import.planned(db, imported)
    if merged.document.get("salesTax") is None:
        fail("The menu needs a sales tax to be ordered from: give it in percent with --tax, such as --tax 8.875.")
    if order.dry_run:
        return merged
    clock = DatabaseClock()
    await refresh_clock(db, clock)
    return await menu_import.save_imported(db, imported, clock.now())


def _tell(imported: ImportedMenu) -> None:
    say(
        f"Read {_counted(imported.sections, 'section')}, {_counted(imported.items, 'item')}, "
        f"{_counted(imported.variants, 'variant')}, {_counted(imported.modifiers, 'modifier')} "
        f"with {_counted(imported.options, 'option')}."
    )
    for language, name in _LANGUAGE_NAMES.items():
        filled = imported.filled.get(language, 0)
        missing = f", {filled} missing and filled from another language" if filled else ""
        say(f"  {name}: {_counted(imported.languages.get(language, 0), 'text')}{missing}")
    _list("could not be placed:", imported.unplaced)
    _list("placed, but look at it:", imported.remarks)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _list(title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    say(f"{len(findings)} {title}")
    for finding in findings[:LISTED]:
        say(f"  {finding.path}  {finding.reason}")
    if len(findings) > LISTED:
        say(f"  ... and {len(findings) - LISTED} more.")


def _tell_outcome(merged: Merged, *, dry_run: bool) -> None:
    for title, names in (
        ("new", merged.added),
        ("changed", merged.changed),
        ("no longer in the file, kept as sold out", merged.retired),
    ):
        if names:
            listed = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
            say(f"{len(names)} {title}: {listed}")
    if not (merged.added or merged.changed or merged.retired):
        say("Every item is as it was.")
    where = f"menu {merged.document['menuSlug']} ({merged.document['_id']})"
    say(f"Nothing was changed; this would be {where}." if dry_run else f"Stored as {where}.")
