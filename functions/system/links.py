"""The codes on tables and posters (see shared/web/links.py)."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.web import links as door
from shared.web.runtime import RUNTIME
from shared.web.tracing import trace_of

bp = df.Blueprint()


@bp.function_name("links")
@bp.route(route="q/{code}", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def links(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Follow a scanned code, at the root: a code stays on its table, whatever becomes of the original's paths."""
    code = req.route_params.get("code") or ""
    return await door.answer(req, RUNTIME, code=code, invocation_id=context.invocation_id, trace=trace_of(context))
