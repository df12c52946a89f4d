"""Signing in: the sign-in service's own routes (see shared/web/login.py)."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.web import login as door
from shared.web.runtime import RUNTIME

bp = df.Blueprint()


@bp.function_name("login")
@bp.route(route="login/{*path}", methods=["GET", "POST", "OPTIONS"], auth_level=func.AuthLevel.ANONYMOUS)
async def login(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Codes, sessions, refreshing and signing out, below `login/` at the root."""
    path = req.route_params.get("path") or ""
    return await door.answer(req, RUNTIME, path=path, invocation_id=context.invocation_id)
