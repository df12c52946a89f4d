"""What of a file is in no menu: every part is named, so that nothing vanishes silently."""

from __future__ import annotations

from shared.domain.menu_import.jsonld import PLACES_OF_MENUS, Graph, Node, has_dishes, is_below

_OF_A_MENU = frozenset({"Menu", "MenuSection", "MenuItem", "Offer", "AggregateOffer", "OfferForPurchase"})
_NAMED_AT_MOST = 20


def report_leftovers(graph: Graph) -> None:
    """Report the parts of a menu that were not read, each by its path, and in one line what has nothing of a menu."""
    told = {finding.path for finding in graph.notes.all_unplaced}
    read = {path[:end] for path in graph.seen for end, sign in enumerate(path) if sign in ".["} | graph.seen
    others = [
        root
        for root in graph.roots
        if not (_is_of_a_menu(root) or PLACES_OF_MENUS & set(root.fields) or root.path in read)
        and not is_below(root.path, told)
    ]
    if others:
        named = ", ".join(f"{_kind(root)} ({root.path})" for root in others[:_NAMED_AT_MOST])
        more = f" and {len(others) - _NAMED_AT_MOST} more" if len(others) > _NAMED_AT_MOST else ""
        graph.notes.unplaced(others[0].path, f"No part of a menu: {named}{more}.")
        told.update(root.path for root in others)
    for node in graph.nodes:
        if _is_of_a_menu(node) and node.path not in graph.seen and not is_below(node.path, told):
            name = node.fields.get("name")
            called = f"{_kind(node)} {name[:60]!r}" if isinstance(name, str) else f"This {_kind(node)}"
            graph.notes.unplaced(node.path, f"{called} belongs to no menu that was read.")
            told.add(node.path)


def _kind(node: Node) -> str:
    return min(node.types, default="something without a type")[:60]


def _is_of_a_menu(node: Node) -> bool:
    return (
        bool(node.types & _OF_A_MENU)
        or has_dishes(node)
        or any(kind.endswith("PriceSpecification") for kind in node.types)
    )
