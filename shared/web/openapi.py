"""The OpenAPI 3.1 document, made of the route table, the models, their examples and the catalogue of errors."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from shared import errors
from shared.api.base import Form, Multipart
from shared.api.errors import Error
from shared.api.examples import PATH_VALUES
from shared.errors import ErrorCode
from shared.web.endpoint import without_references
from shared.web.openapi_answers import REF, Schemas, examples_of, headers, json_content, refusal, responses
from shared.web.openapi_doors import SCHEMES, security_of, whom
from shared.web.reading import MAX_KEY, MAX_PATH_VALUE, may_be_left_out
from shared.web.routes import API_PREFIX, ROUTES, Route, RouteTable

TAGS = {
    "order-app": "What there is to order, what it costs, and where the order stands.",
    "menu-app": "The restaurant and its orders, as the menu app reads them.",
    "payments": "Placing an order.",
    "restaurant": "The restaurant, its locations and its people.",
    "orders": "Orders, for the restaurant's own people.",
    "attention": "What needs somebody, and the acts that answer it.",
    "menu": "Changing menus: at once, or as a draft that is published.",
    "reports": "What was sold, taken and given back.",
    "webhooks": "Telling the restaurant's own systems.",
    "trail": "Who did what.",
    "users": "One's own account.",
    "people": "Becoming one of a restaurant's people.",
    "devices": "A location's screens that are no persons.",
    "location-settings": "A location's settings: what it is, when it takes orders, and how it handles them.",
    "stations": "The kitchen's stations, and what their screens show and do.",
    "screens": "The kitchen's screens that are there.",
    "campaign": "The campaigns of a location, for its own people.",
    "origins": "The codes on tables and posters, for the location's own people.",
    "storage": "Pictures of menus.",
    "web-push": "Who of the people wants pushes of new orders.",
    "pos": "What there is to order, for the staff's own order page.",
    "printers": "The printers of a location.",
    "report": "What a location sold, as old clients read it.",
    "cloud-printers": "Printers that ask for their tickets.",
    "printing": "Printers that ask for their tickets, by their makers' protocols.",
    "realtime": "Live connections.",
    "health": "For load balancers, deployments and people.",
    "documents": "The description of this API.",
}
"""What each area is for, by the first word of its paths."""

_PARTS_OF_A_RESTAURANT = ("menu", "reports", "webhooks", "trail", "attention", "orders")
"""Areas of their own among the paths that begin with `restaurant`."""

_DOCUMENTS = frozenset({"openapi.json", "docs", "redoc"})
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_INTRODUCTION = f"""
Orders by QR code: a diner reads the menu, previews a cart, places the preview and watches the order.

- Amounts are in cents, moments in UTC.
- Every answer has the header `x-request-id`: the caller's own, when it sent a sane one.
- Every answer that is not a success has one shape, `Error`. `code` never changes its meaning; what each route may
  answer stands beside it, and all codes stand below.
- An address that answers other methods says so: 405 with `Allow` (`MethodNotAllowed`). `GET` answers `HEAD` too.
- The same addresses answer without `/{API_PREFIX.strip("/")}` while the deployment says so.
- A platform in front of this API may answer 413, 429, 502 or 503 by itself, without a body.

| code | status | sentence |
|---|---|---|
"""


def document(table: RouteTable = ROUTES) -> dict[str, Any]:
    """The whole document as JSON-ready values."""
    schemas, definitions = _schemas(table)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in table:
        paths[f"/{route.path}"][route.method.lower()] = _operation(route, schemas, definitions)
    used = {_tag(route) for route in table}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OrderBuddy API",
            "version": API_PREFIX.strip("/").rpartition("/")[2],
            "description": _introduction(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": f"/{API_PREFIX.strip('/')}"}],
        "tags": [{"name": name, "description": TAGS.get(name, "")} for name in sorted(used, key=[*TAGS, *used].index)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": definitions,
            "headers": headers(),
            # Of no operation: what an address answers to the methods that it does not have.
            "responses": {"MethodNotAllowed": refusal(405, [errors.METHOD_NOT_ALLOWED])},
            "securitySchemes": SCHEMES,
        },
    }


def serialised(table: RouteTable = ROUTES) -> bytes:
    """The document as JSON."""
    return to_json(document(table))


def catalogue() -> list[ErrorCode]:
    """Every code there is."""
    return [value for value in vars(errors).values() if isinstance(value, ErrorCode)]


def _introduction() -> str:
    rows = (f"| `{code.code}` | {code.status} | {code.message} |" for code in catalogue())
    return _INTRODUCTION.strip() + "\n" + "\n".join(rows)


def _schemas(table: RouteTable) -> tuple[Schemas, dict[str, Any]]:
    """The schema of every model by (route and place, mode), and the shared definitions that they refer to."""
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [("error", "serialization", TypeAdapter(Error))]
    for route in table:
        if route.body is not None:
            inputs.append((f"{route.name} body", "validation", TypeAdapter(route.body)))
        if route.query is not None:
            inputs.append((f"{route.name} query", "validation", TypeAdapter(route.query)))
        for status, hint in {route.status: route.reply, **route.replies}.items():
            inputs.append((f"{route.name} {status}", "serialization", TypeAdapter(hint)))
    found, shared = TypeAdapter.json_schemas(inputs, ref_template=REF)
    definitions: dict[str, Any] = shared.get("$defs", {})
    _name_bounds([found, definitions])
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = without_references(definition["description"])
    return {(place, mode): schema for (place, mode), schema in found.items()}, definitions


def _name_bounds(part: Any) -> None:
    """Give bounds the names of JSON Schema: behind a validator of ours pydantic writes its own, which nobody reads."""
    if isinstance(part, dict):
        for own, name in _BOUNDS.items():
            if isinstance(part.get(own), int | float):
                part[name] = part.pop(own)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _name_bounds(inner)


def _operation(route: Route, schemas: Schemas, definitions: dict[str, Any]) -> dict[str, Any]:
    parameters = [_path_parameter(name) for name in route.parameters]
    if route.query is not None:
        parameters += _query_parameters(route.query, schemas[f"{route.name} query", "validation"], definitions)
    if route.keyed != "never":
        parameters.append(_key_parameter(needed=route.keyed == "needed"))
    if route.versioned:
        parameters.append(_VERSION_PARAMETER)
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [_tag(route)],
        "summary": re.split(r"[;:.](?:\s|$)", route.summary, maxsplit=1)[0],
        "description": _description(route),
        "parameters": parameters,
        "responses": responses(route, route.refusals, schemas),
    }
    if route.body is not None:
        content = json_content(schemas[f"{route.name} body", "validation"], examples_of(route.body))
        if issubclass(route.body, Form):
            content = {"application/x-www-form-urlencoded": content["application/json"]}
        if issubclass(route.body, Multipart):
            content = {"multipart/form-data": content["application/json"]}
        operation["requestBody"] = {"required": not may_be_left_out(route.body), "content": content}
    security = security_of(route.allow)
    if security is not None:
        operation["security"] = security
    return operation


def _tag(route: Route) -> str:
    words = [word.partition(".")[0] for word in route.path.split("/")]
    if words[0] != "restaurant":
        return "documents" if route.path.partition("/")[0] in _DOCUMENTS else words[0]
    # A page that shows more than a hundred routes of one area at once is read by nobody, and drawn by no browser.
    return next((word for word in _PARTS_OF_A_RESTAURANT if word in words), words[0])


def _description(route: Route) -> str:
    """The whole docstring, without what it cites of our documents, and whom the route is for."""
    _, _, rest = inspect.cleandoc(route.handler.__doc__ or "").partition("\n\n")
    parts = (route.summary, without_references(rest).strip(), whom(route.allow))
    return "\n\n".join(part for part in parts if part)


def _path_parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_PATH_VALUE}
    parameter: dict[str, Any] = {"name": name, "in": "path", "required": True, "schema": schema}
    if name in PATH_VALUES:
        parameter["description"], parameter["example"] = PATH_VALUES[name]
    return parameter


def _key_parameter(*, needed: bool) -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": needed,
        "description": "Made by the client. Sent again within a day, the request is answered as before, and done once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$"},
        "example": "7c1f6c9e-2b1d-4f0a-9a51-0c9a5f3f2c11",
    }


_VERSION_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `etag` that was seen. Where it holds no more, nothing is changed. Left out: the last one wins.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 40},
    "example": '"7"',
}


def _query_parameters(
    model: type[BaseModel], schema: dict[str, Any], definitions: dict[str, Any]
) -> Iterable[dict[str, Any]]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        described = {"description": field["description"]} if "description" in field else {}
        # What is empty counts as left out.
        needed = name in required
        place = {"name": name, "in": "query", "required": needed, "allowEmptyValue": not needed}
        full = {"minLength": 1} if needed and field.get("type") == "string" else {}
        yield {**place, **described, "schema": {**full, **field}}
