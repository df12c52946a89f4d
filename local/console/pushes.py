"""The pushes that the stand-ins took, for the page *Pushes*."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.parts import Parts


class PushesApi:
    """The routes of the page *Pushes*."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [Route("/api/pushes", self.newest)]

    async def newest(self, _request: Request) -> Response:
        """GET /api/pushes: the newest 500 to phones and to screens, oldest first; [] where no stand-in runs."""
        phones = [
            {**_plain(one, one), "kind": "phone", "to": one["token"], "tag": _tag(one)}
            for one in await self._parts.shown("fcm", "pushes")
        ]
        screens = [
            {**_plain(one, one["shown"]), "kind": "screen", "to": one["browser"], "tag": one["shown"].get("tag", "")}
            for one in await self._parts.shown("web_push", "pushes")
        ]
        return JSONResponse(sorted([*phones, *screens], key=lambda one: str(one["at"])))


def _plain(push: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    return {"at": push["at"], "title": told.get("title", ""), "body": told.get("body", "")}


def _tag(push: dict[str, Any]) -> str:
    return str((push["android"].get("notification") or {}).get("tag") or push["id"])
