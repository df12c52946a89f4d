"""What the mail provider tells of mails (see shared/web/mail_events.py)."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.web import mail_events as door
from shared.web.routes import API_PREFIX
from shared.web.runtime import RUNTIME

bp = df.Blueprint()


@bp.function_name("mail_events")
@bp.route(route=API_PREFIX + door.PATH, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def mail_events(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Hear that a mail arrived, bounced, or was complained about."""
    return await door.answer(req, RUNTIME, invocation_id=context.invocation_id)
