"""What differs between two contents of a menu, and how two changes of one content come together (rules 16).

A menu's content is what people write into it: names, prices, sections, dishes, choices. It is compared field by field,
and a field is addressed by the ids on the way to it, never by places in lists: `items`, `soup`, `variants`, `large`,
`priceCents`. A translated text is one field. A row that is there or not (a section, a dish, a size, a choice) is one,
too, and so is the order of each list, under `#order`.

Old menus hold rows without an id, and ids twice. Such a row is addressed by its id and how often the id came before:
`soup~2`, `~1`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bson import ObjectId

from shared.domain.menu_edits.content import SERVED

CONTENT: Final = ("name", "salesTax", "schedule", "categories", "items")
"""The stored fields of a menu that are its content. Its id, its place and its switch (`available`) are not."""

SERVICE: Final = SERVED
"""What service decides of a dish, a size or a choice. No draft and no older version says anything of it."""

ORDER: Final = "#order"
"""The last part of a path that tells the order of a list; its value is the list's keys."""

Content = Mapping[str, Any]
Path = tuple[str, ...]


class Absent:
    """The value of a field or a row that is not there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()

_Lists = Mapping[str, Any]
_OF_ITEM: _Lists = {"variants": {}, "modifiers": {"options": {}}}
_OF_MENU: _Lists = {"categories": {}, "items": _OF_ITEM}
"""The fields that hold lists of rows, and those of such a row."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field as it is before and after; ABSENT where it is not there."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two changes of `base` made two different things of."""

    path: Path
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """Both changes in one content. Where they conflict, it has `ours`."""

    content: dict[str, Any]
    conflicts: tuple[Conflict, ...]


class _Fields(dict[str, Any]):
    """A row, or the content itself: its fields by name."""


class _Rows(dict[str, Any]):
    """A list of rows, by key, in order."""


def content_of(menu: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a stored menu, or of a copy of one, in the order in which it stands there."""
    return {name: value for name, value in menu.items() if name in CONTENT}


def differences(before: Content, after: Content) -> list[Difference]:
    """What changes from one content to another: `apply` makes `after` of `before` with it."""
    return list(_differences((), _tree(before), _tree(after)))


def apply(content: Content, changes: Iterable[Difference]) -> dict[str, Any]:
    """The content with these changes. One inside a row that is not there is left out."""
    tree = _tree(content)
    for change in changes:
        _apply(tree, change)
    made: dict[str, Any] = _plain(tree)
    return made


def merge(base: Content, ours: Content, theirs: Content) -> Merged:
    """Two changes of one content, field by field.

    A row that one side took away and the other changed is a conflict as a whole. Where both sides add rows at the same
    place of a list, theirs stand behind ours.
    """
    merging = _Merging()
    merged = merging.value((), _tree(base), _tree(ours), _tree(theirs))
    return Merged(_plain(merged), tuple(merging.conflicts))


def with_service_of(content: Content, live: Content) -> dict[str, Any]:
    """The content, with what service has decided by now (SERVICE) as it is in `live`. A dish that is not there any more
    has what the content says, and so have its sizes and choices."""
    tree, there = _tree(content), _tree(live)
    _serve(tree.get("items"), there.get("items"))
    made: dict[str, Any] = _plain(tree)
    return made


def told(path: Path) -> str:
    """A path as clients read it: `items.soup.priceCents`."""
    return ".".join(path)


def _serve(rows: Any, live: Any) -> None:
    if not (isinstance(rows, _Rows) and isinstance(live, _Rows)):
        return
    for key, row in rows.items():
        served = live.get(key)
        if not (isinstance(row, _Fields) and isinstance(served, _Fields)):
            continue
        for name in SERVICE:
            if name in served:
                row[name] = served[name]
            else:
                row.pop(name, None)
        for name in row:
            _serve(row[name], served.get(name))


def _tree(content: Content, lists: _Lists = _OF_MENU) -> _Fields:
    return _Fields(
        (name, _rows(value, lists[name]) if name in lists and isinstance(value, list) else value)
        for name, value in content.items()
    )


def _rows(rows: list[Any], lists: _Lists) -> _Rows:
    keyed = _Rows()
    times: dict[str, int] = {}
    for row in rows:
        key = _id(row)
        times[key] = times.get(key, 0) + 1
        if not key or times[key] > 1:
            key = f"{key}~{times[key]}"
        while key in keyed:
            key += "~"
        keyed[key] = _tree(row, lists) if isinstance(row, dict) else row
    return keyed


def _id(row: Any) -> str:
    key = row.get("id") if isinstance(row, dict) else None
    return str(key) if isinstance(key, str | ObjectId | int | float) and not isinstance(key, bool) else ""


def _plain(value: Any) -> Any:
    if isinstance(value, _Fields):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, _Rows):
        return [_plain(row) for row in value.values()]
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: true is not 1, and what is no number (NaN) is itself."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        in_order = not isinstance(one, _Rows) or list(one) == list(other)
        return in_order and one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (_is_nan(one) and _is_nan(other))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _differences(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    if same(before, after):
        return
    if not (_is_tree(before) and type(before) is type(after)):
        yield Difference(path, _plain(before), _plain(after))
        return
    for name in dict.fromkeys((*before, *after)):
        yield from _differences((*path, name), before.get(name, ABSENT), after.get(name, ABSENT))
    if isinstance(before, _Rows):
        stay = [key for key in before if key in after]
        if [*stay, *(key for key in after if key not in before)] != list(after):
            yield Difference((*path, ORDER), list(before), list(after))


def _is_tree(value: Any) -> bool:
    return isinstance(value, _Fields | _Rows)


def _apply(tree: _Fields, change: Difference) -> None:
    node: Any = tree
    *way, last = change.path
    for part in way:
        node = node.get(part) if _is_tree(node) else None
    if isinstance(node, _Rows) and last == ORDER:
        rows = dict(node)
        node.clear()
        node.update((key, rows[key]) for key in _woven(change.after, list(rows), rows))
    elif _is_tree(node) and change.after is ABSENT:
        node.pop(last, None)
    elif _is_tree(node):
        node[last] = change.after


def _woven(lead: Iterable[str], follow: Iterable[str], kept: Mapping[str, Any]) -> list[str]:
    """The keys of `kept` in the order of `lead`; those that are in `follow` only stand after what they follow there."""
    woven = [key for key in lead if key in kept]
    there = set(woven)
    at = 0
    for key in follow:
        if key not in kept:
            continue
        if key in there:
            at = woven.index(key) + 1
        else:
            woven.insert(at, key)
            at += 1
    return woven


@dataclass(slots=True)
class _Merging:
    conflicts: list[Conflict] = field(default_factory=list)

    def value(self, path: Path, base: Any, ours: Any, theirs: Any) -> Any:
        """What both sides make of a value."""
        if same(ours, theirs) or same(theirs, base):
            return ours
        if same(ours, base):
            return theirs
        if all(isinstance(one, _Fields) for one in (base, ours, theirs)):
            return self._fields(path, base, ours, theirs)
        if all(isinstance(one, _Rows) for one in (base, ours, theirs)):
            return self._rows(path, base, ours, theirs)
        self.conflicts.append(Conflict(path, _plain(base), _plain(ours), _plain(theirs)))
        return ours

    def _fields(self, path: Path, base: _Fields, ours: _Fields, theirs: _Fields) -> _Fields:
        return _Fields(self._members(path, base, ours, theirs))

    def _rows(self, path: Path, base: _Rows, ours: _Rows, theirs: _Rows) -> _Rows:
        kept = self._members(path, base, ours, theirs)
        return _Rows((key, kept[key]) for key in self._order(path, (base, ours, theirs), kept))

    def _members(
        self, path: Path, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
    ) -> dict[str, Any]:
        members = {}
        for name in dict.fromkeys((*ours, *theirs)):
            both = self.value((*path, name), base.get(name, ABSENT), ours.get(name, ABSENT), theirs.get(name, ABSENT))
            if both is not ABSENT:
                members[name] = both
        return members

    def _order(self, path: Path, sides: tuple[_Rows, _Rows, _Rows], kept: Mapping[str, Any]) -> list[str]:
        """The order of the side that changed it. What the other side added stands where it stood there."""
        _, ours, theirs = sides
        was, now, there = ([key for key in side if all(key in one for one in sides)] for side in sides)
        if was == now:
            return _woven(theirs, ours, kept)
        if there not in (was, now):
            self.conflicts.append(Conflict((*path, ORDER), was, now, there))
        return _woven(ours, theirs, kept)
