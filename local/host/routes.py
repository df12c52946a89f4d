"""The route table: which function answers a method and a path, by the real host's order of preference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from local.host.app import HttpFunction
from local.host.template import Parameter, Rank, Segment, Template, parse_template

_KEPT = re.compile(rb"%(?![0-9A-Fa-f]{2})|%2[fF]")


class BadPathError(ValueError):
    """A request path that no web server accepts; it is answered with 400."""


@dataclass(frozen=True, slots=True)
class Match:
    """The function that answers, and the values of its route's parameters."""

    function: HttpFunction
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    function: HttpFunction
    template: Template


@dataclass(slots=True)
class _Node:
    """Routes whose segments are alike up to here. Names and constraints are looked at only at the end."""

    routes: list[_Route] = field(default_factory=list)
    literals: dict[str, _Node] = field(default_factory=dict)
    others: dict[Rank, _Node] = field(default_factory=dict)

    def child(self, segment: Segment) -> _Node:
        if segment.rank is Rank.LITERAL:
            return self.literals.setdefault(segment.literal, _Node())
        self.others.setdefault(segment.rank, _Node())
        self.others = dict(sorted(self.others.items()))
        return self.others[segment.rank]


class RouteTable:
    """All HTTP functions of an app under the host's prefix. Letter case and a trailing slash do not matter."""

    def __init__(self, functions: tuple[HttpFunction, ...], prefix: str) -> None:
        """`prefix` without slashes at its ends, or empty. Raises TemplateError for a route that cannot be read."""
        self._root = _Node()
        for function in functions:
            template = parse_template(f"{prefix}/{function.route.lstrip('~').strip('/')}")
            node = self._root
            for segment in template.segments:
                node = node.child(segment)
            node.routes.append(_Route(function, template))

    def match(self, method: str, path: str) -> Match | None:
        """The function for a decoded path (see decode_path); None where no route has this path and this method."""
        segments = path.split("/")[1:]
        # Empty segments at the end (a trailing slash) match nothing and are tolerated.
        count = len(segments)
        while count and not segments[count - 1]:
            count -= 1
        for route in _candidates(self._root, [segment.lower() for segment in segments[:count]], 0):
            if route.function.methods is not None and method not in route.function.methods:
                continue
            values = _values(route.template, segments, count)
            if values is not None:
                return Match(route.function, values)
        return None


def _candidates(node: _Node, segments: list[str], position: int) -> Iterator[_Route]:
    """Routes whose shape fits, the closest description first."""
    if position == len(segments):
        yield from node.routes
        for child in node.others.values():
            yield from _with_missing_end(child)
        return
    literal = node.literals.get(segments[position])
    if literal is not None:
        yield from _candidates(literal, segments, position + 1)
    for rank, child in node.others.items():
        if rank >= Rank.CONSTRAINED_REST:
            yield from child.routes
        elif segments[position]:
            yield from _candidates(child, segments, position + 1)


def _with_missing_end(node: _Node) -> Iterator[_Route]:
    """Routes whose remaining segments may all be missing."""
    for route in node.routes:
        if route.template.segments[-1].may_be_missing:
            yield route
    for child in node.others.values():
        yield from _with_missing_end(child)


def _values(template: Template, segments: list[str], count: int) -> dict[str, str] | None:
    """Parameter values where all constraints hold. A parameter that is missing and has no default is left out."""
    values: dict[str, str] = {}
    for index, segment in enumerate(template.segments):
        if segment.rank is Rank.LITERAL:
            continue
        found = _segment_values(segment, segments, index, count)
        if found is None:
            return None
        for parameter, value in found:
            if value is None:
                if not parameter.may_be_missing:
                    return None
            elif parameter.accepts(value):
                values[parameter.name] = value
            else:
                return None
    return values


def _segment_values(
    segment: Segment, segments: list[str], index: int, count: int
) -> list[tuple[Parameter, str | None]] | None:
    first = segment.parameters[0]
    if first.rest:
        return [(first, "/".join(segments[index:]) or first.default)]
    if index >= count:
        return [(parameter, parameter.default) for parameter in segment.parameters]
    if not segment.patterns:
        return [(first, segments[index])]
    for pattern in segment.patterns:
        match = pattern.fullmatch(segments[index])
        if match is not None:
            # An optional end that is not there has no group.
            texts = [*match.groups(), None]
            return list(zip(segment.parameters, texts, strict=False))
    return None


def decode_path(raw: bytes) -> str:
    """A request path as ASP.NET hands it on: percent-decoded except %2F, dot segments resolved.

    Bytes that are not UTF-8 stay encoded. Raises BadPathError for a null character, or for a path that leaves the root.
    """
    if b"%" not in raw:
        text = raw.decode("ascii", "surrogateescape")
    else:
        text = "".join(_decode_run(part) for part in _runs(raw))
    if "\0" in text or not text.startswith("/"):
        raise BadPathError("the path holds a null character, or does not start with a slash")
    return _without_dots(text) if "/." in text else text


def _runs(raw: bytes) -> Iterator[bytes]:
    """The pieces of a path, by turns: one that is decoded in whole, and one that stays as it is."""
    position = 0
    for kept in _KEPT.finditer(raw):
        yield raw[position : kept.start()]
        yield kept[0]
        position = kept.end()
    yield raw[position:]


def _decode_run(part: bytes) -> str:
    if _KEPT.fullmatch(part):
        return part.decode("ascii")
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        return _decode_leniently(part)


def _decode_leniently(part: bytes) -> str:
    """Decode what is UTF-8, and leave the other bytes percent-encoded."""
    decoded = unquote_to_bytes(part).decode("utf-8", "surrogateescape")
    return "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in decoded)


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
