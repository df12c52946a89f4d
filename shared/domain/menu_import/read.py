"""From a parsed file to a menu document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bson import ObjectId

from shared.domain.menu_import.dishes import Dishes
from shared.domain.menu_import.identity import Ids, Key, Siblings, slug_before, slug_of
from shared.domain.menu_import.jsonld import Graph, Node, path_of
from shared.domain.menu_import.leftovers import report_leftovers
from shared.domain.menu_import.parsing import ParsedFile, UnreadableMenuError
from shared.domain.menu_import.prices import PriceError
from shared.domain.menu_import.report import Finding, Notes, stable_id
from shared.domain.menu_import.rows import Rows
from shared.domain.menu_import.texts import MAX_DESCRIPTION, MAX_NAME, NO_WORDS, Words, translated
from shared.domain.menu_import.translations import join_translations
from shared.domain.menu_import.values import report_unknown
from shared.money import tax_percent

MAX_SECTIONS = 200
MAX_SECTION_DEPTH = 5
MAX_ITEMS = 1_000
CENTS_FROM = 10_000
"""A menu whose lowest price is 100 dollars, in cents, is either a rare one or written in cents."""

_MENU_FIELDS = frozenset({"name", "description", "hasMenuSection", "hasMenuItem", "ob:salesTax"})
_SECTION_FIELDS = frozenset({"name", "description", "hasMenuSection", "hasMenuItem", "ob:emoji"})
_UNNAMED = {"en": "Menu", "es": "Menú", "pt": "Cardápio"}
_MENU_KEY = Key("menu", "menu")

IsEmoji = Callable[[str], bool]
"""Whether a text is one emoji. Given from outside: the list of all emoji is large, and only an import needs it."""


@dataclass(frozen=True, slots=True)
class MenuTarget:
    """Where the menu goes. `sales_tax` in percent; None takes the file's, or that of the menu already there."""

    restaurant_id: str
    location_id: ObjectId | str
    menu_slug: str | None = None
    sales_tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ImportedMenu:
    """What was read. `document` is a menu in the shape of the collection, without times; None: nothing was usable.

    `said` names, by the id of an entry (the menu's own id included), the fields that are the file's own words;
    `keys` is what the entry is among its siblings, and `ids_before` the id that an older release gave it.
    `languages` counts texts by language, `filled` those that had to be filled from another one.
    """

    target: MenuTarget
    document: dict[str, Any] | None
    slug_before: str
    said: Mapping[str, frozenset[str]]
    keys: Mapping[str, str]
    ids_before: Mapping[str, str]
    sections: int
    items: int
    variants: int
    modifiers: int
    options: int
    languages: Mapping[str, int]
    filled: Mapping[str, int]
    unplaced: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def read_menu(file: ParsedFile, target: MenuTarget, is_emoji: IsEmoji) -> ImportedMenu:
    """Read the first menu of a parsed schema.org file (contract 2.3). Raises UnreadableMenuError where there is none.

    The same file gives the same ids: they come from `@id` or `identifier` where an entry has one, else from its name
    and its section's, so that an entry may be moved or priced anew and stay itself.
    """
    notes = Notes()
    for finding in file.unreadable:
        notes.unplaced(finding.path, finding.reason)
    graph = Graph(file.content, notes)
    menus = graph.menus()
    if not menus:
        raise UnreadableMenuError("The file holds no schema.org Menu.")
    for other in join_translations(graph, menus[0], menus[1:]):
        notes.unplaced(other.path, "One menu is read at a time; put this one into a file of its own.")
    return _Reader(graph, target, menus[0], is_emoji).read()


@dataclass(slots=True)
class _Section:
    """A section that becomes a category with its first item."""

    node: Node
    key: Key
    name: Words
    description: Words = NO_WORDS
    emoji: str | None = None
    category: dict[str, Any] | None = None


class _Reader:
    def __init__(self, graph: Graph, target: MenuTarget, menu: Node, is_emoji: IsEmoji) -> None:
        self.graph = graph
        self.notes = graph.notes
        self.target = target
        self.menu = menu
        self.is_emoji = is_emoji
        self.name = translated(graph, menu, "name", MAX_NAME)
        self.slug = slug_of(target.menu_slug or self.name.own or _UNNAMED["en"])
        self.slug_before = slug_before(target.menu_slug or self.name.raw or _UNNAMED["en"])
        self.rows = Rows(Ids(self._scope(self.slug), self._scope(self.slug_before)))
        self.dishes = Dishes(graph, self.rows)
        self.categories: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []
        self.section_keys = Siblings()
        self.item_keys = Siblings()
        self.section_of_item: dict[str, str] = {}

    def _scope(self, slug: str) -> str:
        return stable_id(self.target.restaurant_id, str(self.target.location_id), slug)

    def read(self) -> ImportedMenu:
        menu, scope = self.menu, self.rows.ids.scope
        report_unknown(self.graph, menu, _MENU_FIELDS)
        if "description" in menu.fields:
            self.notes.unplaced(path_of(menu, "description"), "A menu has no description of its own.")
        name = self.name.filled() if self.name else dict(_UNNAMED)
        whole = _Section(menu, _MENU_KEY, self.name or Words(_UNNAMED, _UNNAMED["en"], _UNNAMED["en"], _UNNAMED["en"]))
        self._items(menu, whole)
        for section in self.graph.children(menu, "hasMenuSection"):
            self._section(section, whole, 1)
        menu_id = stable_id(scope, "menu")
        tax = self._sales_tax()
        says_tax = tax is not None and self.target.sales_tax is None
        self.rows.said[menu_id] = self.name.marks("name") | (frozenset({"salesTax"}) if says_tax else frozenset())
        document = {
            "_id": ObjectId(menu_id),
            "restaurantId": self.target.restaurant_id,
            "locationId": self.target.location_id,
            "menuSlug": self.slug,
            "name": name,
            "available": True,
            "salesTax": tax,
            "categories": self.categories,
            "items": self.items,
            "schedule": {"type": "manual"},
        }
        self._ask_about_cents()
        report_leftovers(self.graph)
        return self._imported(document)

    def _imported(self, document: dict[str, Any]) -> ImportedMenu:
        groups = [modifier for item in self.items for modifier in item["modifiers"]]
        return ImportedMenu(
            target=self.target,
            document=document if self.items else None,
            slug_before=self.slug_before,
            said=self.rows.said,
            keys=self.rows.ids.keys,
            ids_before=self.rows.ids.before,
            sections=len(self.categories),
            items=len(self.items),
            variants=sum(len(item["variants"]) for item in self.items),
            modifiers=len(groups),
            options=sum(len(modifier["options"]) for modifier in groups),
            languages=dict(self.notes.languages),
            filled=dict(self.notes.filled),
            unplaced=self.notes.all_unplaced,
            remarks=self.notes.all_remarks,
        )

    def _ask_about_cents(self) -> None:
        prices = [price for item in self.items for price, _ in prices_of(item) if price]
        if prices and all(price >= CENTS_FROM and price % 100 == 0 for price in prices):
            self.notes.remark(self.menu.path, "Every price is a whole number from 100 dollars on: are they cents?")

    def _sales_tax(self) -> float | None:
        if self.target.sales_tax is not None:
            return float(self.target.sales_tax)
        if self.menu.fields.get("ob:salesTax") is None:
            return None
        percent = tax_percent(self.menu.fields["ob:salesTax"])
        if percent is None:
            self.notes.unplaced(path_of(self.menu, "ob:salesTax"), "Only a percentage such as 8.875 can stand here.")
            return None
        return float(percent)

    def _section(self, node: Node, parent: _Section, depth: int) -> None:
        report_unknown(self.graph, node, _SECTION_FIELDS)
        if depth > MAX_SECTION_DEPTH:
            self.notes.unplaced(node.path, f"Sections are read {MAX_SECTION_DEPTH} levels deep.")
            return
        own = translated(self.graph, node, "name", MAX_NAME)
        if own:
            name = _inside(parent.name, own) if parent.node is not self.menu else own
            description = translated(self.graph, node, "description", MAX_DESCRIPTION)
            section = _Section(node, self.section_keys.key(node, name), name, description, self._emoji(node))
        else:
            section = parent
        items = self._items(node, section)
        inner = self.graph.children(node, "hasMenuSection")
        for each in inner:
            self._section(each, section, depth + 1)
        if not items and not inner:
            self.notes.unplaced(node.path, "The section has no items, and is left out.")
        elif not own:
            self.notes.remark(node.path, f"The section has no name; what is in it stands under {parent.name.spare}.")

    def _items(self, node: Node, section: _Section) -> int:
        """Place a node's own items under a section; returns how many there are."""
        items = self.graph.children(node, "hasMenuItem")
        for item in items:
            self._item(item, section)
        return len(items)

    def _item(self, node: Node, section: _Section) -> None:
        name = self.dishes.name(node)
        if not name:
            self.notes.unplaced(node.path, "An item needs a name.")
            return
        if node.path in self.section_of_item:
            place = self.section_of_item[node.path]
            self.notes.unplaced(node.path, f"An item stands in one section; this one is in {place} already.")
            return
        if len(self.items) == MAX_ITEMS:
            self.notes.unplaced(node.path, f"A menu has at most {MAX_ITEMS} items.")
            return
        if section.category is None and len(self.categories) == MAX_SECTIONS:
            self.notes.unplaced(section.node.path, f"A menu has at most {MAX_SECTIONS} sections.")
            return
        item_id = self.rows.ids.of(self.rows.ids.scope, "item", self.item_keys.key(node, name, section.key))
        category_id = self.rows.ids.of(self.rows.ids.scope, "section", section.key)
        try:
            item = self.dishes.read(node, name, item_id, category_id)
        except PriceError as error:
            self.notes.unplaced(node.path, f"{name.spare}: {error}")
            return
        if section.category is None:
            section.category = self._category(section, category_id)
        self.section_of_item[node.path] = section.name.spare
        self.items.append(item)

    def _category(self, section: _Section, category_id: str) -> dict[str, Any]:
        category: dict[str, Any] = {
            "id": category_id,
            "name": section.name.filled(),
            "description": section.description.filled(),
            "sortOrder": len(self.categories) + 1,
        }
        said = section.name.marks("name") | section.description.marks("description") | {"sortOrder"}
        if section.emoji:
            category["emoji"] = section.emoji
            said |= {"emoji"}
        self.rows.said[category_id] = said
        self.categories.append(category)
        return category

    def _emoji(self, section: Node) -> str | None:
        emoji = section.fields.get("ob:emoji")
        if emoji is None:
            return None
        if isinstance(emoji, str) and self.is_emoji(emoji.strip()):
            return emoji.strip()
        self.notes.unplaced(path_of(section, "ob:emoji"), "Only one emoji can stand here.")
        return None


def prices_of(item: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What an item can cost before its add-ons: each size's price in cents with its name, or the item's own and ""."""
    sizes = [(variant["priceCents"], variant["name"]) for variant in item["variants"]]
    return sizes or [(item["priceCents"], "")]


def _inside(outer: Words, inner: Words) -> Words:
    """The name of a section in a section, such as "Wine: Red"."""
    said = {
        language: f"{outer.filled()[language]}: {inner.filled()[language]}" for language in {*outer.said, *inner.said}
    }
    return Words(
        said,
        f"{outer.spare}: {inner.spare}",
        f"{outer.own}: {inner.own}",
        f"{outer.raw}: {inner.raw}",
    )
