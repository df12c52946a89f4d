"""What Twilio tells of texts (see shared/web/text_events.py)."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.integrations.twilio_texts.hooks import MESSAGE_PATH, STATUS_PATH
from shared.web import text_events as door
from shared.web.routes import API_PREFIX
from shared.web.runtime import RUNTIME

bp = df.Blueprint()


@bp.function_name("text_reply")
@bp.route(route=API_PREFIX + MESSAGE_PATH, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def text_reply(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Hear what somebody replied to our number, such as STOP."""
    return await door.answer_reply(req, RUNTIME, invocation_id=context.invocation_id)


@bp.function_name("text_status")
@bp.route(route=API_PREFIX + STATUS_PATH, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def text_status(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Hear what became of a text."""
    return await door.answer_status(req, RUNTIME, invocation_id=context.invocation_id)
