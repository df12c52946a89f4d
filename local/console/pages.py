"""The screens' files, served as they are."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FOLDERS = ("kitchen", "status", "live", "style", "start")
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


def page_routes(screens: Path) -> list[BaseRoute]:
    """Routes of the folders that there are, and of the start page."""
    folders = [name for name in FOLDERS if (screens / name).is_dir()]
    routes: list[BaseRoute] = []
    for name in folders:
        routes.append(Route(f"/{name}", _with_slash))
        routes.append(Mount(f"/{name}", StaticFiles(directory=screens / name, html=True)))
    if (screens / "start" / "index.html").is_file():
        routes.append(Mount("/", StaticFiles(directory=screens / "start", html=True)))
    else:
        routes.append(Route("/", _plain_start))
    return routes


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path=f"{request.url.path}/"))


async def _plain_start(_request: Request) -> Response:
    return HTMLResponse(_PLAIN_START)
