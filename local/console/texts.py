"""The texts that the stand-in took, and what phones answer, for the page *Texts*."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.parts import Parts
from local.standin.server import read_object

_MESSAGE = "/inbound/twilio/message"


class TextsApi:
    """The routes of the page *Texts*. `api_url`: where the app hears of replies."""

    def __init__(self, parts: Parts, api_url: str) -> None:
        self._parts = parts
        self._hears_at = f"{api_url}{_MESSAGE}"

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/api/texts", self.newest),
            Route("/api/texts/reply", self.reply, methods=["POST"]),
        ]

    async def newest(self, _request: Request) -> Response:
        """GET /api/texts: the newest 500, both ways, oldest first; [] where no stand-in runs."""
        return JSONResponse(await self._parts.shown("twilio", "texts"))

    async def reply(self, request: Request) -> Response:
        """POST /api/texts/reply {"from", "text"}: a phone answers, such as STOP, and the app hears it, signed."""
        asked = await read_object(request)
        told = {"from": asked.get("from"), "text": asked.get("text"), "url": self._hears_at}
        return await self._parts.told("twilio", "reply", told)
