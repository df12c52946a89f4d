"""The mails that the stand-in took, and every template, each as a page that can do nothing.

A mail is HTML that the app made of what people wrote. It is shown in a frame without scripts, under a policy of its own
that fetches nothing: a hole in the templates would not reach the console.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.parts import Parts
from local.console.view import StackView
from local.standin.server import read_object

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"

_EVENTS = "/mail/events"
_DARK = "(prefers-color-scheme: dark)"
_SCHEMES = {"dark": "all", "light": "not all"}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


class MailsApi:
    """The routes of the page *Mails*."""

    def __init__(self, stack: StackView, parts: Parts) -> None:
        self._stack = stack
        self._parts = parts
        self._samples: list[dict[str, Any]] | None = None
        self._making = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/api/mails", self.newest),
            Route("/api/mails/{id}/page", self.page),
            Route("/api/mails/{id}/event", self.tell, methods=["POST"]),
            Route("/api/mail-samples", self.samples),
            Route("/api/mail-samples/{number}/page", self.sample_page),
        ]

    async def newest(self, _request: Request) -> Response:
        """GET /api/mails: the newest 200 without their HTML, newest first; [] where no stand-in runs."""
        mails = await self._parts.shown("sendgrid", "mails")
        return JSONResponse([{k: v for k, v in mail.items() if k != "html"} for mail in reversed(mails)])

    async def page(self, request: Request) -> Response:
        """GET /api/mails/{id}/page?scheme=light|dark: the mail's HTML, for a frame."""
        mail = await self._parts.read(f"{self._parts.url('sendgrid')}/mails/{request.path_params['id']}")
        return _shown(_with_pictures(mail["html"], mail["attachments"]), request)

    async def tell(self, request: Request) -> Response:
        """POST /api/mails/{id}/event {"event"}: the stand-in tells the app what became of a mail, signed."""
        asked = await read_object(request)
        to = f"{self._stack.plan.api_url}{_EVENTS}"
        told = {"id": request.path_params["id"], "event": asked.get("event"), "to": to}
        return await self._parts.told("sendgrid", "event", told)

    async def samples(self, request: Request) -> Response:
        """GET /api/mail-samples?again: the templates by their names and languages, made anew with `again`."""
        made = await self._made(again="again" in request.query_params)
        return JSONResponse([{k: v for k, v in one.items() if k != "html"} for one in made])

    async def sample_page(self, request: Request) -> Response:
        """GET /api/mail-samples/{number}/page?scheme=light|dark: one of them, for a frame."""
        made, number = await self._made(), str(request.path_params["number"])
        found = {str(place): one for place, one in enumerate(made)}.get(number)
        if found is None:
            raise HTTPException(404, "There is no such sample.")
        return _shown(found["html"], request)

    async def _made(self, *, again: bool = False) -> list[dict[str, Any]]:
        async with self._making:
            if self._samples is None or again:
                try:
                    self._samples = json.loads(await self._stack.mail_samples())
                except Exception as error:  # whatever it was, the person at the page reads it
                    raise HTTPException(500, str(error) or type(error).__name__) from error
            return self._samples or []


def _shown(html: str, request: Request) -> Response:
    scheme = _SCHEMES.get(request.query_params.get("scheme", ""))
    if scheme is not None:
        # A frame cannot be told the scheme; so the mail's own rule is told.
        html = html.replace(_DARK, scheme)
    headers = {"content-security-policy": POLICY, "x-frame-options": "SAMEORIGIN"}
    return HTMLResponse(html, headers=headers)


def _with_pictures(html: str, attachments: list[Mapping[str, Any]]) -> str:
    """A mail whose attached pictures stand in it, as a mail program shows them."""
    for one in attachments:
        name, kind = one.get("content_id"), one.get("type")
        if name and kind in _PICTURES:
            html = html.replace(f'"cid:{name}"', f'"data:{kind};base64,{one["content"]}"')
    return html
