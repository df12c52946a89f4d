"""The services that the console can look at, break, and ask again: every stand-in, the engine, and the app itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.view import StackView
from local.saas.registry import VENDORS
from local.standin.server import read_object

TO_COME = ("openai",)
"""Services that will have a stand-in: nothing came to them, and they are not unknown."""

SERVICES = tuple(dict.fromkeys((*VENDORS, "webpubsub", "durable", "host", *TO_COME)))


class ServicesApi:
    """What goes to each service's own `/_local`."""

    def __init__(self, stack: StackView, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http

    def routes(self) -> list[BaseRoute]:
        """The routes, with the service's name in each."""
        return [
            Route("/api/services", self.all),
            Route("/api/{service}/received", self.received),
            Route("/api/{service}/fault", self.fault, methods=["POST"]),
            Route("/api/{service}/rerun", self.rerun, methods=["POST"]),
        ]

    async def all(self, _request: Request) -> Response:
        """GET /api/services: those that run, each with the faults that it knows (`modes`) and those that stand."""
        urls = self._stack.plan.service_urls()
        found = await asyncio.gather(*(self._faults(url) for url in urls.values()))
        return JSONResponse({name: faults for name, faults in zip(urls, found, strict=True) if faults is not None})

    async def received(self, request: Request) -> Response:
        """GET /api/{service}/received: what a service got, newest last; [] where it does not run."""
        url = self._service(request)
        if url is None:
            return JSONResponse([])
        return await self._passed_on("GET", f"{url}/_local/received")

    async def fault(self, request: Request) -> Response:
        """POST /api/{service}/fault: what a service does to the next calls."""
        return await self._told(request, "fault")

    async def rerun(self, request: Request) -> Response:
        """POST /api/{service}/rerun {"number", "body"?}: make a recorded call again, also with another body."""
        return await self._told(request, "rerun")

    async def _told(self, request: Request, what: str) -> Response:
        url = self._service(request)
        if url is None:
            raise HTTPException(404, f"This stack runs no stand-in for {request.path_params['service']}.")
        return await self._passed_on("POST", f"{url}/_local/{what}", await read_object(request))

    async def _faults(self, url: str) -> Mapping[str, Any] | None:
        try:
            answer = await self._http.get(f"{url}/_local/faults")
            return dict(answer.json()) if answer.is_success else None
        except (httpx.HTTPError, ValueError):
            return None

    async def _passed_on(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Response:
        try:
            answer = await self._http.request(method, url, json=body)
        except httpx.HTTPError as error:
            raise HTTPException(502, f"The stand-in does not answer ({type(error).__name__}).") from None
        if method == "GET" and not answer.is_success:
            raise HTTPException(502, f"The part answered {answer.status_code}.")
        return Response(answer.content, answer.status_code, media_type="application/json")

    def _service(self, request: Request) -> str | None:
        service = request.path_params["service"]
        if service not in SERVICES:
            raise HTTPException(404, f"No service is called {service!r}: there are {', '.join(SERVICES)}.")
        return self._stack.plan.service_urls().get(service)
