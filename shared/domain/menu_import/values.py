"""Flags, numbers, words and pictures as the file writes them; what cannot be one is reported."""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.menu_import.html_text import decode
from shared.domain.menu_import.jsonld import Graph, Node, each, local_name, path_of
from shared.domain.menu_import.prices import PriceError, cents
from shared.money import Cents

MAX_IMAGES = 10
_TECHNICAL = frozenset({"@context", "@type", "@id", "@graph", "identifier", "url", "position", "sameAs", "inLanguage"})


def report_unknown(graph: Graph, node: Node, known: Iterable[str]) -> None:
    """Report the fields of a node that a menu has no place for."""
    for name, value in node.fields.items():
        if value is None or name in known or name in _TECHNICAL or (name == "isPartOf" and _names_known(graph, node)):
            continue
        graph.notes.unplaced(path_of(node, name), f"A menu has no place for {name[:40]} here.")


def _names_known(graph: Graph, node: Node) -> bool:
    wholes = [value.get("@id") for _, value in each(node, "isPartOf") if isinstance(value, dict)]
    return bool(wholes) and all(isinstance(whole, str) and graph.is_known(whole) for whole in wholes)


def flag(graph: Graph, node: Node, name: str) -> bool | None:
    """A yes or no; None where the file says none. Anything else is reported."""
    value = node.fields.get(name)
    if value is None or isinstance(value, bool):
        return value
    graph.notes.unplaced(path_of(node, name), "Only true or false can stand here.")
    return None


def whole(graph: Graph, node: Node, name: str, limit: int = 100) -> int | None:
    """A whole number from 0 to `limit`; None where the file says none. Anything else is reported."""
    value = node.fields.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limit):
        return value
    graph.notes.unplaced(path_of(node, name), f"Only a whole number from 0 to {limit} can stand here.")
    return None


def word(graph: Graph, node: Node, name: str, allowed: tuple[str, ...]) -> str | None:
    """One word of `allowed`; None where the file says none. Anything else is reported."""
    value = node.fields.get(name)
    if value is None or (isinstance(value, str) and value in allowed):
        return value
    graph.notes.unplaced(path_of(node, name), f"Only {', '.join(allowed)} can stand here.")
    return None


def amount(graph: Graph, node: Node, name: str) -> Cents | None:
    """A sum of money in cents; None where the file says none. Anything else is reported."""
    if node.fields.get(name) is None:
        return None
    try:
        return cents(node.fields[name])
    except PriceError as error:
        graph.notes.unplaced(path_of(node, name), str(error))
        return None


def words(graph: Graph, node: Node, name: str) -> list[str]:
    """Short words, such as tags, each once."""
    found: dict[str, None] = {}
    for path, value in each(node, name):
        if isinstance(value, str) and 0 < len(value.strip()) <= 50:
            found[value.strip()] = None
        else:
            graph.notes.unplaced(path, "A short word was expected here.")
    return list(found)


def images(graph: Graph, node: Node) -> list[str]:
    """The addresses of an item's pictures."""
    found: dict[str, None] = {}
    for path, value in each(node, "image"):
        address = value
        if isinstance(value, dict):
            parts = {local_name(key): part for key, part in value.items()}
            address = parts.get("contentUrl") or parts.get("url") or parts.get("@id")
        address = decode(address).strip() if isinstance(address, str) else ""
        if not address.startswith(("https://", "http://")) or len(address) > 2_000:
            graph.notes.unplaced(path, "Only the web address of a picture can stand here.")
        elif len(found) == MAX_IMAGES:
            graph.notes.unplaced(path, f"An item has at most {MAX_IMAGES} pictures.")
        else:
            found[address] = None
    return list(found)
