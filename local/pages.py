"""What the static pages are told by whoever serves them: where the API is, and which servers a page may call.

It stands in the page's own head, so that no page asks for it: `<meta name="api">`, and a policy that the browser holds
the page to. As the pages lie in `clients/` they may call their own server only. Whoever serves them fills that in. A
page reads from the policy alone which servers it may call, and whose pictures it may show.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

FOLDERS = ("board", "kitchen", "status", "order", "live", "style")
"""The folders under clients/ that are pages for people, or what these share."""

HEADERS = {
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
"""The headers of every answer, wherever the pages are served."""

GATEWAY, GATEWAY_FRAMES, PICTURES = "PAGE_GATEWAY", "PAGE_GATEWAY_FRAMES", "PAGE_PICTURES"
"""Where the environment says it, lists with spaces between: see PageSettings."""

_CALLS = "connect-src 'self'"
_PICTURES = "img-src 'self' data:"
_PAYING = "script-src 'self'; frame-src 'self'"
_META = '<meta name="{}" content="">'


@dataclass(frozen=True)
class PageSettings:
    """What pages are told.

    `api`: the base of the API's addresses. `servers`: the origins that every page may call. `gateway`: below this
    address is the gateway's script; "" where nobody can pay. `gateway_frames`: origins of the gateway's frames and
    calls beside the script's own. `pictures`: the origins that pictures of dishes may come from.
    """

    api: str
    servers: tuple[str, ...]
    gateway: str = ""
    gateway_frames: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


def filled(text: str, settings: PageSettings) -> str:
    """A page's HTML with the settings in it. Only the page that takes a card may load and call the gateway."""
    gateway = (*((origin(settings.gateway),) if settings.gateway else ()), *settings.gateway_frames)
    called = (*settings.servers, *gateway) if _PAYING in text else settings.servers
    replacements = {
        _CALLS: _listed(_CALLS, called),
        _PICTURES: _listed(_PICTURES, settings.pictures),
        _PAYING: "; ".join(_listed(directive, gateway) for directive in _PAYING.split("; ")),
        _META.format("api"): _meta("api", settings.api),
        _META.format("gateway"): _meta("gateway", settings.gateway),
    }
    for written, told in replacements.items():
        text = text.replace(written, told, 1)
    return text


_ORIGIN = re.compile(r"(?:https?|wss?)://(?:\*\.)?[a-z0-9.-]+(?::\d+)?", re.IGNORECASE)


def origins(text: str) -> tuple[str, ...]:
    """The origins of addresses with spaces between. Raises ValueError like `origin`."""
    return tuple(origin(address) for address in text.split())


def origin(address: str) -> str:
    """The origin of an address, as a policy lists it. Raises ValueError where it has none."""
    parts = urlsplit(address)
    found = f"{parts.scheme}://{parts.netloc}"
    if not _ORIGIN.fullmatch(found):
        raise ValueError(f"{address!r} is no address of a server: https://HOST is one.")
    return found


def _listed(directive: str, origins: Iterable[str]) -> str:
    return " ".join(dict.fromkeys((directive, *origins)))


def _meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{html.escape(content)}">'
