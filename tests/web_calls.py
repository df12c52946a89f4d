"""Calling routes without a host: requests as the Functions worker makes them, and their answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from shared.api.base import Multipart
from shared.app import App
from shared.clock import FixedClock
from shared.settings import Settings
from shared.store.mongo.client import connect
from shared.web.routes import Route

NOWHERE = "mongodb://127.0.0.1:1/?directConnection=true"


def request(
    method: str = "GET",
    url: str = "/api/v1/things",
    body: bytes | Mapping[str, Any] = b"",
    *,
    headers: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
) -> func.HttpRequest:
    """A request; `path` holds the values of the route's parameters, a mapping as `body` is sent as JSON."""
    return func.HttpRequest(
        method,
        f"http://localhost{url}",
        headers=dict(headers or {}),
        params=dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        route_params=dict(path or {}),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


BOUNDARY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(parts: Mapping[str, Any]) -> bytes:
    """A form with these parts, as browsers send it under MULTIPART; `file` is one with a name."""
    lines = []
    for name, value in parts.items():
        named = '; filename="picture"' if name == "file" else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        lines.append(head.encode() + (value if isinstance(value, bytes) else str(value).encode()) + b"\r\n")
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


def filled(
    route: Route, body: bytes | Mapping[str, Any], headers: Mapping[str, str]
) -> tuple[bytes | Mapping[str, Any], dict[str, str]]:
    """A body and headers as the route takes them: a form where it has a file."""
    if route.body is None or not issubclass(route.body, Multipart) or isinstance(body, bytes):
        return body, dict(headers)
    return multipart(body), {**headers, "content-type": MULTIPART}


def content(response: func.HttpResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(response.get_body())


def offline_app(**settings: Any) -> App:
    """An App whose MongoDB, engine and Web PubSub are out of reach."""
    given = Settings.model_validate({"app_env": "local", "mongodb_uri": NOWHERE} | settings)
    clock = FixedClock(datetime.now(UTC))
    return App.over(connect(given), clock, given)
