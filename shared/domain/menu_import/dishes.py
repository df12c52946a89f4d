"""An item of a menu: its texts, its price or its sizes, its pictures, and what goes with it."""

from __future__ import annotations

from typing import Any

from shared.domain.menu_import.identity import Siblings
from shared.domain.menu_import.jsonld import Graph, Node, each, local_name
from shared.domain.menu_import.modifiers import Modifiers
from shared.domain.menu_import.offers import Offer, offers_of
from shared.domain.menu_import.prices import PriceError
from shared.domain.menu_import.rows import Rows
from shared.domain.menu_import.texts import MAX_DESCRIPTION, MAX_NAME, Words, translated
from shared.domain.menu_import.values import amount, flag, images, report_unknown, words
from shared.money import Cents

MAX_VARIANTS = 30

_FIELDS = frozenset(
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
_PRICE_FIELDS = frozenset({"price", "priceCurrency"})


class Dishes:
    """Reads items."""

    def __init__(self, graph: Graph, rows: Rows) -> None:
        self._graph = graph
        self._rows = rows
        self._modifiers = Modifiers(graph, rows)

    def name(self, node: Node) -> Words:
        """What an item is called; what a menu has no place for is reported."""
        report_unknown(self._graph, node, _FIELDS if "offers" in node.fields else _FIELDS | _PRICE_FIELDS)
        return translated(self._graph, node, "name", MAX_NAME)

    def read(self, node: Node, name: Words, item_id: str, category_id: str) -> dict[str, Any]:
        """The item as it is stored. Raises PriceError where it has no usable price."""
        offers = offers_of(self._graph, node)
        price, variants = self._price_and_variants(offers, item_id)
        description = translated(self._graph, node, "description", MAX_DESCRIPTION)
        cost = amount(self._graph, node, "ob:makingCost")
        pictures = images(self._graph, node)
        available, says_available = self._availability(node, offers)
        said = {"priceCents", "categoryId"} | name.marks("name") | description.marks("description")
        for field, is_said in (
            ("imageUrls", bool(pictures)),
            ("makingCostCents", cost is not None),
            ("isAvailable", says_available),
            ("stationTags", "ob:stationTags" in node.fields),
            ("diets", "suitableForDiet" in node.fields),
            ("variants", bool(variants)),
            ("modifiers", "menuAddOn" in node.fields),
        ):
            if is_said:
                said.add(field)
        item: dict[str, Any] = {
            "id": item_id,
            "name": name.filled(),
            "description": description.filled(),
            "imageUrls": pictures,
            "categoryId": category_id,
            "priceCents": price,
            "makingCostCents": cost or 0,
            "isAvailable": available,
            "stationTags": words(self._graph, node, "ob:stationTags"),
            "variants": variants,
            "modifiers": self._modifiers.of(node, item_id),
        }
        diets = self._diets(node)
        if diets:
            item["diets"] = diets
        self._rows.said[item_id] = frozenset(said)
        return item

    def _price_and_variants(self, offers: list[Offer], item_id: str) -> tuple[Cents, list[dict[str, Any]]]:
        """One offer without a name is the price; named ones are variants, and the default one's price is the item's."""
        first = offers[0]
        if all(not offer.size and offer.price == first.price for offer in offers):
            if isinstance(first.price, PriceError):
                raise first.price
            return first.price, []
        notes, found, siblings = self._graph.notes, list[dict[str, Any]](), Siblings()
        says_default = any("ob:default" in offer.node.fields for offer in offers)
        all_sold_out = all(offer.sold_out for offer in offers)
        for offer in offers:
            path = offer.node.path
            if not offer.size:
                notes.unplaced(path, "Of several offers, each needs a name to be a size or kind.")
                continue
            if len(found) == MAX_VARIANTS:
                notes.unplaced(path, f"An item has at most {MAX_VARIANTS} variants.")
                continue
            if isinstance(offer.price, PriceError):
                notes.unplaced(path, str(offer.price))
                continue
            if offer.sold_out and not all_sold_out:
                notes.unplaced(path, "A single variant cannot be sold out; it is on the menu.")
            variant_id = self._rows.ids.of(item_id, "variant", siblings.key(offer.node, offer.size))
            said = {"name", "priceCents", *(["default"] if says_default else [])}
            self._rows.said[variant_id] = frozenset(said)
            default = flag(self._graph, offer.node, "ob:default") or False
            found.append({"id": variant_id, "name": offer.size.spare, "priceCents": offer.price, "default": default})
        if not found:
            raise PriceError(_why_none(offers))
        chosen = next((variant for variant in found if variant["default"]), found[0])
        for variant in found:
            variant["default"] = variant is chosen
        return chosen["priceCents"], found

    def _availability(self, node: Node, offers: list[Offer]) -> tuple[bool, bool]:
        """Whether the item can be had, and whether the file says so."""
        own = flag(self._graph, node, "ob:available")
        sold_out = all(offer.sold_out for offer in offers)
        says = own is not None or any(offer.sold_out is not None for offer in offers)
        return own is not False and not sold_out, says

    def _diets(self, node: Node) -> list[str]:
        """`https://schema.org/GlutenFreeDiet` is kept as `gluten-free`."""
        found: dict[str, None] = {}
        for path, value in each(node, "suitableForDiet"):
            diet = local_name(value).removesuffix("Diet") if isinstance(value, str) else ""
            if diet.isalpha() and len(diet) <= 30:
                found["".join(f"-{c.lower()}" if c.isupper() else c for c in diet).lstrip("-")] = None
            else:
                self._graph.notes.unplaced(path, "Only a diet such as VeganDiet can stand here.")
        return list(found)


def _why_none(offers: list[Offer]) -> str:
    named = any(offer.size for offer in offers)
    return "None of its offers has a usable price." if named else "None of its offers has a name and a price."
