"""What a file offers a dish for: its price, or the price of each of its sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.menu_import.jsonld import Graph, Node, local_name, path_of
from shared.domain.menu_import.prices import PriceError, cents
from shared.domain.menu_import.texts import MAX_NAME, NO_WORDS, Words, untranslated
from shared.domain.menu_import.values import report_unknown
from shared.money import Cents

_SOLD_OUT = frozenset({"OutOfStock", "SoldOut", "Discontinued"})
_NOT_PAID = frozenset({"ListPrice", "StrikethroughPrice", "SRP", "MSRP", "MinimumAdvertisedPrice", "InvoicePrice"})
_NO_DISH = frozenset({"DeliveryChargeSpecification", "PaymentChargeSpecification"})

_SIZE_FIELDS = ("name", "eligibleQuantity", "itemOffered", "description")
"""Where files say what the size of an offer is; the first that tells all offers apart counts."""

_UNITS = {
    **{"GRM": "g", "KGM": "kg", "MLT": "ml", "CLT": "cl", "LTR": "l"},
    **{"ONZ": "oz", "OZA": "fl oz", "LBR": "lb", "INH": "in"},
}
_OFFER = frozenset(
    {"name", "price", "priceCurrency", "priceSpecification", "availability", "ob:default", "valueAddedTaxIncluded"}
)
_AGGREGATE = frozenset({"offers", "lowPrice", "highPrice", "offerCount"})
_SPECIFICATION = frozenset({"name", "price", "priceCurrency", "priceType", "valueAddedTaxIncluded"})


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to be had for a price. Where there is no usable price, `price` is the reason.

    `size` is what it is called among several. `sold_out` is None where the file does not say.
    """

    node: Node
    size: Words
    price: Cents | PriceError
    sold_out: bool | None


def offers_of(graph: Graph, item: Node) -> list[Offer]:
    """All that an item is offered for. Prices for some guests only are reported, and not in the list.

    Raises PriceError where nothing is left.
    """
    every = list(_offers(graph, item))
    if not every:
        raise PriceError("It has no price.")
    for_all = [node for node in every if _is_for_all(graph, node)]
    if not for_all:
        raise PriceError("It has a price for some guests only.")
    priced = [part for node in for_all for part in _by_specification(graph, node)]
    sizes = _sizes(graph, priced)
    used = frozenset(field for field, _ in sizes) if len(priced) > 1 else frozenset()
    for node in for_all:
        ranged = frozenset() if "price" in node.fields else frozenset({"lowPrice", "highPrice"})
        report_unknown(graph, node, _OFFER | used | ranged)
    return [Offer(node, size, _price(node), _sold_out(node)) for node, (_, size) in zip(priced, sizes, strict=True)]


def plain_price(graph: Graph, node: Node) -> Cents | None:
    """The one price of an option; None where the file says none. Raises PriceError: a price that is not taken."""
    if "offers" not in node.fields and "price" not in node.fields:
        return None
    first, *further = offers_of(graph, node)
    for other in further:
        graph.notes.unplaced(other.node.path, "An option has one price: the first.")
    if isinstance(first.price, PriceError):
        raise first.price
    return first.price


def _offers(graph: Graph, item: Node) -> Iterator[Node]:
    """A dish's offers, those inside of an AggregateOffer, or the price that stands on the dish itself."""
    nodes = graph.children(item, "offers", plain="price")
    if not nodes and item.fields.get("price") is not None:
        yield replace(item, fields={name: item.fields.get(name) for name in ("price", "priceCurrency")})
    for node in nodes:
        inner = graph.children(node, "offers", plain="price")
        if not inner:
            yield node
            continue
        report_unknown(graph, node, _OFFER | _AGGREGATE)
        shared = {name: node.fields[name] for name in ("priceCurrency", "availability") if name in node.fields}
        for part in inner:
            yield replace(part, fields={**shared, **part.fields})


def _by_specification(graph: Graph, offer: Node) -> list[Node]:
    """The offer with its price; where its price specifications are sizes, one for each."""
    _tell_tax(graph, offer)
    every = graph.children(offer, "priceSpecification", plain="price")
    usual = [each for each in every if _is_usual(graph, each, alone=len(every) == 1)]
    sizes = _sizes(graph, usual)
    distinct = len(usual) > 1 and len({size.own for _, size in sizes if size}) == len(usual)
    for part, (field, _) in zip(usual, sizes, strict=True):
        _tell_tax(graph, part)
        report_unknown(graph, part, _SPECIFICATION | ({field} if distinct else set()))
    if offer.fields.get("price") is not None:
        for part in usual:
            if part.fields.get("price") != offer.fields["price"]:
                graph.notes.unplaced(part.path, "The offer has a price of its own, and that is taken.")
        return [offer]
    if distinct:
        return [replace(part, fields={**offer.fields, **part.fields}) for part in usual]
    for further in usual[1:]:
        graph.notes.unplaced(further.path, "A dish has one price, or one for each named size; the first is taken.")
    said = (
        {name: usual[0].fields[name] for name in ("price", "priceCurrency") if name in usual[0].fields} if usual else {}
    )
    return [replace(offer, fields={**offer.fields, **said})]


def _is_for_all(graph: Graph, node: Node) -> bool:
    kind = node.fields.get("eligibleCustomerType")
    if isinstance(kind, str) and kind.rstrip("/").endswith("Enduser"):
        kind = None
    if node.fields.get("validForMemberTier") is None and kind is None:
        return True
    graph.notes.unplaced(node.path, "A menu has no place for a price for members, or for some guests only.")
    return False


def _is_usual(graph: Graph, specification: Node, *, alone: bool) -> bool:
    """Whether it is the price that any guest pays for the dish."""
    if not _is_for_all(graph, specification):
        return False
    kind = specification.fields.get("priceType")
    if not alone and isinstance(kind, str) and local_name(kind) in _NOT_PAID:
        graph.notes.unplaced(specification.path, f"It is not the price that is paid: {local_name(kind)}.")
        return False
    other = specification.types & _NO_DISH
    if other:
        graph.notes.unplaced(specification.path, f"It is not the price of the dish: {min(other)}.")
    return not other


def _tell_tax(graph: Graph, node: Node) -> None:
    included = node.fields.get("valueAddedTaxIncluded")
    if included is True or (isinstance(included, str) and local_name(included).lower() == "true"):
        reason = "The price has tax in it already, and the menu's sales tax is added to it."
        graph.notes.remark_once("tax included", path_of(node, "valueAddedTaxIncluded"), reason)


def _price(offer: Node) -> Cents | PriceError:
    price, low, high = (offer.fields.get(name) for name in ("price", "lowPrice", "highPrice"))
    currency = offer.fields.get("priceCurrency")
    try:
        if price is not None or (low is None and high is None):
            return cents(price, currency)
        if low is not None and high is not None and cents(low, currency) == cents(high, currency):
            return cents(low, currency)
    except PriceError as error:
        return error
    return PriceError("A price range is no price; name each size with its own price.")


def _sold_out(offer: Node) -> bool | None:
    availability = offer.fields.get("availability")
    return local_name(availability) in _SOLD_OUT if isinstance(availability, str) else None


def _sizes(graph: Graph, nodes: Sequence[Node]) -> list[tuple[str, Words]]:
    """What each of several offers is called, and which field says so."""
    by_field = {field: [_size(graph, node, field) for node in nodes] for field in _SIZE_FIELDS}
    for field, sizes in by_field.items():
        if all(sizes) and len({size.own for size in sizes}) == len(nodes):
            return [(field, size) for size in sizes]
    return [
        next(((field, sizes[i]) for field, sizes in by_field.items() if sizes[i]), ("name", NO_WORDS))
        for i in range(len(nodes))
    ]


def _size(graph: Graph, node: Node, field: str) -> Words:
    value: Any = node.fields.get(field)
    if value is None or field in ("name", "description") or isinstance(value, str):
        return untranslated(graph, node, field, MAX_NAME)
    for inner in graph.children(node, field, plain="value"):
        named = untranslated(graph, inner, "name", MAX_NAME)
        if named:
            return named
        amount, unit = inner.fields.get("value"), inner.fields.get("unitText") or inner.fields.get("unitCode")
        if amount is not None:
            text = f"{amount} {_UNITS.get(unit, unit) if isinstance(unit, str) else ''}".strip()
            return Words({}, text, text, text)
    return NO_WORDS
