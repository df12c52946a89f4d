"""Menus that others wrote: from schema.org/Menu JSON-LD to a menu document, with an account of what was read.

Values in, values out: nothing here touches a file or a database. `read_menu` makes the document, `merge_menu` puts it
over the one that a location already has, so that ids, and what staff set, survive a second import.

What is read, and the words of our own (`ob:`, `urn:orderbuddy:menu#`) for what schema.org has no word for, are listed
in docs/menu-import.md.
"""

from shared.domain.menu_import.jsonld import MAX_BYTES, UnreadableMenuError, parse
from shared.domain.menu_import.merge import Merged, merge_menu
from shared.domain.menu_import.read import ImportedMenu, MenuTarget, read_menu
from shared.domain.menu_import.report import Finding, stable_id

__all__ = [
    "MAX_BYTES",
    "Finding",
    "ImportedMenu",
    "MenuTarget",
    "Merged",
    "UnreadableMenuError",
    "merge_menu",
    "parse",
    "read_menu",
    "stable_id",
]
