"""Two menus of a file that are one menu in two languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.menu_import.jsonld import Graph, Node, is_below, path_of
from shared.domain.menu_import.languages import language_of

_TEXTS = frozenset({"name", "description"})
_NOT_COMPARED = _TEXTS | {"@id", "@type", "@context", "hasMenuSection", "hasMenuItem", "inLanguage", "menuAddOn"}
_INNER = ("hasMenuSection", "hasMenuItem", "menuAddOn")
_DEEPEST = 8


def join_translations(graph: Graph, menu: Node, others: Sequence[Node]) -> list[Node]:
    """Take the texts of those menus that say the same as `menu` in another language; returns the others.

    They are the same when at least half of their items have the ids of items of `menu`. Where such a menu says more
    than texts, and says it differently, that is reported: what is no text is taken from the first.
    """
    graph.seen.add(menu.path)
    return [other for other in others if not _join(graph, menu, other)]


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, an item or an add-on of a menu, and the path of the section that it stands in."""

    node: Node
    section: str | None
    is_item: bool


def _join(graph: Graph, menu: Node, other: Node) -> bool:
    language = language_of(other.language)
    if language is None or language == language_of(menu.language):
        return False
    before = set(graph.seen)
    mine, theirs = dict(_parts(graph, menu)), dict(_parts(graph, other))
    by_id = {part.node.id: path for path, part in mine.items() if part.node.id}
    pairs = {
        by_id[part.node.id]: path
        for path, part in theirs.items()
        if part.node.id in by_id and by_id[part.node.id] != path
    }
    joined = set(pairs.values())
    items = [path in joined for path, part in theirs.items() if part.is_item]
    if not items or 2 * sum(items) < len(items):
        graph.seen = before
        return False
    pairs |= _sections(mine, theirs, pairs)
    twins = [(menu, other), *((mine[path].node, theirs[twin].node) for path, twin in pairs.items())]
    for node, twin in twins:
        graph.translations.setdefault(node.path, []).append(twin)
        for name, value in twin.fields.items():
            if name not in _NOT_COMPARED and value is not None and value != node.fields.get(name):
                graph.notes.unplaced(path_of(twin, name), f"The menu in {menu.language} says it differently.")
    _report_alone(graph, theirs, set(pairs.values()), other)
    graph.seen.update(node.path for node in graph.nodes if is_below(node.path, {other.path}))
    return True


def _report_alone(graph: Graph, theirs: Mapping[str, _Part], joined: set[str], other: Node) -> None:
    told: set[str] = set()
    for path, part in theirs.items():
        if path in joined or is_below(path, told):
            continue
        # A section without a twin may still hold items that have one: only its name is lost.
        where = path_of(part.node, "name") if part.node.key == "hasMenuSection" else path
        graph.notes.unplaced(where, f"It is in the menu in {other.language} only.")
        told.add(where)


def _parts(
    graph: Graph, parent: Node, section: str | None = None, *, in_addon: bool = False, depth: int = 0
) -> Iterator[tuple[str, _Part]]:
    """By their paths, the sections, items and add-ons below a node."""
    if depth == _DEEPEST:
        return
    for name in _INNER:
        for node in graph.children(parent, name) if name in parent.fields else []:
            yield node.path, _Part(node, section, name == "hasMenuItem" and not in_addon)
            inner = node.path if name == "hasMenuSection" else section
            yield from _parts(graph, node, inner, in_addon=in_addon or name == "menuAddOn", depth=depth + 1)


def _sections(mine: Mapping[str, _Part], theirs: Mapping[str, _Part], pairs: Mapping[str, str]) -> dict[str, str]:
    """Sections without ids are the same when most of their items are."""
    together: Counter[tuple[str, str]] = Counter()
    for path, twin in pairs.items():
        section, other = mine[path].section, theirs[twin].section
        if section and other and mine[path].is_item:
            together[section, other] += 1
    found: dict[str, str] = {}
    for (section, other), _ in together.most_common():
        if section not in found and section not in pairs and other not in found.values():
            found[section] = other
    return found
