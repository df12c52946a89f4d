"""The pushes that the stand-ins took, for the page *Pushes*."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.view import StackView


class PushesApi:
    """The routes of the page *Pushes*."""

    def __init__(self, stack: StackView, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [Route("/api/pushes", self.newest)]

    async def newest(self, _request: Request) -> Response:
        """GET /api/pushes: the newest 500 to phones and to screens, oldest first; [] where no stand-in runs."""
        phones = [
            {**_plain(one, one), "kind": "phone", "to": one["token"], "tag": _tag(one)}
            for one in await self._pushes("fcm")
        ]
        screens = [
            {**_plain(one, one["shown"]), "kind": "screen", "to": one["browser"], "tag": one["shown"].get("tag", "")}
            for one in await self._pushes("web_push")
        ]
        return JSONResponse(sorted([*phones, *screens], key=lambda one: str(one["at"])))

    async def _pushes(self, vendor: str) -> list[dict[str, Any]]:
        url = self._stack.plan.service_urls().get(vendor)
        if url is None:
            return []
        try:
            answer = await self._http.get(f"{url}/_local/pushes")
            found: list[dict[str, Any]] = answer.raise_for_status().json()
        except httpx.HTTPError as error:
            raise HTTPException(502, f"The stand-in does not answer ({type(error).__name__}).") from None
        return found


def _plain(push: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    return {"at": push["at"], "title": told.get("title", ""), "body": told.get("body", "")}


def _tag(push: dict[str, Any]) -> str:
    return str((push["android"].get("notification") or {}).get("tag") or push["id"])
