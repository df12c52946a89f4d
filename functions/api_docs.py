"""The description of the API."""

from __future__ import annotations

from functools import cache
from typing import Any

import azure.durable_functions as df

from shared.errors import NOT_FOUND, Problem
from shared.web import openapi
from shared.web.access import anyone
from shared.web.endpoint import Call, Reply, endpoint

bp = df.Blueprint()

# It changes only with a deployment.
_document = cache(openapi.serialised)


@endpoint(bp, "GET", "openapi.json", allow=anyone, errors=[NOT_FOUND])
async def openapi_json(call: Call[None]) -> Reply[Any]:
    """The OpenAPI document of this API."""
    if not call.app.settings.docs_enabled:
        raise Problem(NOT_FOUND)
    return Reply(_document(), headers={"cache-control": "public, max-age=300"})
