"""The catch-all: the original's unprefixed paths, and 404 and 405 in our shape (see shared/web/front_door.py)."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.web.front_door import FrontDoor
from shared.web.runtime import RUNTIME
from shared.web.tracing import trace_of

bp = df.Blueprint()
door = FrontDoor()


@bp.function_name("front_door")
@bp.generic_input_binding(arg_name="engine", type="durableClient")
@bp.route(route="{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def front_door(req: func.HttpRequest, context: func.Context, engine: str) -> func.HttpResponse:
    """Answer what no other function's route takes, with any method."""
    return await door.answer(req, RUNTIME, binding=engine, invocation_id=context.invocation_id, trace=trace_of(context))
