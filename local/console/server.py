"""The console as a web application, and how it is served."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from local.console.api import ConsoleApi
from local.console.headers import SafeHeaders
from local.console.pages import page_routes
from local.console.view import StackView
from local.standin.guard import AsgiApp, guarded
from local.standin.server import refused


def make_app(stack: StackView) -> AsgiApp:
    """The console of one stack."""
    http = httpx.AsyncClient(timeout=15.0, trust_env=False, limits=httpx.Limits(max_connections=20))
    api = ConsoleApi(stack, http)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await api.close()
        await http.aclose()

    app = Starlette(
        routes=[*api.routes(), *page_routes(stack.plan.screens, stack.plan.page_settings)],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={HTTPException: refused},
        lifespan=lifespan,
    )
    return guarded(app)


class ConsoleServer(uvicorn.Server):
    """Serves the console. Signals belong to the supervisor, which ends the parts in order."""

    def __init__(self, stack: StackView) -> None:
        super().__init__(
            uvicorn.Config(
                make_app(stack),
                loop="asyncio",
                ws="none",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                timeout_keep_alive=5,
                limit_concurrency=100,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signal handlers alone."""
        yield

    def end(self) -> None:
        """Let `serve` finish what runs, for a second at most, and return."""
        self.should_exit = True
