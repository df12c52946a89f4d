"""Where the mail provider tells what became of mails: `mail/events` (rules 24.2)."""

from __future__ import annotations

from typing import Any

import azure.functions as func

from shared.services.messages import mail_events
from shared.web.answering import answered
from shared.web.call import Reply
from shared.web.runtime import AppSource

PATH = "mail/events"


async def answer(req: func.HttpRequest, source: AppSource, *, invocation_id: str = "") -> func.HttpResponse:
    """Answer the provider; 204 takes the events, and anything else lets it send them again."""

    async def work(_request_id: str) -> Reply[Any]:
        app = await source.ready()
        headers = {name.lower(): value for name, value in req.headers.items()}
        await mail_events.take(app, req.get_body(), headers)
        return Reply(None, 204)

    return await answered(req, work, route=PATH, invocation_id=invocation_id)
