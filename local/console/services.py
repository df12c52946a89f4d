"""The services that the console can look at, break, and ask again: every stand-in, the engine, and the app itself."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.parts import Parts
from local.saas.registry import VENDORS
from local.standin.server import read_object

TO_COME = ("openai",)
"""Services that will have a stand-in: nothing came to them, and they are not unknown."""

SERVICES = tuple(dict.fromkeys((*VENDORS, "webpubsub", "durable", "host", *TO_COME)))


class ServicesApi:
    """What goes to each service's own `/_local`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

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
        names = list(self._parts.urls())
        found = await asyncio.gather(*map(self._faults, names))
        return JSONResponse({name: faults for name, faults in zip(names, found, strict=True) if faults is not None})

    async def received(self, request: Request) -> Response:
        """GET /api/{service}/received: what a service got, newest last; [] where it does not run."""
        return JSONResponse(await self._parts.shown(_service(request), "received"))

    async def fault(self, request: Request) -> Response:
        """POST /api/{service}/fault: what a service does to the next calls."""
        return await self._parts.told(_service(request), "fault", await read_object(request))

    async def rerun(self, request: Request) -> Response:
        """POST /api/{service}/rerun {"number", "body"?}: make a recorded call again, also with another body."""
        return await self._parts.told(_service(request), "rerun", await read_object(request))

    async def _faults(self, service: str) -> Any:
        try:
            return await self._parts.shown(service, "faults")
        except HTTPException:
            return None


def _service(request: Request) -> str:
    service: str = request.path_params["service"]
    if service not in SERVICES:
        raise HTTPException(404, f"No service is called {service!r}: there are {', '.join(SERVICES)}.")
    return service
