"""What a diner can choose of an item: variants from its offers, modifiers from its add-ons."""

from __future__ import annotations

from typing import Any

from shared.domain.menu_import.jsonld import Graph, Node, local_name, path_of
from shared.domain.menu_import.report import stable_id
from shared.domain.menu_import.values import (
    MAX_NAME,
    PriceError,
    cents,
    flag,
    offer_price,
    translated,
    untranslated,
    whole,
    word,
)
from shared.money import ZERO, Cents

MAX_VARIANTS = 30
MAX_MODIFIERS = 30
MAX_OPTIONS = 100

SELECTION_MODES = ("single", "max", "multiple")
_SOLD_OUT = frozenset({"OutOfStock", "SoldOut", "Discontinued"})
_EXTRAS = {"en": "Extras", "es": "Extras", "pt": "Adicionais"}

_OFFER_FIELDS = frozenset(
    {"price", "priceCurrency", "priceSpecification", "lowPrice", "highPrice", "availability", "name", "ob:default"}
)
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
_TECHNICAL = frozenset({"@context", "@type", "@id", "@graph", "identifier", "url", "position", "sameAs", "inLanguage"})


class Keys:
    """Keys of siblings, each used once: an own id where there is one, else the English name."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, node: Node, name: str) -> str:
        """The key of `node`; a second one of the same key gets a number."""
        identifier = node.fields.get("identifier")
        own = node.id or (identifier if isinstance(identifier, str) and identifier else None)
        key = own or name.casefold()
        number = 2
        unique = key
        while unique in self._taken:
            unique, number = f"{key}#{number}", number + 1
        self._taken.add(unique)
        return unique


def report_unknown(graph: Graph, node: Node, known: frozenset[str]) -> None:
    """Report the fields of a node that a menu has no place for."""
    for name in node.fields:
        if name not in known and name not in _TECHNICAL:
            graph.notes.unplaced(path_of(node, name), f"A menu has no place for {name[:40]} here.")


def price_and_variants(graph: Graph, item: Node, item_id: str) -> tuple[Cents, list[dict[str, Any]], bool]:
    """An item's price, its variants, and whether it can be had. Raises PriceError where no offer has a usable price.

    One offer, or the first of several without names, is the price. Offers with names are variants; the item's own
    price is then its default variant's.
    """
    offers = graph.children(item, "offers")
    if not offers:
        raise PriceError("It has no price.")
    named = [(offer, untranslated(graph, offer, "name", MAX_NAME)) for offer in offers]
    if len(offers) == 1 and not named[0][1]:
        report_unknown(graph, offers[0], _OFFER_FIELDS)
        return offer_price(graph, offers[0]), [], not _sold_out(offers[0])
    variants: list[dict[str, Any]] = []
    keys = Keys()
    for offer, name in named:
        report_unknown(graph, offer, _OFFER_FIELDS)
        if not name:
            graph.notes.unplaced(offer.path, "Of several offers, each needs a name to be a size or kind.")
            continue
        if len(variants) == MAX_VARIANTS:
            graph.notes.unplaced(offer.path, f"An item has at most {MAX_VARIANTS} variants.")
            continue
        try:
            price = offer_price(graph, offer)
        except PriceError as error:
            graph.notes.unplaced(offer.path, str(error))
            continue
        if _sold_out(offer) and not all(_sold_out(other) for other in offers):
            graph.notes.unplaced(offer.path, "A single variant cannot be sold out; it is on the menu.")
        variants.append(
            {
                "id": stable_id(item_id, "variant", keys.of(offer, name)),
                "name": name,
                "priceCents": price,
                "default": flag(graph, offer, "ob:default", False),
            }
        )
    if not variants:
        raise PriceError("None of its offers has a name and a price.")
    chosen = next((variant for variant in variants if variant["default"]), variants[0])
    for variant in variants:
        variant["default"] = variant is chosen
    return chosen["priceCents"], variants, not all(_sold_out(offer) for offer in offers)


def _sold_out(offer: Node) -> bool:
    availability = offer.fields.get("availability")
    return isinstance(availability, str) and local_name(availability) in _SOLD_OUT


def modifiers(graph: Graph, item: Node, item_id: str) -> list[dict[str, Any]]:
    """An item's modifiers. Bare items among the add-ons become the options of one upsell called Extras."""
    found: list[dict[str, Any]] = []
    extras: list[Node] = []
    keys = Keys()
    for addon in graph.children(item, "menuAddOn"):
        if "MenuSection" not in addon.types and "hasMenuItem" not in addon.fields:
            extras.append(addon)
        elif len(found) == MAX_MODIFIERS:
            graph.notes.unplaced(addon.path, f"An item has at most {MAX_MODIFIERS} modifiers.")
        else:
            modifier = _modifier(graph, addon, item_id, keys)
            if modifier is not None:
                found.append(modifier)
    if extras:
        modifier_id = stable_id(item_id, "modifier", "\x00extras")
        options = _options(graph, extras, modifier_id)
        if options:
            found.append(_document(modifier_id, _EXTRAS, options, kind="upsell", most=len(options)))
    return found


def _modifier(graph: Graph, node: Node, item_id: str, keys: Keys) -> dict[str, Any] | None:
    report_unknown(graph, node, _MODIFIER_FIELDS)
    name = translated(graph, node, "name", MAX_NAME)
    if not name:
        graph.notes.unplaced(node.path, "A modifier needs a name.")
        return None
    modifier_id = stable_id(item_id, "modifier", keys.of(node, name["en"]))
    options = _options(graph, graph.children(node, "hasMenuItem"), modifier_id)
    if not options:
        graph.notes.unplaced(node.path, "A modifier needs at least one option.")
        return None
    mode = word(graph, node, "ob:selectionMode", SELECTION_MODES, "multiple")
    most = whole(graph, node, "ob:maxChoices", 1 if mode == "single" else len(options))
    if not 1 <= most <= len(options) or (mode == "single" and most > 1):
        fitting = 1 if mode == "single" else len(options)
        graph.notes.remark(path_of(node, "ob:maxChoices"), f"{most} choices do not fit; it is {fitting}.")
        most = fitting
    free = whole(graph, node, "ob:freeChoices", 0)
    if free > most:
        graph.notes.remark(path_of(node, "ob:freeChoices"), f"More free choices than choices; it is {most}.")
        free = most
    extra = _extra_price(graph, node)
    document = _document(
        modifier_id,
        name,
        options,
        kind=word(graph, node, "ob:type", ("standard", "upsell"), "standard"),
        most=most,
        mode=mode,
        free=free,
        extra=extra,
        required=flag(graph, node, "ob:required", False),
    )
    if (free and any(option["priceCents"] for option in options)) or (extra and not free):
        # The diner's app and the server would add it up differently (contract 3.2).
        graph.notes.remark(
            node.path,
            "The cart may show another price than is charged: use free choices with an extra price and options that "
            "cost nothing, or options with prices and neither.",
        )
    return document


def _document(
    modifier_id: str,
    name: dict[str, str],
    options: list[dict[str, Any]],
    *,
    kind: str,
    most: int,
    mode: str = "multiple",
    free: int = 0,
    extra: Cents = ZERO,
    required: bool = False,
) -> dict[str, Any]:
    return {
        "id": modifier_id,
        "name": dict(name),
        "type": kind,
        "required": required,
        "selectionMode": mode,
        "maxChoices": most,
        "freeChoices": free,
        "extraChoicePriceCents": extra,
        "options": options,
    }


def _options(graph: Graph, nodes: list[Node], modifier_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    keys = Keys()
    for node in nodes:
        report_unknown(graph, node, _OPTION_FIELDS)
        name = translated(graph, node, "name", MAX_NAME)
        if not name:
            graph.notes.unplaced(node.path, "An option needs a name.")
        elif len(found) == MAX_OPTIONS:
            graph.notes.unplaced(node.path, f"A modifier has at most {MAX_OPTIONS} options.")
        else:
            offers = graph.children(node, "offers")
            try:
                price = offer_price(graph, offers[0]) if offers else ZERO
            except PriceError as error:
                graph.notes.unplaced(node.path, str(error))
                continue
            for further in offers[1:]:
                graph.notes.unplaced(further.path, "An option has one price: the first.")
            option_id = stable_id(modifier_id, "option", keys.of(node, name["en"]))
            found.append({"id": option_id, "name": name, "priceCents": price})
    return found


def _extra_price(graph: Graph, node: Node) -> Cents:
    if "ob:extraChoicePrice" not in node.fields:
        return ZERO
    try:
        return cents(node.fields["ob:extraChoicePrice"])
    except PriceError as error:
        graph.notes.unplaced(path_of(node, "ob:extraChoicePrice"), str(error))
        return ZERO
