"""The page of what is not emulated: docs/emulation.md, read into tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

PAGE = Path(__file__).resolve().parents[2] / "docs" / "emulation.md"


def tables(text: str) -> list[dict[str, Any]]:
    """The services of the page, each with its `rows`: what, how far, and what to know."""
    services: list[dict[str, Any]] = []
    for line in text.splitlines():
        if line.startswith("## "):
            services.append({"service": line.removeprefix("## "), "rows": []})
        elif services and line.startswith("| ") and not line.startswith(("| operation |", "|---")):
            what, how, note = (cell.strip() for cell in line.strip("|").split("|"))
            services[-1]["rows"].append({"what": what.replace("`", ""), "how": how, "note": note.replace("`", "")})
    return services


async def _shown(_request: Request) -> Response:
    """GET /api/emulation."""
    return JSONResponse(tables(PAGE.read_text(encoding="utf-8")))


def routes() -> list[BaseRoute]:
    """The page's route."""
    return [Route("/api/emulation", _shown)]
