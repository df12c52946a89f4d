"""The texts that the stand-in took, and what phones answer, for the page *Texts*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.view import StackView
from local.standin.server import read_object

_MESSAGE = "/inbound/twilio/message"


class TextsApi:
    """The routes of the page *Texts*."""

    def __init__(self, stack: StackView, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/api/texts", self.newest),
            Route("/api/texts/reply", self.reply, methods=["POST"]),
        ]

    async def newest(self, _request: Request) -> Response:
        """GET /api/texts: the newest 500, both ways, oldest first; [] where no stand-in runs."""
        url = self._url()
        return await self._passed_on("GET", f"{url}/_local/texts") if url else JSONResponse([])

    async def reply(self, request: Request) -> Response:
        """POST /api/texts/reply {"from", "text"}: a phone answers, such as STOP, and the app hears it, signed."""
        url = self._url()
        if url is None:
            raise HTTPException(404, "This stack runs no stand-in for Twilio.")
        asked = await read_object(request)
        told = {"from": asked.get("from"), "text": asked.get("text"), "url": f"{self._stack.plan.api_url}{_MESSAGE}"}
        return await self._passed_on("POST", f"{url}/_local/reply", told)

    def _url(self) -> str | None:
        return self._stack.plan.service_urls().get("twilio")

    async def _passed_on(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Response:
        try:
            answer = await self._http.request(method, url, json=body)
        except httpx.HTTPError as error:
            raise HTTPException(502, f"The stand-in does not answer ({type(error).__name__}).") from None
        return Response(answer.content, answer.status_code, media_type="application/json")
