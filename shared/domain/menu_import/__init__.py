"""Menus that others wrote: from schema.org/Menu JSON-LD to a menu document, with an account of what was read.

Values in, values out: nothing here touches a file or a database. `parse` reads the bytes and `read_menu` makes the
document. `merge_menu` puts it over the menu that a location already has: ids stay, and so does what staff set.

What is read, and the words of our own (`ob:`, `urn:orderbuddy:menu#`) for what schema.org has no word for, are listed
in docs/menu-import.md.
"""

from shared.domain.menu_import.entries import PriceChange
from shared.domain.menu_import.merge import AnotherMenuError, Merged, merge_menu
from shared.domain.menu_import.parsing import MAX_BYTES, ParsedFile, UnreadableMenuError, parse
from shared.domain.menu_import.provenance import Overruled
from shared.domain.menu_import.read import ImportedMenu, MenuTarget, prices_of, read_menu
from shared.domain.menu_import.report import Finding, stable_id
from shared.domain.menu_import.same_menu import KnownMenu, same_menu

__all__ = [
    "MAX_BYTES",
    "AnotherMenuError",
    "Finding",
    "ImportedMenu",
    "KnownMenu",
    "MenuTarget",
    "Merged",
    "Overruled",
    "ParsedFile",
    "PriceChange",
    "UnreadableMenuError",
    "merge_menu",
    "parse",
    "prices_of",
    "read_menu",
    "same_menu",
    "stable_id",
]
