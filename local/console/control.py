"""What only a caller who can read the data directory may do: parts, snapshots, and the state of all of it."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable
from typing import Any, cast, get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console.view import Action, StackView

CONTROL_HEADER = "x-orderbuddy-control"
"""The header with the key of run.json. Only a caller that can read the data directory may start and end parts."""


class ControlApi:
    """The routes for the command line, and the stack's health."""

    def __init__(self, stack: StackView) -> None:
        self._stack = stack

    def routes(self) -> list[BaseRoute]:
        """Every route below /control, and /health."""
        return [
            Route("/health", self.health),
            Route("/control/parts/{name}/{action}", self.part, methods=["POST"]),
            Route("/control/snapshots/{name}/{action}", self.snapshot, methods=["POST"]),
            Route("/control/reset", self.reset, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """GET /health: 200 once every part and the app are ready, else 503 with what is not."""
        stack = self._stack
        parts = await stack.health()
        app = await stack.app_health() if stack.ready and "host" in parts else None
        # Another app than ours has no such address, and is ready when its host is.
        lacks = [name for name, health in parts.items() if health != "ok" and stack.needs(name)]
        missing = (app or {}).get("missing") or []
        ready = stack.ready and not lacks and not missing
        body = {"status": "ready" if ready else "not ready", "parts": parts, "missing": missing}
        return JSONResponse(body, 200 if ready else 503)

    async def part(self, request: Request) -> Response:
        """POST /control/parts/{name}/{start|stop|kill}."""
        self._let_in(request)
        name, action = request.path_params["name"], request.path_params["action"]
        if action not in get_args(Action):
            raise HTTPException(404, f"A part can be started, stopped and killed, but not {action!r}.")
        parts = self._stack.describe()["parts"]
        if name not in parts:
            raise HTTPException(404, f"This stack runs no part {name!r}: it has {', '.join(parts)}.")
        await _told(self._stack.act(name, cast(Action, action)))
        return JSONResponse({"name": name, **self._stack.describe()["parts"][name]})

    async def snapshot(self, request: Request) -> Response:
        """POST /control/snapshots/{name}/{save|restore}."""
        self._let_in(request)
        name, keeper = request.path_params["name"], self._stack.keeper
        act = {"save": keeper.save, "restore": keeper.restore}.get(request.path_params["action"])
        if act is None:
            raise HTTPException(404, "A snapshot can be saved and restored.")
        return JSONResponse(await _told(act(name)))

    async def reset(self, request: Request) -> Response:
        """POST /control/reset."""
        self._let_in(request)
        return JSONResponse(await _told(self._stack.keeper.reset()))

    def _let_in(self, request: Request) -> None:
        given = request.headers.get(CONTROL_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._stack.control_key.encode()):
            raise HTTPException(403, "The key of this stack's run.json is needed.")


async def _told(work: Awaitable[Any]) -> Any:
    try:
        return await work
    except HTTPException:
        raise
    except Exception as error:  # whatever it was, the person at the command line reads it
        raise HTTPException(500, str(error) or type(error).__name__) from error
