"""What differs between two contents of a menu, and how two changes of one content come together (rules 16).

A menu's content is what people write into it: names, prices, sections, dishes, choices. It is compared field by field,
and a field is addressed by the ids on the way to it, never by places in lists: `items`, `soup`, `variants`, `large`,
`priceCents`. A translated text is one field. A row that is there or not (a section, a dish, a size, a choice) is one,
too, and so is the order of each list, under `#order`.

Old menus hold rows without an id, and ids twice. Such a row is addressed by its id and how often the id came before:
`soup~2`, `~1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.menu_edits.content import SERVED
from shared.domain.menu_rows import OF_ITEM, OF_MENU, Lists, inner, keyed, same, stored_bytes

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


def content_of(menu: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a stored menu, or of a copy of one, in the order in which it stands there."""
    return {name: value for name, value in menu.items() if name in CONTENT}


def differences(before: Content, after: Content) -> list[Difference]:
    """What changes from one content to another: `apply` makes `after` of `before` with it."""
    return list(_differences_of_fields((), before, after, OF_MENU))


def apply(content: Content, changes: Iterable[Difference]) -> dict[str, Any]:
    """The content with these changes. One inside a row that is not there is left out."""
    return _fields_changed(content, [(change.path, change.after) for change in changes], OF_MENU)


def merge(base: Content, ours: Content, theirs: Content) -> Merged:
    """Two changes of one content, field by field.

    A row that one side took away and the other changed is a conflict as a whole. Where both sides add rows at the same
    place of a list, theirs stand behind ours.
    """
    merging = _Merging()
    merged = merging.fields((), dict(base), dict(ours), dict(theirs), OF_MENU)
    return Merged(merged, tuple(merging.conflicts))


def with_service_of(content: Content, live: Content) -> dict[str, Any]:
    """The content, with what service has decided by now (SERVICE) as it is in `live`. A dish that is not there any more
    has what the content says, and so have its sizes and choices."""
    return {name: _served(value, live.get(name)) if name == "items" else value for name, value in content.items()}


def told(path: Path) -> str:
    """A path as clients read it: `items.soup.priceCents`."""
    return ".".join(path)


def _served(rows: Any, live: Any, lists: Lists = OF_ITEM) -> Any:
    if not (isinstance(rows, list) and isinstance(live, list)):
        return rows
    there = keyed(live)
    return [_row_served(row, there.get(key), lists) for key, row in keyed(rows).items()]


def _row_served(row: Any, live: Any, lists: Lists) -> Any:
    if not (isinstance(row, dict) and isinstance(live, dict)) or stored_bytes(row) == stored_bytes(live):
        return row
    made = {name: value for name, value in row.items() if name not in SERVICE or name in live}
    made.update((name, live[name]) for name in live if name in SERVICE)
    for name in lists.keys() & made.keys():
        made[name] = _served(made[name], live.get(name), lists[name])
    return made


def _differences(path: Path, before: Any, after: Any, lists: Lists | None) -> Iterator[Difference]:
    """`lists`: what two rows hold; None for anything else."""
    if same(before, after):
        return
    if lists is None or not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield Difference(path, before, after)
        return
    yield from _differences_of_fields(path, before, after, lists)


def _differences_of_fields(path: Path, before: Content, after: Content, lists: Lists) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, ABSENT), after.get(name, ABSENT)
        within = inner(lists, name, was, now)
        if within is None:
            yield from _differences((*path, name), was, now, None)
        else:
            yield from _differences_of_rows((*path, name), was, now, within)


def _differences_of_rows(path: Path, before: list[Any], after: list[Any], lists: Lists) -> Iterator[Difference]:
    was, now = keyed(before), keyed(after)
    for key in dict.fromkeys((*was, *now)):
        yield from _differences((*path, key), was.get(key, ABSENT), now.get(key, ABSENT), lists)
    if [*(key for key in was if key in now), *(key for key in now if key not in was)] != list(now):
        yield Difference((*path, ORDER), list(was), list(now))


_Changes = Sequence[tuple[Path, Any]]
"""Paths inside a row or a list, and what stands there afterwards."""


def _fields_changed(row: Content, changes: _Changes, lists: Lists) -> dict[str, Any]:
    made = dict(row)
    for name, inside in _by_first(changes).items():
        for path, after in inside:
            if not path:
                _set(made, name, after)
        within = inner(lists, name, made.get(name))
        if within is not None:
            made[name] = _rows_changed(made[name], [change for change in inside if change[0]], within)
    return made


def _rows_changed(rows: list[Any], changes: _Changes, lists: Lists) -> list[Any]:
    made, order = keyed(rows), None
    for key, inside in _by_first(changes).items():
        for path, after in inside:
            if not path and key == ORDER:
                order = after
            elif not path:
                _set(made, key, after)
        deeper = [change for change in inside if change[0]]
        if deeper and isinstance(made.get(key), dict):
            made[key] = _fields_changed(made[key], deeper, lists)
    return list(made.values()) if order is None else [made[key] for key in _woven(order, list(made), made)]


def _by_first(changes: _Changes) -> dict[str, list[tuple[Path, Any]]]:
    """The changes by the first part of their paths, with what is left of these."""
    by_first: dict[str, list[tuple[Path, Any]]] = {}
    for path, after in changes:
        by_first.setdefault(path[0], []).append((path[1:], after))
    return by_first


def _set(members: dict[str, Any], name: str, value: Any) -> None:
    if value is ABSENT:
        members.pop(name, None)
    else:
        members[name] = value


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

    def value(self, path: Path, base: Any, ours: Any, theirs: Any, lists: Lists | None) -> Any:
        """What both sides make of a value. `lists`: what rows hold; None for anything else."""
        if same(ours, theirs) or same(theirs, base):
            return ours
        if same(ours, base):
            return theirs
        if lists is not None and all(isinstance(one, dict) for one in (base, ours, theirs)):
            return self.fields(path, base, ours, theirs, lists)
        self.conflicts.append(Conflict(path, base, ours, theirs))
        return ours

    def fields(
        self, path: Path, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], lists: Lists
    ) -> dict[str, Any]:
        """What both sides make of the fields of a row, or of a content."""
        members = {}
        for name in dict.fromkeys((*ours, *theirs)):
            here = (*path, name)
            was, now, there = base.get(name, ABSENT), ours.get(name, ABSENT), theirs.get(name, ABSENT)
            within = inner(lists, name, was, now, there)
            if within is None:
                both = self.value(here, was, now, there, None)
            else:
                both = self._rows(here, (was, now, there), within)
            if both is not ABSENT:
                members[name] = both
        return members

    def _rows(self, path: Path, sides: Sequence[list[Any]], lists: Lists) -> list[Any]:
        base, ours, theirs = (keyed(side) for side in sides)
        kept = {}
        for key in dict.fromkeys((*ours, *theirs)):
            both = self.value(
                (*path, key), base.get(key, ABSENT), ours.get(key, ABSENT), theirs.get(key, ABSENT), lists
            )
            if both is not ABSENT:
                kept[key] = both
        return [kept[key] for key in self._order(path, (base, ours, theirs), kept)]

    def _order(
        self, path: Path, sides: tuple[dict[str, Any], dict[str, Any], dict[str, Any]], kept: Mapping[str, Any]
    ) -> list[str]:
        """The order of the side that changed it. What the other side added stands where it stood there."""
        _, ours, theirs = sides
        was, now, there = ([key for key in side if all(key in one for one in sides)] for side in sides)
        if was == now:
            return _woven(theirs, ours, kept)
        if there not in (was, now):
            self.conflicts.append(Conflict((*path, ORDER), was, now, there))
        return _woven(ours, theirs, kept)
