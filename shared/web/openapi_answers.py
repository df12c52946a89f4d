"""What the OpenAPI document says of answers: bodies with examples, errors with their sentences, headers."""

from __future__ import annotations

import types
from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Union, get_args, get_origin

from shared.api.examples import ERRORS, EXAMPLES, OF_ROUTES, REQUEST_ID
from shared.errors import ErrorCode
from shared.web.call import Data
from shared.web.routes import Route

Schemas = dict[tuple[str, str], dict[str, Any]]
"""The schema of a body, a query or an answer by (route and place, mode)."""

REF = "#/components/schemas/{model}"
_HEADERS: dict[str, tuple[str, bool, str]] = {
    "x-request-id": ("Names the request in our logs.", True, REQUEST_ID),
    "server-timing": ("How long the app worked, in milliseconds.", True, "app;dur=3.2"),
    "cache-control": ("Whether and how long the answer may be kept.", True, "no-store"),
    "etag": ("Send it as If-None-Match to hear only whether it has changed.", True, '"5f2b"'),
    "location": ("Where to ask how it went on.", True, "/api/v1/order-app/orders/66f1a0c2d4b8e3f5a7c90009/status"),
    "allow": ("The methods that the address answers.", True, "GET, HEAD"),
    "www-authenticate": ("How to sign in.", True, "Bearer"),
    "retry-after": ("In how many seconds to try again.", False, "2"),
}
"""Name -> what it says, whether it is always there, an example."""

_EVERYWHERE = ("x-request-id", "server-timing", "cache-control")
_OF_STATUS = {
    202: ("location",),
    304: ("etag",),
    401: ("www-authenticate",),
    405: ("allow",),
    429: ("retry-after",),
    503: ("retry-after",),
}


def headers() -> dict[str, Any]:
    """Every response header there is, for the document's components."""
    return {
        name: {"description": text, "required": required, "schema": {"type": "string"}, "example": example}
        for name, (text, required, example) in _HEADERS.items()
    }


def responses(route: Route, codes: Sequence[ErrorCode], schemas: Schemas) -> dict[str, Any]:
    """What a route answers, by status: successes, and errors with their sentences."""
    told: dict[str, Any] = {}
    for status, hint in {route.status: route.reply, **route.replies}.items():
        names = ("etag",) if status == route.status and 304 in route.replies else ()
        told[str(status)] = {"description": HTTPStatus(status).phrase, "headers": _headers(status, *names)}
        if hint is not None:
            told[str(status)]["content"] = _success(route, status, hint, schemas)
    by_status: dict[int, list[ErrorCode]] = defaultdict(list)
    for code in codes:
        by_status[code.status].append(code)
    for status, those in sorted(by_status.items()):
        known = told.get(str(status), {}).get("content", {}).get("application/json")
        told[str(status)] = refusal(status, those, known)
    return told


def refusal(status: int, codes: Sequence[ErrorCode], known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer with a status that is no success, and all its codes. `known`: a success with the same status."""
    return {
        "description": "\n\n".join(f"`{code.code}`: {code.message}" for code in codes),
        "headers": _headers(status),
        "content": _failure(codes, known),
    }


def _success(route: Route, status: int, hint: Any, schemas: Schemas) -> dict[str, Any]:
    if route.media != ("application/json",) and status == route.status:
        return {media: {"schema": {"type": "string"}} for media in route.media}
    return json_content(schemas[f"{route.name} {status}", "serialization"], examples_of_answer(route, status, hint))


def _failure(codes: Sequence[ErrorCode], known: Mapping[str, Any] | None) -> dict[str, Any]:
    narrowed = {"properties": {"code": {"enum": [code.code for code in codes]}}}
    schema: dict[str, Any] = {"allOf": [{"$ref": REF.format(model="Error")}, narrowed]}
    examples = {code.code: error_example(code) for code in codes}
    if known is None:
        return json_content(schema, examples)
    # One status, two bodies: a success of that status, and the error shape.
    both = json_content({"anyOf": [known["schema"], schema]}, examples)
    both["application/json"]["examples"] |= known.get("examples", {})
    return both


def error_example(code: ErrorCode) -> dict[str, Any]:
    """What a client sees of a code."""
    return {
        "statusCode": code.status,
        "message": code.message,
        "detail": [],
        "code": code.code,
        "requestId": REQUEST_ID,
        **ERRORS.get(code.code, {}),
    }


def examples_of_answer(route: Route, status: int, hint: Any) -> dict[str, Any]:
    """Examples by name of what a route answers with this status; {} where there is none."""
    if status == route.status and route.name in OF_ROUTES:
        return dict(OF_ROUTES[route.name])
    return examples_of(hint)


_PLAIN: Mapping[Any, Mapping[str, Any]] = {bool: {"done": True}, type(None): {"none": None}}


def examples_of(hint: Any) -> dict[str, Any]:
    """Examples by name of a body or an answer of this type; {} where there is none."""
    if hint in EXAMPLES:
        return dict(EXAMPLES[hint])
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    generic = getattr(hint, "__pydantic_generic_metadata__", None)
    if generic and generic["origin"] is Data:
        return {name: {"data": value} for name, value in examples_of(generic["args"][0]).items()}
    if get_origin(hint) is list:
        each = examples_of(get_args(hint)[0])
        return {"some": list(each.values())} if each else {}
    if get_origin(hint) in (Union, types.UnionType):
        members = [examples_of(member) for member in get_args(hint)]
        return {name: value for member in members for name, value in member.items()} if all(members) else {}
    return {}


def json_content(schema: dict[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON body with its examples."""
    named = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": {"schema": schema, **({"examples": named} if named else {})}}


def _headers(status: int, *more: str) -> dict[str, Any]:
    names = (*_EVERYWHERE, *more, *_OF_STATUS.get(status, ()))
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
