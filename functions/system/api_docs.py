"""The description of the API, for programs and for people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

import azure.durable_functions as df

from shared.api.ready import ready_bytes
from shared.errors import NOT_FOUND, Problem
from shared.web import docs_ui
from shared.web.access import anyone
from shared.web.docs_ui import StaticFile
from shared.web.endpoint import Call, Reply, endpoint
from shared.web.negotiation import as_reply

bp = df.Blueprint()

SAFE = {"referrer-policy": "no-referrer"}


@endpoint(bp, "GET", "openapi.json", allow=anyone, errors=[NOT_FOUND], replies={304: None})
async def openapi_json(call: Call[None]) -> Reply[Any]:
    """The OpenAPI document of this API."""
    return await _sent(call, _document, cache_control="public, max-age=300")


@endpoint(bp, "GET", "docs", allow=anyone, errors=[NOT_FOUND], replies={304: None}, media=["text/html"])
async def docs(call: Call[None]) -> Reply[bytes]:
    """This API as a page, from which every route can be called."""
    return await _sent(call, lambda: docs_ui.load("docs.html"), cache_control="no-cache")


@endpoint(bp, "GET", "redoc", allow=anyone, errors=[NOT_FOUND], replies={304: None}, media=["text/html"])
async def redoc(call: Call[None]) -> Reply[bytes]:
    """This API as a page to read."""
    return await _sent(call, lambda: docs_ui.load("redoc.html"), cache_control="no-cache")


@endpoint(
    bp,
    "GET",
    "docs/{file}",
    allow=anyone,
    errors=[NOT_FOUND],
    replies={304: None},
    media=["text/javascript", "text/css"],
)
async def docs_file(call: Call[None]) -> Reply[bytes]:
    """A script or a style of these pages."""
    name = call.path["file"]
    if name not in docs_ui.FILES:
        raise Problem(NOT_FOUND)
    return await _sent(call, lambda: docs_ui.load(name), cache_control="public, max-age=3600")


@cache
def _document() -> StaticFile:
    # It changes only with a deployment, and no diner waits for it.
    from shared.web import openapi

    return StaticFile("application/json", ready_bytes(openapi.serialised()))


async def _sent(call: Call[None], made: Callable[[], StaticFile], *, cache_control: str) -> Reply[Any]:
    """The file, or 304 where the caller has it. Raises Problem NOT_FOUND where the deployment shows no docs."""
    if not call.app.settings.shows_docs:
        raise Problem(NOT_FOUND)
    # The first time it is read or made, and compressed: too long for the loop.
    file = await asyncio.to_thread(made)
    reply = as_reply(file.bytes, call.headers)
    headers = {**reply.headers, "cache-control": cache_control, "content-type": file.media, **SAFE}
    if file.media == "text/html":
        headers["content-security-policy"] = docs_ui.CONTENT_SECURITY_POLICY
    return Reply(reply.body, reply.status, headers)
