"""What a stand-in does not do is said, never passed over: 501, with the page that lists what there is."""

from __future__ import annotations

import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from local.standin.received import Received

PAGE = "docs/emulation.md"

_log = logging.getLogger("local.emulation")


def refusal(service: str, method: str, path: str) -> dict[str, str]:
    """The answer's body for an operation that is not emulated."""
    return {"message": f"The stand-in for {service} does not do {method} {path}. What it does: {PAGE}"}


def unknown(field: str) -> str:
    """What is said of a field that the stand-in cannot honour."""
    return f"The stand-in does not know {field}: see {PAGE}."


def not_emulated(service: str, received: Received) -> ASGIApp:
    """Answers every call that no route takes: 501, recorded and logged."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], received.mask_path(scope["path"])
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        received.add(method, path, headers).answered = 501
        _log.warning("the stand-in for %s does not do %s %r: see %s", service, method, path, PAGE)
        await JSONResponse(refusal(service, method, path), 501)(scope, receive, send)

    return answer
