"""The way to a stand-in and back: what can go wrong there whatever the service is, and calls that are kept whole.

It lies before the service, as an ASGI application around it. It throttles, duplicates and reorders as the fault switch
says, does to one request what its header `x-orderbuddy-fault` says, and keeps each call so that it can be made again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote

from local.standin.faults import Ended, Fault, FaultMode, Faults, InvalidFaultError, meet, parse_header
from local.standin.received import CURRENT, WholeCall
from local.standin.switches import PREFIX, Switches

FAULT_HEADER = "x-orderbuddy-fault"
LINE = "orderbuddy.line"
"""The extension of a scope with which the caller's line is cut."""

READS = ("GET", "HEAD", "OPTIONS")
KEPT_BODY_BYTES = 64 * 1024
_READ_BODY_BYTES = 1024 * 1024
_HELD_SECONDS = 10.0

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class Overtaking:
    """Calls that are held until another one has passed them."""

    def __init__(self) -> None:
        self._held: list[tuple[str, asyncio.Event]] = []

    def overtakes(self, subject: str) -> bool:
        """Whether this call will pass one that is held."""
        return any(match in subject for match, _ in self._held)

    @contextlib.contextmanager
    def passing(self, subject: str) -> Iterator[None]:
        """Let go those that are held for such a call, once it is done."""
        before = [event for match, event in self._held if match in subject]
        try:
            yield
        finally:
            for event in before:
                event.set()

    async def hold(self, fault: Fault, stopping: asyncio.Event) -> None:
        """Wait until another call has passed, for `seconds` of the fault at most."""
        held = (fault.match or "", asyncio.Event())
        self._held.append(held)
        waits = [asyncio.create_task(event.wait()) for event in (held[1], stopping)]
        try:
            within = _HELD_SECONDS if fault.seconds is None else fault.seconds
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._held.remove(held)
            for wait in waits:
                wait.cancel()


def fault_of(faults: Faults, header: str | None, subject: str, overtaking: Overtaking) -> Fault | None:
    """What a call meets on its way: what its own header says, else what stands. Raises InvalidFaultError."""
    if header is not None:
        fault = parse_header(header)
        return None if fault.mode is FaultMode.OK else fault
    return faults.on_the_way(subject, overtakes=overtaking.overtakes(subject))


class Way:
    """The way to one service.

    `root`: the path below which it is mounted. `reads`: whether calls that only read are kept, too. `all_faults`:
    whether every fault is met here, since the service knows of none.
    """

    def __init__(
        self,
        app: AsgiApp,
        switches: Switches,
        stopping: asyncio.Event,
        *,
        root: str = "",
        reads: bool = True,
        all_faults: bool = False,
    ) -> None:
        self._app = app
        self._switches = switches
        self._stopping = stopping
        self._root = root
        self._reads = reads
        self._all_faults = all_faults
        self._overtaking = Overtaking()
        switches.repeat = self._repeat

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Bring one call to the service."""
        if scope["type"] != "http" or f"{PREFIX}/" in scope["path"]:
            await self._app(scope, receive, send)
            return
        header = _header(scope, FAULT_HEADER)
        quiet = header is None and not self._switches.faults.any
        if quiet and not self._reads and scope["method"] in READS:
            await self._app(scope, receive, send)
            return
        whole, receive, again = await _read(scope, receive)
        CURRENT.set(whole)
        subject = f"{scope['method']} {scope['path']} {again.body.decode(errors='replace') if again else ''}"
        try:
            fault = fault_of(self._switches.faults, header, subject, self._overtaking)
        except InvalidFaultError as error:
            await _answer(send, 400, f"{FAULT_HEADER}: {error}")
            return
        if fault is None and self._all_faults:
            fault = self._switches.faults.take(subject)
        with self._overtaking.passing(subject):
            if fault is None:
                await self._app(scope, receive, send)
            else:
                await self._meet(fault, scope, receive, send, again)

    async def _meet(self, fault: Fault, scope: Any, receive: Receive, send: Send, whole: WholeCall | None) -> None:
        if fault.mode is FaultMode.REORDER:
            await self._overtaking.hold(fault, self._stopping)
        if fault.mode is FaultMode.THROTTLE:
            self._note(scope, fault.status)
            await _answer(send, fault.status, "The stand-in was told to throttle this call.", fault.retry_after)
            return

        async def is_gone() -> bool:
            return False

        ended = await meet(fault, self._stopping, is_gone)
        if ended is Ended.FAILED:
            self._note(scope, fault.status)
            await _answer(send, fault.status, "The stand-in was told to fail this call.")
        elif ended is Ended.CUT:
            self._note(scope, None)
            await _cut(scope, receive)
        elif fault.mode is FaultMode.DROP_AFTER:
            await self._app(scope, receive, _nobody)
            await _cut(scope, receive)
        else:
            if fault.mode is FaultMode.DUPLICATE and whole is not None:
                await self._repeat(whole)
            await self._app(scope, receive, send)

    def _note(self, scope: Any, answered: int | None) -> None:
        """Record a call that never comes to the service."""
        received = self._switches.received
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        received.add(scope["method"], received.mask_path(scope["path"]), headers).answered = answered

    async def _repeat(self, whole: WholeCall) -> tuple[int, bytes]:
        """The status and the body that answer a call which is made again; 0 where its line was cut."""
        CURRENT.set(whole)
        return await repeat(self._app, whole, self._root)


async def repeat(app: AsgiApp, whole: WholeCall, root: str = "") -> tuple[int, bytes]:
    """Give an ASGI application a call as it came: the status and the body of the answer; 0 where its line was cut."""
    path, _, query = whole.target.partition("?")
    cut = asyncio.Event()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": whole.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": root,
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in whole.headers],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "state": {},
        "extensions": {LINE: {"abort": cut.set}},
    }
    sent: list[Message] = []
    given = False

    async def receive() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": whole.body, "more_body": False}
        await cut.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    status = next((message["status"] for message in sent if message["type"] == "http.response.start"), 0)
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return (0, b"") if cut.is_set() else (status, body)


async def _read(scope: Any, receive: Receive) -> tuple[WholeCall | None, Receive, WholeCall | None]:
    """The call where it may be kept, how its body is read now, and the call where it can be made again at once."""
    messages: list[Message] = []
    size, ended = 0, False
    while not ended and size <= _READ_BODY_BYTES:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        ended = message["type"] != "http.request" or not message.get("more_body", False)
    gone = messages[-1]["type"] != "http.request"

    async def replayed() -> Message:
        return messages.pop(0) if messages else await receive()

    if not ended or gone:
        return None, replayed, None
    body = b"".join(message.get("body", b"") for message in messages)
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    whole = WholeCall(scope["method"], target, tuple(row for row in headers if row[0] != FAULT_HEADER), body)
    return (whole if len(body) <= KEPT_BODY_BYTES else None), replayed, whole


async def _answer(send: Send, status: int, message: str, retry_after: int | None = None) -> None:
    body = json.dumps({"message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if retry_after is not None:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _nobody(_message: Message) -> None:
    """What is said to a line that will be cut."""


async def _cut(scope: Mapping[str, Any], receive: Receive) -> None:
    scope["extensions"][LINE]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass


def _header(scope: Mapping[str, Any], name: str) -> str | None:
    wanted = name.encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), None)
