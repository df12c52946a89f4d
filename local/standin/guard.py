"""Who may talk to a stand-in, the console, or the host's own addresses: programs on this machine, but no foreign page.

A page on the web can make a browser call 127.0.0.1. With a name of its own that it points here (DNS rebinding), it
could even read the answers: so the Host header must be ours. Without, it could still send: so a call that changes
something must come from a page of the same address, or from no page at all.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any

_OWN_NAMES = ("127.0.0.1", "localhost")
_SAFE_METHODS = ("GET", "HEAD")

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


def refusal(method: str, host: str | None, origin: str | None) -> str | None:
    """Why a call is refused, from its Host and Origin headers; None for one that may go on."""
    host = (host or "").lower()
    # Any port: the console may be looked at through a forwarded one.
    if host.partition(":")[0] not in _OWN_NAMES:
        return "Only 127.0.0.1 and localhost are answered here."
    if method not in _SAFE_METHODS and origin is not None and origin != f"http://{host}":
        return "Only pages of this address may do this."
    return None


def guarded(app: AsgiApp, *, signed_at: Collection[str] = ()) -> AsgiApp:
    """An ASGI application that answers 403 to foreign hosts and origins, and passes everything else on to `app`.

    `signed_at`: paths at which each call is signed, so that a page of any origin may send there what it has a
    signature for.
    """

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            origin = None if is_below(scope["path"], signed_at) else _text(headers, b"origin")
            refused = refusal(scope["method"], _text(headers, b"host"), origin)
            if refused is not None:
                await _answer(send, refused)
                return
        await app(scope, receive, send)

    return guard


def is_below(path: str, places: Collection[str]) -> bool:
    """Whether a path is one of these places, or lies below one."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


async def _answer(send: Send, message: str) -> None:
    body = json.dumps({"message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
