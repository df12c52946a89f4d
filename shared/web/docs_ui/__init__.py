"""The pages that show the API, from files beside this one: nothing is asked of any other host.

The two bundles are several megabytes: a file is read when somebody asks for it, and kept as it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.api.ready import Ready, ready_bytes

_FOLDER = Path(__file__).parent
_MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
PAGES = ("docs.html", "redoc.html")
FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "redoc.standalone.js", "redoc.js")

# Both bundles set styles from scripts; Redoc searches in a worker that it makes of its own text.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent: its media type and its bytes."""

    media: str
    bytes: Ready[Any]


@cache
def load(name: str) -> StaticFile:
    """One of PAGES or FILES, read at its first use. Raises KeyError for any other name."""
    if name not in PAGES and name not in FILES:
        raise KeyError(name)
    path = _FOLDER / name
    return StaticFile(_MEDIA[path.suffix], ready_bytes(path.read_bytes()))
