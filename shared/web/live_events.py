"""Where the live service tells of its connections: CloudEvents over HTTP, `realtime/events` (design, live status).

Before it sends any, it asks by OPTIONS whether this address wants them.
"""

from __future__ import annotations

from typing import Any

import azure.functions as func
import orjson

from shared.errors import BODY_TOO_LARGE, FORBIDDEN, MALFORMED_JSON, UNAVAILABLE, Problem
from shared.integrations.entra import EntraUnavailable
from shared.integrations.live_events import service_host
from shared.services.kitchen import connections
from shared.web.answering import answered
from shared.web.call import Reply
from shared.web.runtime import AppSource

PATH = "realtime/events"
MAX_BODY = 64 * 1024
_AGAIN_SECONDS = 5


async def answer(req: func.HttpRequest, source: AppSource, *, invocation_id: str = "") -> func.HttpResponse:
    """Answer the live service; 204 lets a connection in."""

    async def work(request_id: str) -> Reply[Any]:
        app = await source.ready()
        headers = {name.lower(): value for name, value in req.headers.items()}
        if req.method == "OPTIONS":
            return _allowed(headers.get("webhook-request-origin", ""), service_host(app.settings))
        raw = req.get_body()
        if len(raw) > MAX_BODY:
            raise Problem(BODY_TOO_LARGE)
        try:
            event = await connections.heard(app, headers)
        except EntraUnavailable as error:
            raise Problem(UNAVAILABLE, retry_after=_AGAIN_SECONDS) from error
        await connections.follow(app, event, _read(raw))
        return Reply(None, 204)

    return await answered(req, work, route=PATH, invocation_id=invocation_id)


def _allowed(origin: str, host: str | None) -> Reply[Any]:
    """The service alone may send events here. Raises Problem FORBIDDEN."""
    if host is None or origin.strip().lower() != host:
        raise Problem(FORBIDDEN)
    return Reply(b"", 200, {"webhook-allowed-origin": origin.strip()})


def _read(raw: bytes) -> dict[str, Any]:
    """What a body says. Raises Problem MALFORMED_JSON."""
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Problem(MALFORMED_JSON)
    return body
