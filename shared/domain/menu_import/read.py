"""From a parsed file to a menu document."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bson import ObjectId

from shared.domain.menu_import.choices import Keys, modifiers, price_and_variants, report_unknown
from shared.domain.menu_import.jsonld import Graph, Node, UnreadableMenuError, each, local_name, path_of
from shared.domain.menu_import.report import Finding, Notes, stable_id
from shared.domain.menu_import.values import (
    MAX_DESCRIPTION,
    MAX_NAME,
    PriceError,
    cents,
    flag,
    images,
    nothing,
    translated,
    words,
)
from shared.money import tax_percent

MAX_SECTIONS = 200
MAX_SECTION_DEPTH = 5
MAX_ITEMS = 1_000

_MENU_FIELDS = frozenset({"name", "description", "hasMenuSection", "hasMenuItem", "ob:salesTax"})
_SECTION_FIELDS = frozenset({"name", "description", "hasMenuSection", "hasMenuItem", "ob:emoji"})
_ITEM_FIELDS = frozenset(
    {
        "name",
        "description",
        "offers",
        "image",
        "suitableForDiet",
        "menuAddOn",
        "ob:stationTags",
        "ob:makingCost",
        "ob:available",
    }
)

_SAID_BY = {
    "description": "description",
    "imageUrls": "image",
    "makingCostCents": "ob:makingCost",
    "stationTags": "ob:stationTags",
}


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

    `given` names, by item id, the fields that the file itself says; the others are defaults.
    `languages` counts texts by language, `filled` those that had to be filled from another one.
    """

    document: dict[str, Any] | None
    given: Mapping[str, frozenset[str]]
    sections: int
    items: int
    variants: int
    modifiers: int
    options: int
    languages: Mapping[str, int]
    filled: Mapping[str, int]
    unplaced: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def read_menu(document: Any, target: MenuTarget) -> ImportedMenu:
    """Read the first menu of a parsed schema.org file (contract 2.3). Raises UnreadableMenuError where there is none.

    The same file gives the same ids: they come from `@id` or `identifier` where an entry has one, else from its name
    and its section's, so that an entry may be moved or priced anew and stay itself.
    """
    notes = Notes()
    graph = Graph(document, notes)
    menus = graph.menus()
    if not menus:
        raise UnreadableMenuError("The file holds no schema.org Menu.")
    for other in menus[1:]:
        notes.unplaced(other.path, "One menu is read at a time; put this one into a file of its own.")
    return _Reader(graph, target).read(menus[0])


class _Reader:
    def __init__(self, graph: Graph, target: MenuTarget) -> None:
        self.graph = graph
        self.notes = graph.notes
        self.target = target
        self.scope = ""
        self.categories: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []
        self.given: dict[str, frozenset[str]] = {}
        self.section_keys = Keys()
        self.item_keys = Keys()
        self.section_of_item: dict[str, str] = {}

    def read(self, menu: Node) -> ImportedMenu:
        report_unknown(self.graph, menu, _MENU_FIELDS)
        language = menu.fields.get("inLanguage")
        if isinstance(language, str) and language:
            self.graph.language = language
        name = translated(self.graph, menu, "name", MAX_NAME) or {"en": "Menu", "es": "Menú", "pt": "Cardápio"}
        if "description" in menu.fields:
            self.notes.unplaced(path_of(menu, "description"), "A menu has no description of its own.")
        slug = slug_of(self.target.menu_slug or name["en"])
        self.scope = stable_id(self.target.restaurant_id, str(self.target.location_id), slug)
        self._section_items(menu, "menu", dict(name), nothing(), None)
        for section in self.graph.children(menu, "hasMenuSection"):
            self._section(section, {}, 1)
        document = {
            "_id": ObjectId(stable_id(self.scope, "menu")),
            "restaurantId": self.target.restaurant_id,
            "locationId": self.target.location_id,
            "menuSlug": slug,
            "name": name,
            "available": True,
            "salesTax": self._sales_tax(menu),
            "categories": self.categories,
            "items": self.items,
            "schedule": {"type": "manual"},
        }
        groups = [modifier for item in self.items for modifier in item["modifiers"]]
        return ImportedMenu(
            document=document if self.items else None,
            given=self.given,
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

    def _sales_tax(self, menu: Node) -> float | None:
        if self.target.sales_tax is not None:
            return float(self.target.sales_tax)
        if "ob:salesTax" not in menu.fields:
            return None
        percent = tax_percent(menu.fields["ob:salesTax"])
        if percent is None:
            self.notes.unplaced(path_of(menu, "ob:salesTax"), "Only a percentage such as 8.875 can stand here.")
            return None
        return float(percent)

    def _section(self, section: Node, parents: Mapping[str, str], depth: int) -> None:
        report_unknown(self.graph, section, _SECTION_FIELDS)
        own = translated(self.graph, section, "name", MAX_NAME)
        if not own:
            self.notes.unplaced(section.path, "A section needs a name; its items are left out with it.")
            return
        if depth > MAX_SECTION_DEPTH:
            self.notes.unplaced(section.path, f"Sections are read {MAX_SECTION_DEPTH} levels deep.")
            return
        name = {language: f"{parents[language]}: {text}" if parents else text for language, text in own.items()}
        description = translated(self.graph, section, "description", MAX_DESCRIPTION) or nothing()
        key = self.section_keys.of(section, name["en"])
        self._section_items(section, key, name, description, self._emoji(section))
        for inner in self.graph.children(section, "hasMenuSection"):
            self._section(inner, name, depth + 1)

    def _section_items(
        self, section: Node, key: str, name: dict[str, str], description: dict[str, str], emoji: str | None
    ) -> None:
        """Place a section's own items under a category; a section that only groups others makes none."""
        nodes = self.graph.children(section, "hasMenuItem")
        if not nodes and ("hasMenuSection" in section.fields or "Menu" in section.types):
            return
        if len(self.categories) == MAX_SECTIONS:
            self.notes.unplaced(section.path, f"A menu has at most {MAX_SECTIONS} sections.")
            return
        category: dict[str, Any] = {
            "id": stable_id(self.scope, "section", key),
            "name": name,
            "description": description,
            "sortOrder": len(self.categories) + 1,
        }
        if emoji:
            category["emoji"] = emoji
        self.categories.append(category)
        for node in nodes:
            self._item(node, key, category)

    def _item(self, node: Node, section_key: str, category: Mapping[str, Any]) -> None:
        report_unknown(self.graph, node, _ITEM_FIELDS)
        name = translated(self.graph, node, "name", MAX_NAME)
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
        item_id = stable_id(self.scope, "item", self.item_keys.of(node, f"{section_key}\x1f{name['en']}"))
        try:
            price, variants, in_stock = price_and_variants(self.graph, node, item_id)
        except PriceError as error:
            self.notes.unplaced(node.path, f"{name['en']}: {error}")
            return
        self.section_of_item[node.path] = str(category["name"]["en"])
        item: dict[str, Any] = {
            "id": item_id,
            "name": name,
            "description": translated(self.graph, node, "description", MAX_DESCRIPTION) or nothing(),
            "imageUrls": images(self.graph, node),
            "categoryId": category["id"],
            "priceCents": price,
            "makingCostCents": self._making_cost(node),
            "isAvailable": flag(self.graph, node, "ob:available", True) and in_stock,
            "stationTags": words(self.graph, node, "ob:stationTags"),
            "variants": variants,
            "modifiers": modifiers(self.graph, node, item_id),
        }
        diets = self._diets(node)
        if diets:
            item["diets"] = diets
        self.items.append(item)
        self.given[item_id] = frozenset(field for field, source in _SAID_BY.items() if source in node.fields)

    def _making_cost(self, node: Node) -> int:
        if "ob:makingCost" not in node.fields:
            return 0
        try:
            return cents(node.fields["ob:makingCost"])
        except PriceError as error:
            self.notes.unplaced(path_of(node, "ob:makingCost"), str(error))
            return 0

    def _emoji(self, section: Node) -> str | None:
        emoji = section.fields.get("ob:emoji")
        if emoji is None:
            return None
        if isinstance(emoji, str) and 0 < len(emoji.encode("utf-16-le")) // 2 <= 4:
            return emoji
        self.notes.unplaced(path_of(section, "ob:emoji"), "Only one emoji can stand here.")
        return None

    def _diets(self, node: Node) -> list[str]:
        """`https://schema.org/GlutenFreeDiet` is kept as `gluten-free`."""
        found: dict[str, None] = {}
        for path, value in each(node, "suitableForDiet"):
            diet = local_name(value).removesuffix("Diet") if isinstance(value, str) else ""
            if diet.isalpha() and len(diet) <= 30:
                found["".join(f"-{c.lower()}" if c.isupper() else c for c in diet).lstrip("-")] = None
            else:
                self.notes.unplaced(path, "Only a diet such as VeganDiet can stand here.")
        return list(found)


def slug_of(name: str) -> str:
    """A name as part of an address: lower case, dash separated."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())[:60] or "menu"
