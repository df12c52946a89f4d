"""`/_local` of a host: its health, what it was asked for, and the faults of the durable engine's API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from local.host.front import AsgiApp, Receive, Scope, Send, send_reply
from local.host.messages import Reply
from local.standin.faults import PLAIN_MODES, FaultMode, Faults
from local.standin.received import CURRENT, RawBody, Received, SecretBody, WholeCall
from local.standin.switches import PREFIX, Show, Switches
from local.standin.way import KEPT_BODY_BYTES, READS, Way, repeat

_MOUNTED = ("/_local", "/admin", "/runtime")
_LARGEST_BODY = 64 * 1024
# Their addresses are secrets, and they ask once a second.
_PRINTERS = "/printing/"


class OwnAddresses:
    """Answers below `/_local`, and lets calls be recorded. `failure`: why the process does not work."""

    def __init__(self, failure: Callable[[], str | None], *, waits: Show | None) -> None:
        """`waits`: what the engine waits for, where there is one here; its API has faults."""
        self._failure = failure
        self._received = Received()
        modes = (FaultMode.OK,) if waits is None else PLAIN_MODES
        shows = {} if waits is None else {"waits": waits}
        self._switches = Switches(Faults(), self._received, modes=modes, shows=shows)

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request below `/_local`."""
        name = scope["path"].removeprefix(f"{PREFIX}/")
        failure = self._failure()
        if name == "health" and failure is not None:
            status, value = 503, {"status": "failed", "detail": failure}
        else:
            status, value = await self._switches.answer(scope["method"], name, await _body(receive))
        headers = {"content-type": "application/json"}
        await send_reply(send, Reply(status, headers, json.dumps(value).encode()))

    def way(self, app: AsgiApp, stopping: asyncio.Event) -> AsgiApp:
        """The engine's API behind what may happen to a call on the way to it."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            whole = CURRENT.get()
            if whole is None or whole.method in READS:
                await app(scope, receive, send)
                return
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
            call = self._received.add(scope["method"], scope["path"], headers, RawBody(whole.body))

            async def noted(message: dict[str, object]) -> None:
                if message["type"] == "http.response.start":
                    call.answered = int(str(message["status"]))
                await send(message)

            await app(scope, receive, noted)

        return Way(recorded, self._switches, stopping, reads=False, all_faults=True)

    def recording(self, app: AsgiApp) -> AsgiApp:
        """The app's HTTP functions, with a record of the calls that may change something."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            if scope["type"] != "http" or scope["method"] in READS or path.startswith(_MOUNTED) or _PRINTERS in path:
                await app(scope, receive, send)
                return
            await _Recorded(self._received, scope).serve(app, receive, send)

        async def again(whole: WholeCall) -> tuple[int, bytes]:
            return await repeat(recorded, whole)

        self._switches.repeat = again
        return recorded


class _Recorded:
    """One call of the app. Its body is kept as the app reads it."""

    def __init__(self, received: Received, scope: Scope) -> None:
        self._scope = scope
        self._headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        self._call = received.add(scope["method"], scope["path"], self._headers)
        self._body = bytearray()

    async def serve(self, app: AsgiApp, receive: Receive, send: Send) -> None:
        async def kept() -> Any:
            message = await receive()
            if len(self._body) <= KEPT_BODY_BYTES:
                self._body += message.get("body", b"")
            return message

        async def noted(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                self._call.answered = int(str(message["status"]))
                self._keep()
            await send(message)

        await app(self._scope, kept, noted)

    def _keep(self) -> None:
        body = bytes(self._body)
        self._call.body = SecretBody(body)
        if len(body) > KEPT_BODY_BYTES:
            return
        query = self._scope["query_string"].decode("latin-1")
        target = self._scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        self._call.whole = WholeCall(self._scope["method"], target, self._headers, body)


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more and len(body) <= _LARGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = bool(message.get("more_body", False))
    return body
