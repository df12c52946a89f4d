"""The screens' files. They are served as they are, but for the list of servers that a page may call."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FOLDERS = ("board", "kitchen", "status", "live", "style", "start")
"""The folders under clients/ that are served, each under its own name; start/ also at the root."""

_OWN_SERVER_ONLY = "connect-src 'self'"
"""What a page's policy allows as it lies in its folder. Whoever serves it elsewhere lists the servers there, too."""

_PLAIN_START = """<!doctype html><html lang="en"><meta charset="utf-8"><title>OrderBuddy, local stack</title>
<h1>OrderBuddy, local stack</h1><p>The parts: <a href="/api/stack">/api/stack</a>.
The orders: <a href="/api/orders">/api/orders</a>.</p></html>
"""

# The machine's own table may lack or misname these, and browsers refuse a module of another type.
for _kind, _suffix in (
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("text/css", ".css"),
    ("image/svg+xml", ".svg"),
    ("application/manifest+json", ".webmanifest"),
    ("font/woff2", ".woff2"),
):
    mimetypes.add_type(_kind, _suffix)


def page_routes(screens: Path, servers: Sequence[str]) -> list[BaseRoute]:
    """Routes of the folders that there are, and of the start page. `servers`: the origins that a page may call."""
    folders = [name for name in FOLDERS if (screens / name).is_dir()]
    routes: list[BaseRoute] = []
    for name in folders:
        routes.append(Route(f"/{name}", _with_slash))
        routes += _page(f"/{name}/", screens / name / "index.html", servers)
        routes.append(Mount(f"/{name}", StaticFiles(directory=screens / name)))
    start = screens / "start" / "index.html"
    routes += _page("/", start, servers) or [Route("/", _plain_start)]
    if start.is_file():
        routes.append(Mount("/", StaticFiles(directory=start.parent)))
    return routes


def _page(path: str, file: Path, servers: Sequence[str]) -> list[BaseRoute]:
    """Routes of a folder's page, none where there is none."""
    if not file.is_file():
        return []

    async def page(_request: Request) -> Response:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        return HTMLResponse(text.replace(_OWN_SERVER_ONLY, " ".join((_OWN_SERVER_ONLY, *servers)), 1))

    return [Route(path, page), Route(f"{path}index.html", page)]


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path=f"{request.url.path}/"))


async def _plain_start(_request: Request) -> Response:
    return HTMLResponse(_PLAIN_START)
