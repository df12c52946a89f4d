"""What the live service tells of its connections (see shared/web/live_events.py)."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.web import live_events as door
from shared.web.routes import API_PREFIX
from shared.web.runtime import RUNTIME

bp = df.Blueprint()


@bp.function_name("live_events")
@bp.route(route=API_PREFIX + door.PATH, methods=["POST", "OPTIONS"], auth_level=func.AuthLevel.ANONYMOUS)
async def live_events(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Hear that a live connection wants in, is there, or is gone."""
    return await door.answer(req, RUNTIME, invocation_id=context.invocation_id)
