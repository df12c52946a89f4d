"""Where Twilio tells of texts: `inbound/twilio/message` what somebody replied, and `inbound/twilio/status` what became
of one (rules 24.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import azure.functions as func

from shared.app import App
from shared.integrations.twilio_texts.hooks import MESSAGE_PATH, STATUS_PATH
from shared.services.messages import text_events
from shared.web.answering import answered
from shared.web.call import Reply
from shared.web.runtime import AppSource

Take = Callable[[App, bytes, Mapping[str, str]], Awaitable[None]]

_SAY_NOTHING = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""Twilio sends whoever wrote what we answer: nothing. It answers STOP itself."""


async def answer_reply(req: func.HttpRequest, source: AppSource, *, invocation_id: str = "") -> func.HttpResponse:
    """Answer Twilio, which has a text for us."""
    said: Reply[Any] = Reply(_SAY_NOTHING, 200, {"content-type": "text/xml"})
    return await _answer(req, source, text_events.replied, said, MESSAGE_PATH, invocation_id)


async def answer_status(req: func.HttpRequest, source: AppSource, *, invocation_id: str = "") -> func.HttpResponse:
    """Answer Twilio, which knows more of a text of ours."""
    return await _answer(req, source, text_events.told, Reply(None, 204), STATUS_PATH, invocation_id)


async def _answer(  # noqa: PLR0917 - what two doors share
    req: func.HttpRequest, source: AppSource, take: Take, said: Reply[Any], path: str, invocation_id: str
) -> func.HttpResponse:
    async def work(_request_id: str) -> Reply[Any]:
        app = await source.ready()
        await take(app, req.get_body(), {name.lower(): value for name, value in req.headers.items()})
        return said

    return await answered(req, work, route=path, invocation_id=invocation_id)
