"""The screens' files. They are served as they are, but for what each page is told (see local/pages.py)."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.pages import FOLDERS, PageSettings, filled

_ALL_FOLDERS = (*FOLDERS, "start")
"""The folders under clients/ that are served, each under its own name; start/ also at the root."""

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


def page_routes(screens: Path, settings: PageSettings) -> list[BaseRoute]:
    """Routes of the folders that there are, and of the start page."""
    folders = [name for name in _ALL_FOLDERS if (screens / name).is_dir()]
    routes: list[BaseRoute] = []
    for name in folders:
        routes.append(Route(f"/{name}", _with_slash))
        for page in sorted((screens / name).glob("*.html")):
            routes += _page(f"/{name}/", page, settings)
        if name == "order":
            routes.append(Route("/order/entry/{origin_id}", _teller(screens / name / "index.html", settings)))
            followed = _teller(screens / "status" / "index.html", settings)
            routes.append(Route("/order/status/{restaurant_id}/{order_id}", followed))
        routes.append(Mount(f"/{name}", StaticFiles(directory=screens / name)))
    start = screens / "start" / "index.html"
    routes += _page("/", start, settings) if start.is_file() else [Route("/", _plain_start)]
    if start.is_file():
        routes.append(Mount("/", StaticFiles(directory=start.parent)))
    return routes


def _page(folder: str, file: Path, settings: PageSettings) -> list[BaseRoute]:
    """Routes of a page; index.html is its folder's."""
    page = _teller(file, settings)
    routes: list[BaseRoute] = [Route(f"{folder}{file.name}", page)]
    return [Route(folder, page), *routes] if file.name == "index.html" else routes


def _teller(file: Path, settings: PageSettings) -> Callable[[Request], Awaitable[Response]]:
    async def page(_request: Request) -> Response:
        return HTMLResponse(filled(await asyncio.to_thread(file.read_text, encoding="utf-8"), settings))

    return page


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path=f"{request.url.path}/"))


async def _plain_start(_request: Request) -> Response:
    return HTMLResponse(_PLAIN_START)
