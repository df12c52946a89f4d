"""Enough of JSON-LD to read a menu: prefixes, types, references by id, and limits on what is let in."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.menu_import.report import Notes

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 100_000

_SCHEMA_PREFIXES = ("schema:", "https://schema.org/", "http://schema.org/")
_OWN_PREFIXES = ("ob:", "urn:orderbuddy:menu#")


class UnreadableMenuError(Exception):
    """The file is no menu at all; the message says why, in a sentence for people."""


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the file: where it stands, and its fields by their plain names (`name`, `ob:emoji`)."""

    path: str
    fields: Mapping[str, Any]
    types: frozenset[str]
    id: str | None


def parse(content: bytes) -> Any:
    """The file's JSON, with every number exact. Raises UnreadableMenuError: too large, too deep, or no JSON."""
    if len(content) > MAX_BYTES:
        raise UnreadableMenuError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise UnreadableMenuError("The file is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise UnreadableMenuError(
            f"The file is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise UnreadableMenuError(_too_deep()) from None
    except ValueError as error:
        raise UnreadableMenuError(f"The file is not JSON: {error}.") from None
    _check_size(document)
    return document


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _too_deep() -> str:
    return f"The file is nested deeper than {MAX_DEPTH} levels."


def _check_size(document: Any) -> None:
    pending = [(document, 1)]
    seen = 0
    while pending:
        value, depth = pending.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise UnreadableMenuError(_too_deep())
        if seen > MAX_NODES:
            raise UnreadableMenuError(f"The file holds more than {MAX_NODES:,} values.")
        if isinstance(value, dict):
            pending.extend((child, depth + 1) for child in value.values())
        elif isinstance(value, list):
            pending.extend((child, depth + 1) for child in value)


class Graph:
    """The file's nodes, and which of them a reference means."""

    def __init__(self, document: Any, notes: Notes) -> None:
        self.notes = notes
        self.roots: list[Node] = []
        self.language = "en"
        self._by_id: dict[str, Node] = {}
        for path, value in _top_level(document):
            self.language = _context_language(value) or self.language
            if isinstance(value.get("@graph"), list):
                inner = [(f"{path}['@graph'][{i}]", part) for i, part in enumerate(value["@graph"])]
            else:
                inner = [(path, value)]
            self.roots.extend(_node(where, part) for where, part in inner if isinstance(part, dict))
        if isinstance(document, dict | list):
            self._index(document)

    def _index(self, document: dict[str, Any] | list[Any]) -> None:
        pending: deque[tuple[str, Any]] = deque([("$", document)])
        while pending:
            path, value = pending.popleft()
            if isinstance(value, list):
                pending.extend((f"{path}[{i}]", part) for i, part in enumerate(value))
            elif isinstance(value, dict):
                node = _node(path, value)
                if node.id and not _is_reference(node) and "@value" not in value:
                    self._by_id.setdefault(node.id, node)
                pending.extend((_join(path, key), part) for key, part in value.items() if key != "@context")

    def children(self, parent: Node, name: str) -> list[Node]:
        """The nodes that `parent` names under `name`, references followed; what is no node is reported."""
        found = []
        for path, value in each(parent, name):
            if not isinstance(value, dict):
                self.notes.unplaced(path, "An object was expected here.")
                continue
            node = _node(path, value)
            if _is_reference(node):
                meant = self._by_id.get(node.id or "")
                if meant is None:
                    self.notes.unplaced(path, f"Nothing in the file has the id {node.id}.")
                    continue
                node = meant
            found.append(node)
        return found

    def menus(self) -> list[Node]:
        """Every menu of the file, each once: at the top, in `@graph`, or as a business's `hasMenu`."""
        found: dict[str, Node] = {}
        for root in self.roots:
            candidates = [root] if is_menu(root) else []
            for name in ("hasMenu", "menu"):
                candidates += (
                    [menu for menu in self.children(root, name) if is_menu(menu)] if name in root.fields else []
                )
            for menu in candidates:
                found.setdefault(menu.path, menu)
        return list(found.values())


def each(node: Node, name: str) -> list[tuple[str, Any]]:
    """The values under `name` with their paths: schema.org lets one value stand without its list."""
    if name not in node.fields or node.fields[name] is None:
        return []
    value, path = node.fields[name], _join(node.path, name)
    if isinstance(value, list):
        return [(f"{path}[{i}]", part) for i, part in enumerate(value)]
    return [(path, value)]


def path_of(node: Node, name: str) -> str:
    """The JSON path of a field."""
    return _join(node.path, name)


def is_menu(node: Node) -> bool:
    """Whether a node is a menu: by its type, or, without one, because it has sections or items."""
    if node.types:
        return "Menu" in node.types
    return "hasMenuSection" in node.fields or "hasMenuItem" in node.fields


def local_name(name: str) -> str:
    """`https://schema.org/OutOfStock`, `schema:OutOfStock` and `OutOfStock` are one word."""
    for prefix in _SCHEMA_PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    for prefix in _OWN_PREFIXES:
        if name.startswith(prefix):
            return "ob:" + name.removeprefix(prefix)
    return name


def _top_level(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(document, dict):
        yield "$", document
    elif isinstance(document, list):
        yield from ((f"$[{i}]", part) for i, part in enumerate(document) if isinstance(part, dict))
    else:
        raise UnreadableMenuError("The file holds no JSON object.")


def _context_language(value: dict[str, Any]) -> str | None:
    contexts = value.get("@context")
    for context in contexts if isinstance(contexts, list) else [contexts]:
        if isinstance(context, dict) and isinstance(context.get("@language"), str):
            return str(context["@language"])
    return None


def _node(path: str, value: Mapping[str, Any]) -> Node:
    types = value.get("@type")
    names = types if isinstance(types, list) else [types]
    node_id = value.get("@id")
    return Node(
        path=path,
        fields={local_name(key): part for key, part in value.items()},
        types=frozenset(local_name(name) for name in names if isinstance(name, str)),
        id=node_id if isinstance(node_id, str) else None,
    )


def _is_reference(node: Node) -> bool:
    return node.id is not None and not set(node.fields) - {"@id", "@type"}


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"
