"""What a diner can add to an item: modifiers with their options, from the item's add-ons."""

from __future__ import annotations

from typing import Any

from shared.domain.menu_import.identity import Key, Siblings
from shared.domain.menu_import.jsonld import Graph, Node, path_of
from shared.domain.menu_import.offers import plain_price
from shared.domain.menu_import.prices import PriceError
from shared.domain.menu_import.rows import Rows
from shared.domain.menu_import.texts import MAX_NAME, translated
from shared.domain.menu_import.values import amount, flag, report_unknown, whole, word
from shared.money import ZERO

MAX_MODIFIERS = 30
MAX_OPTIONS = 100
MAX_OPTIONS_OF_A_MENU = 20_000
"""One shared modifier may serve a thousand items, and each has options of its own: a file of a few lines is many."""

SELECTION_MODES = ("single", "max", "multiple")
_EXTRAS = {"en": "Extras", "es": "Extras", "pt": "Adicionais"}
_EXTRAS_KEY = Key("\x00extras", "\x00extras")

_OPTION_FIELDS = frozenset({"name", "offers"})
_MODIFIER_FIELDS = frozenset(
    {
        "name",
        "hasMenuItem",
        "ob:type",
        "ob:required",
        "ob:selectionMode",
        "ob:maxChoices",
        "ob:freeChoices",
        "ob:extraChoicePrice",
    }
)


class Modifiers:
    """Reads the add-ons of items."""

    def __init__(self, graph: Graph, rows: Rows) -> None:
        self._graph = graph
        self._notes = graph.notes
        self._rows = rows
        self._options_in_all = 0

    def of(self, item: Node, item_id: str) -> list[dict[str, Any]]:
        """An item's modifiers. Bare items among the add-ons become the options of one upsell called Extras."""
        found: list[dict[str, Any]] = []
        extras: list[Node] = []
        siblings = Siblings()
        for addon in self._graph.children(item, "menuAddOn"):
            if "MenuSection" not in addon.types and "hasMenuItem" not in addon.fields:
                extras.append(addon)
            elif len(found) == MAX_MODIFIERS:
                self._notes.unplaced(addon.path, f"An item has at most {MAX_MODIFIERS} modifiers.")
            else:
                modifier = self._modifier(addon, item_id, siblings)
                if modifier is not None:
                    found.append(modifier)
        if extras:
            modifier_id = self._rows.ids.of(item_id, "modifier", _EXTRAS_KEY)
            options = self._options(extras, modifier_id)
            if options:
                self._rows.said[modifier_id] = frozenset()
                found.append(_document(modifier_id, _EXTRAS, options, {"type": "upsell"}))
        return found

    def _modifier(self, node: Node, item_id: str, siblings: Siblings) -> dict[str, Any] | None:
        notes = self._notes
        report_unknown(self._graph, node, _MODIFIER_FIELDS)
        name = translated(self._graph, node, "name", MAX_NAME)
        if not name:
            notes.unplaced(node.path, "A modifier needs a name.")
            return None
        modifier_id = self._rows.ids.of(item_id, "modifier", siblings.key(node, name))
        options = self._options(self._graph.children(node, "hasMenuItem"), modifier_id)
        if not options:
            notes.unplaced(node.path, "A modifier needs at least one option.")
            return None
        own: dict[str, Any] = {
            "type": word(self._graph, node, "ob:type", ("standard", "upsell")),
            "required": flag(self._graph, node, "ob:required"),
            "selectionMode": word(self._graph, node, "ob:selectionMode", SELECTION_MODES),
            "maxChoices": whole(self._graph, node, "ob:maxChoices"),
            "freeChoices": whole(self._graph, node, "ob:freeChoices"),
            "extraChoicePriceCents": amount(self._graph, node, "ob:extraChoicePrice"),
        }
        self._rows.said[modifier_id] = name.marks("name") | {field for field, value in own.items() if value is not None}
        document = _document(modifier_id, name.filled(), options, own)
        self._mend(node, document)
        return document

    def _mend(self, node: Node, document: dict[str, Any]) -> None:
        """Make numbers of choices fit, and say where they did not."""
        notes, options = self._notes, document["options"]
        most, free, extra = document["maxChoices"], document["freeChoices"], document["extraChoicePriceCents"]
        fitting = 1 if document["selectionMode"] == "single" else len(options)
        if not 1 <= most <= fitting:
            notes.remark(path_of(node, "ob:maxChoices"), f"{most} choices do not fit; it is {fitting}.")
            document["maxChoices"] = fitting
        if free > document["maxChoices"]:
            most = document["maxChoices"]
            notes.remark(path_of(node, "ob:freeChoices"), f"More free choices than choices; it is {most}.")
            document["freeChoices"] = most
        if (free and any(option["priceCents"] for option in options)) or (extra and not free):
            # The diner's app and the server would add it up differently (contract 3.2).
            notes.remark(
                node.path,
                "The cart may show another price than is charged: use free choices with an extra price and options "
                "that cost nothing, or options with prices and neither.",
            )

    def _options(self, nodes: list[Node], modifier_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        siblings = Siblings()
        for node in nodes:
            report_unknown(self._graph, node, _OPTION_FIELDS | (set() if "offers" in node.fields else {"price"}))
            name = translated(self._graph, node, "name", MAX_NAME)
            if not name:
                self._notes.unplaced(node.path, "An option needs a name.")
                continue
            if len(found) == MAX_OPTIONS:
                self._notes.unplaced(node.path, f"A modifier has at most {MAX_OPTIONS} options.")
                continue
            if self._options_in_all == MAX_OPTIONS_OF_A_MENU:
                self._notes.unplaced(node.path, f"A menu has at most {MAX_OPTIONS_OF_A_MENU:,} options in all.")
                continue
            try:
                price = plain_price(self._graph, node)
            except PriceError as error:
                self._notes.unplaced(node.path, str(error))
                continue
            option_id = self._rows.ids.of(modifier_id, "option", siblings.key(node, name))
            self._rows.said[option_id] = name.marks("name") | (set() if price is None else {"priceCents"})
            self._options_in_all += 1
            found.append({"id": option_id, "name": name.filled(), "priceCents": price or ZERO})
        return found


def _document(
    modifier_id: str, name: dict[str, str], options: list[dict[str, Any]], own: dict[str, Any]
) -> dict[str, Any]:
    mode = own.get("selectionMode") or "multiple"
    most = own.get("maxChoices")
    return {
        "id": modifier_id,
        "name": dict(name),
        "type": own.get("type") or "standard",
        "required": own.get("required") or False,
        "selectionMode": mode,
        "maxChoices": most if most is not None else 1 if mode == "single" else len(options),
        "freeChoices": own.get("freeChoices") or 0,
        "extraChoicePriceCents": own.get("extraChoicePriceCents") or ZERO,
        "options": options,
    }
