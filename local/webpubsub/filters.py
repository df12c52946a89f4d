"""The `filter` parameter: which connections a call is for, as an OData expression over one connection.

The grammar is the one that the service documents: `userId`, `connectionId` and `groups`, comparisons, functions, and
`and`, `or` and `not`. A filter is checked in whole when it is read. Asking whether it fits a connection cannot fail.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

MAX_CLAUSES = 100
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<integer>[+-]?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[(),])|(?P<end>$))"
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_MAY_FOLLOW = (*_COMPARISONS, "in", "and", "or", ")", ",")
_CONSTANTS = {"true": ("bool", True), "false": ("bool", False), "null": ("null", None)}


class Connected(Protocol):
    """What a filter can ask a connection."""

    @property
    def id(self) -> str: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def groups(self) -> Set[str]: ...


Matches = Callable[[Connected], bool]
"""Tells whether a filter fits a connection."""


class FilterError(ValueError):
    """The filter cannot be read; the text says where and why, in the service's own words."""

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(f"Invalid syntax for '{part}': {problem}. (Parameter 'filter')")


@lru_cache(maxsize=256)
def parse(text: str) -> Matches:
    """Read a filter. Raises FilterError."""
    return _Reader(text).read()


class _Token(NamedTuple):
    kind: str
    text: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of the filter: its type, where it stands in the text, and its value for a connection."""

    type: str
    begin: int
    end: int
    value: Callable[[Connected], Any]


@dataclass(frozen=True, slots=True)
class _Function:
    """A function: the types of what it takes, the type of what it gives, and its work on values that are not null."""

    takes: tuple[str, ...]
    gives: str
    work: Callable[..., Any]
    optional: int = 0


_FUNCTIONS = {
    "tolower": _Function(("string",), "string", str.lower),
    "toupper": _Function(("string",), "string", str.upper),
    "trim": _Function(("string",), "string", str.strip),
    "concat": _Function(("string", "string"), "string", operator.add),
    "substring": _Function(
        ("string", "int", "int"),
        "string",
        lambda text, start, length=None: text[max(start, 0) :][: None if length is None else max(length, 0)],
        optional=1,
    ),
    "startswith": _Function(("string", "string"), "bool", str.startswith),
    "endswith": _Function(("string", "string"), "bool", str.endswith),
    "contains": _Function(("string", "string"), "bool", operator.contains),
    "indexof": _Function(("string", "string"), "int", str.find),
    "length": _Function(("string or collection",), "int", len),
}
_IDENTIFIERS: Mapping[str, tuple[str, Callable[[Connected], Any]]] = {
    "userid": ("string", lambda connection: connection.user_id),
    "connectionid": ("string", lambda connection: connection.id),
    "groups": ("collection", lambda connection: connection.groups),
}


class _Reader:
    """Reads one filter from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._clauses = 0
        self._depth = 0
        self._token = self._next()

    def read(self) -> Matches:
        whole = self._or()
        if self._token.kind != "end":
            raise self._syntax_error()
        return self._needs(whole, "bool").value

    # From the loosest binding to the tightest

    def _or(self) -> _Node:
        return self._joined("or", self._and, any)

    def _and(self) -> _Node:
        return self._joined("and", self._comparison, all)

    def _joined(self, word: str, part: Callable[[], _Node], join: Callable[[Any], bool]) -> _Node:
        first = part()
        parts = [first]
        while self._takes(word):
            self._needs(parts[-1], "bool")
            parts.append(self._needs(part(), "bool"))
        if len(parts) == 1:
            return first
        values = [each.value for each in parts]
        return _Node("bool", first.begin, parts[-1].end, lambda connection: join(value(connection) for value in values))

    def _comparison(self) -> _Node:
        left = self._unary()
        word = self._token.text
        if self._token.kind != "name" or word not in (*_COMPARISONS, "in"):
            return left
        self._count_clause()
        self._token = self._next()
        return self._in(left) if word == "in" else self._compared(left, word, self._unary())

    def _compared(self, left: _Node, word: str, right: _Node) -> _Node:
        for side in (left, right):
            if side.type == "collection":
                raise self._type_error(side, "string")
        if left.type != right.type and "null" not in (left.type, right.type):
            raise self._type_error(right, left.type)
        compare, equality = _COMPARISONS[word], word in ("eq", "ne")

        def value(connection: Connected) -> bool:
            one, other = left.value(connection), right.value(connection)
            # Nothing is more or less than null.
            return (equality or None not in (one, other)) and compare(one, other)

        return _Node("bool", left.begin, right.end, value)

    def _in(self, left: _Node) -> _Node:
        if left.type == "collection":
            raise self._type_error(left, "string")
        begin = self._token
        if begin.text != "(":
            found = self._needs(self._primary(), "collection")
            return _Node("bool", left.begin, found.end, lambda of: left.value(of) in found.value(of))
        self._token = self._next()
        listed = self._listed()
        end = listed[-1].end + 1
        if len(listed) == 1 and listed[0].type == "collection":
            return _Node("bool", left.begin, end, lambda of: left.value(of) in listed[0].value(of))
        for each in listed:
            if each.type not in (left.type, "null"):
                raise self._type_error(each, left.type)
        return _Node("bool", left.begin, end, lambda of: left.value(of) in [each.value(of) for each in listed])

    def _unary(self) -> _Node:
        begin = self._token.begin
        if not self._takes("not"):
            return self._primary()
        # Tighter than a comparison: `not length(userId) gt 5` is refused, as by the service.
        self._deeper()
        inner = self._needs(self._unary(), "bool")
        self._depth -= 1
        return _Node("bool", begin, inner.end, lambda connection: not inner.value(connection))

    def _primary(self) -> _Node:
        token = self._token
        self._token = self._next()
        if token.text == "(":
            return self._in_parentheses(token)
        if token.kind == "string":
            return _constant("string", token, token.text[1:-1].replace("''", "'"))
        if token.kind == "integer":
            return _constant("int", token, int(token.text[:20]))
        if token.text in _CONSTANTS:
            type_, constant = _CONSTANTS[token.text]
            return _constant(type_, token, constant)
        if token.text in _FUNCTIONS and self._token.text == "(":
            return self._call(token, _FUNCTIONS[token.text])
        if token.kind == "name" and token.text.lower() in _IDENTIFIERS:
            type_, value = _IDENTIFIERS[token.text.lower()]
            return _Node(type_, token.begin, token.end, value)
        if token.kind == "name" and (self._token.kind == "end" or self._token.text in _MAY_FOLLOW):
            raise FilterError(token.text, "a connection has userId, connectionId and groups")
        if token.kind != "name":
            self._token = token
        raise self._syntax_error()

    def _in_parentheses(self, begin: _Token) -> _Node:
        self._deeper()
        inner = self._or()
        self._depth -= 1
        return _Node(inner.type, begin.begin, self._closed(), inner.value)

    def _call(self, name: _Token, function: _Function) -> _Node:
        self._count_clause()
        self._deeper()
        self._token = self._next()
        given = self._listed()
        self._depth -= 1
        if not len(function.takes) - function.optional <= len(given) <= len(function.takes):
            part = self._text[name.begin : given[-1].end + 1]
            raise FilterError(part, f"'{name.text}' takes {len(function.takes)} values, not {len(given)}")
        for node, type_ in zip(given, function.takes, strict=False):
            if node.type != "null":
                self._needs(node, type_)
        nothing = False if function.gives == "bool" else None

        def value(connection: Connected) -> Any:
            values = [node.value(connection) for node in given]
            return nothing if None in values else function.work(*values)

        return _Node(function.gives, name.begin, given[-1].end + 1, value)

    def _listed(self) -> Sequence[_Node]:
        """Values with commas between them, up to the closing parenthesis."""
        listed = [self._or()]
        while self._takes(","):
            listed.append(self._or())
        self._closed()
        return listed

    # Small things

    def _next(self) -> _Token:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastgroup is None:
            raise FilterError(self._text, f"Syntax error at position {self._at} in '{self._text}'")
        self._at = found.end()
        return _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup), found.end())

    def _takes(self, word: str) -> bool:
        if self._token.kind not in ("name", "sign") or self._token.text != word:
            return False
        self._token = self._next()
        return True

    def _closed(self) -> int:
        end = self._token.end
        if not self._takes(")"):
            raise self._syntax_error()
        return end

    def _needs(self, node: _Node, type_: str) -> _Node:
        if node.type not in type_.split(" or "):
            raise self._type_error(node, type_)
        return node

    def _count_clause(self) -> None:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise FilterError(f"{self._text[:40]}...", f"it has more than {MAX_CLAUSES} clauses")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError(f"{self._text[:40]}...", f"it is nested more than {MAX_DEPTH} deep")

    def _syntax_error(self) -> FilterError:
        return FilterError(self._text, f"Syntax error at position {self._token.end} in '{self._text}'")

    def _type_error(self, node: _Node, expected: str) -> FilterError:
        return FilterError(self._text[node.begin : node.end], f"Type '{node.type}', expect '{expected}'")


def _constant(type_: str, token: _Token, value: Any) -> _Node:
    return _Node(type_, token.begin, token.end, lambda _connection: value)
