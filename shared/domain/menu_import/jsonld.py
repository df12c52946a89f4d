"""Enough of JSON-LD to read a menu: prefixes, types, languages, references by id, and parts that name their whole."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.menu_import.languages import said_language
from shared.domain.menu_import.parsing import UnreadableMenuError, as_list
from shared.domain.menu_import.report import Notes

_SCHEMA = re.compile(r"(?:schema:|https?://(?:www\.)?schema\.org/)")
_OWN = re.compile(r"(?:ob:|urn:orderbuddy:menu#)")
PLACES_OF_MENUS = frozenset({"hasMenu", "menu", "mainEntity"})
_PARTS = {"hasMenuSection": "MenuSection", "hasMenuItem": "MenuItem"}


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the file: where it stands, and its fields by their plain names (`name`, `ob:emoji`).

    `language` is what the file says of its texts' language, as written. `key` is the field that it stands under.
    """

    path: str
    fields: Mapping[str, Any]
    types: frozenset[str]
    id: str | None
    language: str
    key: str = ""


class Graph:
    """The file's nodes, and which of them a reference means."""

    def __init__(self, document: Any, notes: Notes) -> None:
        self.notes = notes
        self.nodes: list[Node] = []
        """Every object of the file, in the order of writing."""
        self.roots: list[Node] = []
        self.seen: set[str] = set()
        """Paths of the nodes that were read."""
        self.translations: dict[str, list[Node]] = {}
        """By path of a node, the nodes that say the same in another language."""
        self._by_id: dict[str, Node] = {}
        self._parts: dict[str, list[Node]] = {}
        language = "en"
        for path, value in _top_level(document):
            language = _context_language(value) or language
            for where, root in _roots(path, value):
                self.roots.append(_node(where, root, language))
                self._index(self.roots[-1])

    def _index(self, root: Node) -> None:
        pending = [root]
        while pending:
            node = pending.pop()
            self.nodes.append(node)
            if node.id and not _is_reference(node):
                known = self._by_id.get(node.id)
                if known is None or len(node.fields) > len(known.fields):
                    self._by_id[node.id] = node
            for whole in as_list(node.fields.get("isPartOf")):
                if isinstance(whole, dict) and isinstance(whole.get("@id"), str):
                    self._parts.setdefault(whole["@id"], []).append(node)
            pending.extend(reversed(list(_inner(node))))

    def children(self, parent: Node, name: str, plain: str | None = None) -> list[Node]:
        """The nodes that `parent` names under `name`, references followed; what is no node is reported.

        Where `plain` is given, a bare text or number is a node with this one field.
        """
        found = []
        for path, value in each(parent, name):
            if isinstance(value, dict):
                node = _node(path, value, parent.language, name)
                meant = self._by_id.get(node.id or "") if _is_reference(node) else node
            elif isinstance(value, str) and value in self._by_id:
                meant = self._by_id[value]
            elif plain and isinstance(value, str | int | Decimal):
                meant = Node(path, {plain: value}, frozenset(), None, parent.language, name)
            else:
                self.notes.unplaced(path, "An object was expected here.")
                continue
            if meant is None:
                self.notes.unplaced(path, f"Nothing in the file has the id {value['@id']}.")
                continue
            found.append(meant)
        found += self._parts_of(parent, name, found)
        self.seen.update(node.path for node in found)
        return found

    def _parts_of(self, parent: Node, name: str, listed: list[Node]) -> list[Node]:
        """Sections and items that stand elsewhere and say themselves what they are part of."""
        paths = {node.path for node in listed}
        parts = self._parts.get(parent.id or "", []) if name in _PARTS else []
        return [part for part in parts if _PARTS[name] in part.types and part.path not in paths and not part.key]

    def is_known(self, node_id: str) -> bool:
        """Whether something in the file has this id."""
        return node_id in self._by_id

    def menus(self) -> list[Node]:
        """Every menu of the file, each once, wherever it stands; those that name dishes first."""
        found: dict[str, Node] = {}
        for node in self.nodes:
            meant = self._by_id.get(node.id or "", node) if _is_reference(node) else node
            expected = node.key in PLACES_OF_MENUS or not node.key
            if not _is_menu(meant, expected=expected) or is_below(meant.path, found):
                continue
            found.setdefault(meant.path, meant)
        return sorted(found.values(), key=lambda menu: not has_dishes(menu))


def each(node: Node, name: str) -> list[tuple[str, Any]]:
    """The values under `name` with their paths: schema.org lets one value stand without its list."""
    if name not in node.fields or node.fields[name] is None:
        return []
    value, path = node.fields[name], path_of(node, name)
    if isinstance(value, list):
        return [(f"{path}[{i}]", part) for i, part in enumerate(value)]
    return [(path, value)]


def path_of(node: Node, name: str) -> str:
    """The JSON path of a field."""
    return f"{node.path}.{name}" if name.isidentifier() else f"{node.path}[{name!r}]"


def local_name(name: str) -> str:
    """`https://schema.org/OutOfStock`, `schema:OutOfStock` and `OutOfStock` are one word."""
    schema = _SCHEMA.match(name)
    if schema:
        return name[schema.end() :]
    own = _OWN.match(name)
    return f"ob:{name[own.end() :]}" if own else name


def is_below(path: str, others: Container[str]) -> bool:
    """Whether `path` is one of `others`, or stands inside of one."""
    return path in others or any(path[:end] in others for end, sign in enumerate(path) if sign in ".[")


def has_dishes(node: Node) -> bool:
    """Whether a node names sections or items."""
    return "hasMenuSection" in node.fields or "hasMenuItem" in node.fields


def _is_menu(node: Node, *, expected: bool) -> bool:
    """By its type; without one, because it has sections or items and stands where a menu is expected."""
    return "Menu" in node.types if node.types else expected and has_dishes(node)


def _top_level(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(document, dict):
        yield "$", document
    elif isinstance(document, list):
        yield from ((f"$[{i}]", part) for i, part in enumerate(document) if isinstance(part, dict))
    else:
        raise UnreadableMenuError("The file holds no JSON object.")


def _roots(path: str, value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    graph = value.get("@graph")
    own = {name: part for name, part in value.items() if name != "@graph"}
    if graph is None or set(own) - {"@context", "@id"}:
        yield path, own
    if isinstance(graph, dict):
        yield f"{path}['@graph']", graph
    elif isinstance(graph, list):
        yield from ((f"{path}['@graph'][{i}]", part) for i, part in enumerate(graph) if isinstance(part, dict))


def _context_language(value: Mapping[str, Any]) -> str | None:
    for context in as_list(value.get("@context")):
        if isinstance(context, dict) and isinstance(context.get("@language"), str):
            return str(context["@language"])
    return None


def _node(path: str, value: Mapping[str, Any], language: str, key: str = "") -> Node:
    fields: dict[str, Any] = {}
    for name, part in value.items():
        plain = local_name(name)
        fields[plain] = as_list(fields[plain]) + as_list(part) if plain in fields else part
    node_id = value.get("@id")
    return Node(
        path=path,
        fields=fields,
        types=frozenset(local_name(name) for name in as_list(value.get("@type")) if isinstance(name, str)),
        id=node_id if isinstance(node_id, str) else None,
        language=said_language(fields.get("inLanguage")) or _context_language(value) or language,
        key=key,
    )


def _inner(node: Node) -> Iterator[Node]:
    """The objects that stand directly in a node's fields."""
    for name in node.fields:
        if name in ("@context", "inLanguage"):
            continue
        pending = [(path_of(node, name), node.fields[name])]
        while pending:
            path, value = pending.pop()
            if isinstance(value, list):
                pending.extend((f"{path}[{i}]", part) for i, part in reversed(list(enumerate(value))))
            elif isinstance(value, dict) and "@value" not in value:
                yield _node(path, value, node.language, name)


def _is_reference(node: Node) -> bool:
    return node.id is not None and not set(node.fields) - {"@id", "@type"}
