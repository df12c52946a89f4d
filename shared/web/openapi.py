"""The OpenAPI 3.1 document, made from the route table, the models and the catalogue of errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from shared import errors
from shared.errors import ErrorCode
from shared.web.access import anyone
from shared.web.routes import API_PREFIX, ROUTES, Route, RouteTable

_REF = "#/components/schemas/{model}"
_ERROR = {
    "type": "object",
    "description": "Every answer that is not a success. Some codes add fields of their own.",
    "required": ["statusCode", "message", "detail", "code", "requestId"],
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {"type": "string", "description": "A sentence for people."},
        "detail": {
            "type": "array",
            "description": "What exactly is wrong; for 400 the fields.",
            "items": {"type": "object"},
        },
        "code": {"type": "string", "description": "Stable and machine-readable."},
        "requestId": {"type": "string"},
    },
}
_BEARER = {"type": "http", "scheme": "bearer", "description": "A member of staff."}


def document(table: RouteTable = ROUTES) -> dict[str, Any]:
    """The whole document as JSON-ready values."""
    schemas, definitions = _schemas(table)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in table:
        paths[f"/{route.path}"][route.method.lower()] = _operation(route, schemas, definitions)
    return {
        "openapi": "3.1.0",
        "info": {"title": "OrderBuddy API", "version": API_PREFIX.strip("/").rpartition("/")[2]},
        "servers": [{"url": f"/{API_PREFIX.strip('/')}"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Error": _ERROR, **definitions},
            "securitySchemes": {"staff": _BEARER},
        },
    }


def serialised(table: RouteTable = ROUTES) -> bytes:
    """The document as JSON."""
    return to_json(document(table))


def route_errors(route: Route) -> list[ErrorCode]:
    """Every code that the route may answer: its own, and those that come with what it takes."""
    may = [errors.INTERNAL, errors.UNAVAILABLE]
    if route.body is not None or route.query is not None:
        may.append(errors.INVALID_REQUEST)
    if route.body is not None:
        may += [errors.MALFORMED_JSON, errors.BODY_TOO_LARGE, errors.UNSUPPORTED_MEDIA_TYPE]
    if route.parameters:
        may.append(errors.NOT_FOUND)
    if route.allow.reads_bearer:
        may.append(errors.UNAUTHENTICATED)
        may += [] if route.allow.public else [errors.FORBIDDEN]
    return [*route.errors, *(code for code in may if code not in route.errors)]


Schemas = dict[tuple[str, str], dict[str, Any]]


def _schemas(table: RouteTable) -> tuple[Schemas, dict[str, Any]]:
    """The schema of every model by (route and place, mode), and the shared definitions that they refer to."""
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = []
    for route in table:
        if route.body is not None:
            inputs.append((f"{route.name} body", "validation", TypeAdapter(route.body)))
        if route.query is not None:
            inputs.append((f"{route.name} query", "validation", TypeAdapter(route.query)))
        for status, hint in {route.status: route.reply, **route.replies}.items():
            inputs.append((f"{route.name} {status}", "serialization", TypeAdapter(hint)))
    found, shared = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    return {(place, mode): schema for (place, mode), schema in found.items()}, shared.get("$defs", {})


def _operation(route: Route, schemas: Schemas, definitions: dict[str, Any]) -> dict[str, Any]:
    parameters = [_path_parameter(name) for name in route.parameters]
    if route.query is not None:
        parameters += _query_parameters(route.query, schemas[f"{route.name} query", "validation"], definitions)
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": list(route.tags),
        "summary": route.summary,
        "parameters": parameters,
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        content = _json(schemas[f"{route.name} body", "validation"])
        operation["requestBody"] = {"required": True, "content": content}
    if route.allow is not anyone:
        operation["security"] = [{"staff": []}, *([{}] if route.allow.public else [])]
    return operation


def _path_parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 128}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(
    model: type[BaseModel], schema: dict[str, Any], definitions: dict[str, Any]
) -> Iterable[dict[str, Any]]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in required, "schema": field}


def _responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status in (route.status, *route.replies):
        content = _json(schemas[f"{route.name} {status}", "serialization"])
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    by_status: dict[int, list[ErrorCode]] = defaultdict(list)
    for code in route_errors(route):
        by_status[code.status].append(code)
    for status, codes in sorted(by_status.items()):
        narrowed = {"properties": {"code": {"enum": [code.code for code in codes]}}}
        failure = {"allOf": [{"$ref": _REF.format(model="Error")}, narrowed]}
        described = " ".join(f"{code.code}: {code.message}" for code in codes)
        known = responses.get(str(status))
        if known is not None:
            # One status, two bodies: a success of that status, and the error shape.
            failure = {"anyOf": [known["content"]["application/json"]["schema"], failure]}
        responses[str(status)] = {"description": described, "content": _json(failure)}
    return responses


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
