"""Requests that nobody should send, made from the route table and the models: a new route has its own by itself."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, TypeAdapter

from shared.api.base import Form, Multipart
from shared.api.examples import PATH_VALUES
from shared.web.openapi_answers import examples_of
from shared.web.reading import may_be_left_out
from shared.web.routes import Route
from tests.web_calls import MULTIPART, multipart

JSON = {"content-type": "application/json"}
LIMIT = 256 * 1024


@dataclass(frozen=True)
class Bad:
    """One request. `statuses` are the answers that are right, None: any but a failure of ours."""

    route: Route
    what: str
    target: bytes
    body: bytes = b""
    headers: Mapping[str, str | bytes] = field(default_factory=lambda: JSON)
    method: str = ""
    statuses: frozenset[int] | None = None


# Bodies

MALFORMED = [
    b"{",
    b"[",
    b'"',
    b"{}{}",
    b"{},",
    b"{'a': 1}",
    b'{"a": 1,}',
    b"nul",
    b"NaN",
    b'{"a": NaN}',
    b'{"a": -Infinity}',
    b'{"a": 01}',
    b'{"a": "\x00"}',
    b'{"a": "\n"}',
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"a": "\xff"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\xc0\xaf"}',
    b'{"a": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"a": "\\x41"}',
    b"{" * 1000,
    b"[" * 100_000,
    b'{"a":' * 30_000,
    b"[" * 100 + b"]" * 100,
    b'{"a":' * 33 + b"1" + b"}" * 33,
    gzip.compress(b"{}"),
]
NO_OBJECTS = [
    b"",
    b"  \n",
    b"null",
    b"true",
    b"1",
    b"-0.0",
    b"1e308",
    b'"x"',
    b"[]",
    b"[{}]",
    b"{}",
    b'{"__proto__": 1}',
]
CONTENT_TYPES = [
    "text/plain",
    "text/html; charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/octet-stream",
    "application/jsonp",
    "application/json/",
    "json",
    "*/*",
    ";",
    "x" * 4000,
    b"application/\xff",
]
OPERATORS: list[Any] = [{"$ne": 1}, {"$gt": ""}, {"$where": "sleep(1000)"}, {"$regex": ".*"}]
NOT_TEXT: list[Any] = [*OPERATORS, 1, -1.5, True, [], ["x"], {}, 10**30]
NOT_A_NUMBER: list[Any] = [*OPERATORS, "1", "", True, [], {}, 1.5, -1, 0, 10**9, 2**31, 2**63, -(2**63), 2**64, 10**40]
NOT_A_FLAG: list[Any] = [*OPERATORS, "true", 1, 0, [], {}]
NOT_A_LIST: list[Any] = [*OPERATORS, "x", 1, True, {"0": {}}, [1], ["x"], [None], [[]], [{}], [{"$ne": 1}]]
NOT_AN_OBJECT: list[Any] = [*OPERATORS, "x", 1, True, [], [{}]]
WRONG = {
    "string": NOT_TEXT,
    "integer": NOT_A_NUMBER,
    "number": NOT_A_NUMBER,
    "boolean": NOT_A_FLAG,
    "array": NOT_A_LIST,
    "object": NOT_AN_OBJECT,
}
ODD_TEXTS = [
    "",
    "a\x00b",
    "../../etc/passwd",
    "$where",
    "0" * 24,
    "x" * 129,
    "x" * 10_000,
    "🍜" * 40,
    "\u202e\u200b\ufeff\U0010ffff",
]


def good_body(route: Route) -> bytes:
    """The route's first example, or nothing where it takes no body."""
    if route.body is None:
        return b""
    example = next(iter(examples_of(route.body).values()))
    if issubclass(route.body, Multipart):
        return multipart(example)
    return urlencode(example).encode() if issubclass(route.body, Form) else json.dumps(example).encode()


def _forms(route: Route, target: bytes) -> Iterator[Bad]:
    """Bodies that are no form, or lack what it must have."""
    of_form = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"\xff=1", b"", b"&" * 100, b"x=1", b"=" * 50, b"&".join(b"a%d=1" % n for n in range(51))):
        yield Bad(route, f"no form {body[:20]!r}", target, body, of_form, statuses=frozenset({400}))
    yield Bad(route, "JSON", target, b"{}", JSON, statuses=frozenset({415}))


def _multiparts(route: Route, target: bytes) -> Iterator[Bad]:
    """Bodies that are no such form, or lack the file, or say something else of themselves."""
    assert route.body is not None
    good = good_body(route)
    of_form = {"content-type": MULTIPART}
    cut = [
        good[:-30],
        good[:20],
        good.replace(b"name=", b"nam="),
        good.replace(b"\r\n\r\n", b"\r\n"),
        b"",
        b"x",
        b"--" * 500,
    ]
    many = multipart({f"a{number}": "1" for number in range(60)})
    as_text = multipart({"file": b"x"}).replace(b'; filename="picture"', b"")
    for body in (*cut, many, as_text, b"\r" * 50_000, multipart({"a": "x" * 100_000})):
        yield Bad(route, f"no form {body[:20]!r}", target, body, of_form, statuses=frozenset({400}))
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        ";",
        "x" * 4000,
    ):
        yield Bad(route, f"content type {kind[:40]!r}", target, good, {"content-type": kind}, statuses=frozenset({415}))
    yield Bad(route, "JSON", target, b"{}", JSON, statuses=frozenset({415}))
    yield Bad(
        route, "too large", target, b"x" * (max(LIMIT, route.largest_body) + 1), of_form, statuses=frozenset({413})
    )
    for name in ("../x", "a/b", "a\\b", ".", "..", "", "%2e%2e", "a\x00b", "x" * 41, "é", "menu/../../secrets"):
        if "folder" in route.body.model_fields:
            body = multipart({"file": b"x", "folder": name})
            yield Bad(route, f"folder {name!r}", target, body, of_form, statuses=frozenset({400}))


def bodies(route: Route, target: bytes) -> Iterator[Bad]:
    """Bodies that are no JSON, no object, of another media type, too large, or wrong in one field."""
    if route.body is None:
        return
    if issubclass(route.body, Form):
        yield from _forms(route, target)
        return
    if issubclass(route.body, Multipart):
        yield from _multiparts(route, target)
        return

    def bad(what: str, body: bytes, *statuses: int, headers: Mapping[str, str | bytes] = JSON) -> Bad:
        return Bad(route, what, target, body, headers, statuses=frozenset(statuses) or None)

    for body in MALFORMED:
        yield bad(f"malformed {body[:20]!r}", body, 400)
    for body in NO_OBJECTS:
        if may_be_left_out(route.body) and body.strip() in (b"", b"{}"):
            continue
        yield bad(f"no such body {body[:20]!r}", body, 400)
    yield bad("too large", b'"' + b"x" * max(LIMIT, route.largest_body) + b'"', 413)
    good = [json.dumps(value).encode() for value in examples_of(route.body).values()]
    for kind in CONTENT_TYPES:
        yield bad(f"content type {kind[:40]!r}", good[0], 415, headers={"content-type": kind})
    yield bad("in utf-16", good[0].decode().encode("utf-16"), 400)
    yield bad("compressed", gzip.compress(good[0]), 400, headers={**JSON, "content-encoding": "gzip"})
    seen = set()
    for example in examples_of(route.body).values():
        for path, kinds in places(route.body, example):
            if path not in seen:
                yield from _wrong_there(bad, example, path, kinds)
            seen.add(path)


def odd_texts(route: Route, target: bytes) -> Iterator[Bad]:
    """The route's first example with texts of the right type that no well-meaning client sends."""
    if route.body is None or issubclass(route.body, Form | Multipart):
        return
    example = next(iter(examples_of(route.body).values()))
    for path, kinds in places(route.body, example):
        for text in ODD_TEXTS if "string" in kinds else ():
            yield Bad(route, f"{path} = {text!r:.40}", target, _with(example, path, text))


def _wrong_there(bad: Any, example: Any, path: tuple[str | int, ...], kinds: frozenset[str]) -> Iterator[Bad]:
    where = ".".join(map(str, path))
    for kind in kinds & WRONG.keys():
        for value in WRONG[kind]:
            statuses = () if _may_be(value, kinds) else (400,)
            yield bad(f"{where} = {value!r:.40}", _with(example, path, value), *statuses)


def _may_be(value: Any, kinds: frozenset[str]) -> bool:
    """Whether the type alone allows it: then only the route can tell."""
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, int | float):
        return "number" in kinds or ("integer" in kinds and isinstance(value, int))
    if isinstance(value, str):
        return "string" in kinds
    if isinstance(value, list):
        return "array" in kinds
    # An object whose fields all may be absent takes any other object, where unknown fields are ignored.
    return "object" in kinds


def places(model: type[BaseModel], example: Any) -> list[tuple[tuple[str | int, ...], frozenset[str]]]:
    """Every field of the body that has a type, with the JSON types that it may have."""
    schema = TypeAdapter(model).json_schema()
    found = _places(schema, schema.get("$defs", {}), example, ())
    return [(path, kinds) for path, kinds in found if kinds]


def _places(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], example: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], frozenset[str]]]:
    members = [_resolved(each, definitions) for each in _members(schema, definitions)]
    if path:
        yield path, frozenset(each["type"] for each in members if "type" in each)
    for member in members:
        given = example if isinstance(example, dict) else {}
        if any(rule.get("const", given.get(name)) != given.get(name) for name, rule in _fields(member)):
            continue
        for name, rule in _fields(member):
            yield from _places(rule, definitions, given.get(name), (*path, name))
        if "items" in member:
            first = example[0] if isinstance(example, list) and example else None
            yield from _places(member["items"], definitions, first, (*path, 0))


def _fields(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(schema.get("properties", {}).items())


def _members(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    resolved = _resolved(schema, definitions)
    return list(resolved.get("anyOf") or resolved.get("oneOf") or [resolved])


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema


def _with(example: Any, path: tuple[str | int, ...], value: Any) -> bytes:
    """The example with another value in one place; what the example lacks on the way is made."""
    whole = copy.deepcopy(example)
    inside = whole
    for step, following in pairwise(path):
        container: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not inside:
                inside.append(container)
        elif not isinstance(inside.get(step), dict | list):
            inside[step] = container
        inside = inside[step]
    if isinstance(path[-1], int):
        inside[:1] = [value]
    else:
        inside[path[-1]] = value
    return json.dumps(whole).encode()


# Addresses

IDS = [
    b"0" * 24,
    b"f" * 24,
    b"F" * 24,
    b"0" * 23,
    b"0" * 25,
    b"g" * 24,
    b"x",
    b"-1",
    b"0",
    b"1e309",
    b"null",
    b"undefined",
    b"true",
    b"[object%20Object]",
    b"x" * 128,
    b"x" * 129,
    b"x" * 5000,
    b"%00",
    b"a%00b",
    b"%0a",
    b"%0d%0aset-cookie:x=1",
    b"%1b",
    b"%7f",
    b"%20",
    b"a%20b",
    b".",
    b"..",
    b"...",
    b"%2e%2e",
    b"..%2f..%2fetc%2fpasswd",
    b"..%5c..%5cwindows",
    b"%2f",
    b"a%2fb",
    b"%252f",
    b"%25",
    b"$ne",
    b"%24where",
    b"%7b%22$ne%22:1%7d",
    b"[$ne]=1",
    b";",
    b"a;b=c",
    b"'%20or%20'1'='1",
    b"<script>",
    b"*",
    b"(",
    b"+",
    quote("é").encode(),
    quote("日本語").encode(),
    quote("🍜" * 20).encode(),
    quote("\u202e\u200b\ufeff").encode(),
    b"%ff",
    b"%c0%af",
    b"%ed%a0%80",
    b"%f4%90%80%80",
    b"%",
    b"%zz",
    b"%u0041",
]
WEB_SERVER_S = frozenset({b"%00", b"a%00b"})
"""What no web server hands on: it answers 400 by itself, before any function."""


def target(route: Route, prefix: str, values: Mapping[str, bytes] | None = None) -> bytes:
    """The address of a route, with the examples' ids or others."""
    parts = []
    for part in f"/{prefix}{route.path}".split("/"):
        name = part[1:-1] if part.startswith("{") else None
        parts.append(part.encode() if name is None else (values or {}).get(name, PATH_VALUES[name][1].encode()))
    return b"/".join(parts)


def addresses(route: Route, prefix: str) -> Iterator[Bad]:
    """Ids that name nothing, in each place of the path."""
    body = good_body(route)
    for name in route.parameters:
        for value in IDS:
            yield Bad(route, f"{name} = {value[:40]!r}", target(route, prefix, {name: value}), body)


QUERY_VALUES = [
    b"x",
    b"-1",
    b"1.5",
    b"1e3",
    b"NaN",
    b"null",
    b"true",
    b"%00",
    b"%ff",
    b"%ed%a0%80",
    b"9" * 30,
    b"9" * 5000,
    b"-" + b"9" * 400,
    b"0x10",
    b"1_000",
    b"%d9%a3",
    b"+1",
    b"%20",
    b"[]",
    b"%7b%22$ne%22:1%7d",
    b"1,2",
    b"1&",
    b"",
]


def queries(route: Route, address: bytes) -> Iterator[Bad]:
    """Query strings: values of the wrong type, operators, repeats, and ones that are too long."""
    body = good_body(route)
    fields = route.query.model_fields if route.query is not None else {}
    names = [(found.alias or name).encode() for name, found in fields.items()] or [b"unknown"]
    for name in names:
        for value in QUERY_VALUES:
            yield Bad(route, f"?{name!r}={value[:30]!r}", address + b"?" + name + b"=" + value, body)
        for odd in (name + b"[$ne]=1", name, name + b"=1&" + name + b"=2", name.upper() + b"=x", b"=" + name):
            yield Bad(route, f"?{odd!r}", address + b"?" + odd, body)
    for odd in (b"&" * 5000, b"a=" + b"x" * 7000, b"&".join(b"a%d=1" % n for n in range(900)), b"?" * 100, b"%"):
        yield Bad(route, f"?{odd[:30]!r}", address + b"?" + odd, body)


HEADERS: list[tuple[str, str | bytes]] = [
    ("x-request-id", "x" * 5000),
    ("x-request-id", "é".encode()),
    ("x-request-id", b"\xff\xfe"),
    ("x-request-id", "{}; drop"),
    ("x-forwarded-for", "nobody, 999.999.999.999"),
    ("x-forwarded-for", "," * 3000),
    ("x-forwarded-for", b"\xff"),
    ("if-none-match", 'W/"'),
    ("if-none-match", '"x",' * 1000),
    ("if-none-match", b"\xff"),
    ("accept-encoding", "gzip;q=x, *;q=9"),
    ("accept", "application/nothing"),
    ("accept", b"\xff"),
    ("prefer", "wait=-1; respond-async=\xff".encode("latin-1")),
    ("range", "bytes=5-1"),
    ("origin", "null"),
    ("cookie", "=; ;;" * 200),
    ("authorization", "Bearer"),
    ("authorization", b"Bearer \xff"),
    ("authorization", "Bearer " + "x" * 6000),
    ("authorization", "Basic eA=="),
]


def headers(route: Route, address: bytes) -> Iterator[Bad]:
    """Header values that break who reads them carelessly."""
    body = good_body(route)
    for name, value in HEADERS:
        yield Bad(route, f"{name}: {value[:30]!r}", address, body, {**JSON, name: value})
