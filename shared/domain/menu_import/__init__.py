"""Menus that others wrote: from schema.org/Menu JSON-LD to a menu document, with an account of what was read.

Values in, values out: nothing here touches a file or a database. `read_menu` makes the document, `merge_menu` puts it
over the one that a location already has, so that ids, and what staff set, survive a second import.

What is read: `Menu` (also inside `@graph` or a `Restaurant`'s `hasMenu`), `hasMenuSection` (nested ones become sections
of their own), `hasMenuItem`, `name` and `description` (text, language-tagged values, or a language map), `image`,
`offers` (`price`, `priceCurrency`, `availability`; several with names are variants), `suitableForDiet`, and
`menuAddOn` (a `MenuSection` is a modifier and its items are the options; a bare `MenuItem` is an optional extra).
A node that is only `{"@id": ...}` stands for the node with that id, so that one modifier can serve many items.

What schema.org has no word for is said in a vocabulary of our own, `urn:orderbuddy:menu#`, written `ob:`:

    on a Menu       ob:salesTax         percent, such as 8.875
    on a section    ob:emoji            one emoji
    on an item      ob:stationTags      which stations cook it, such as ["grill"]
                    ob:makingCost       what it costs to make, as a price
                    ob:available        false: sold out
    on an offer     ob:default          true: the variant that is chosen beforehand
    on a modifier   ob:selectionMode    single | max | multiple
                    ob:maxChoices, ob:freeChoices      whole numbers
                    ob:extraChoicePrice price of each choice beyond the free ones
                    ob:required         true: a diner must choose
                    ob:type             standard | upsell
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
