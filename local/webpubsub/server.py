"""The stand-in's one port: the REST API, the clients' endpoint, and `/_local` for tests and the console."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp.web import BaseRequest, HTTPRequestEntityTooLarge, Response, StreamResponse, json_response

from local.standin import guard, switches
from local.standin.faults import Ended, Fault, FaultMode, Faults, InvalidFaultError, meet
from local.standin.received import RawBody, Received, ReceivedCall, WholeCall
from local.standin.switches import Switches
from local.standin.way import FAULT_HEADER, KEPT_BODY_BYTES, Overtaking, fault_of
from local.webpubsub import client_endpoint, limits, rest
from local.webpubsub.answers import ERROR_HEADER, Answer, refusal
from local.webpubsub.client_endpoint import ClientEndpoint
from local.webpubsub.hub import Hubs
from local.webpubsub.messages import dump_json
from local.webpubsub.rest import DataPlane
from local.webpubsub.tokens import AccessKey
from local.webpubsub.upstream import Upstream

_ANSWERED = (FaultMode.ERROR, FaultMode.THROTTLE)


class WebPubSub:
    """The whole stand-in, without its socket: answers every request of the port."""

    def __init__(self, key: str, recovery_seconds: float, upstream: Upstream | None = None) -> None:
        access_key = AccessKey(key)
        self._hubs = Hubs(recovery_seconds, upstream)
        self._upstream = upstream
        self._data_plane = DataPlane(self._hubs, access_key)
        self._clients = ClientEndpoint(self._hubs, access_key, upstream)
        self._faults = Faults()
        self._received = Received()
        self._overtaking = Overtaking()
        self._switches = Switches(self._faults, self._received, shows={"connections": self._describe_connections})
        self._switches.repeat = self._repeat
        self._stopping = asyncio.Event()

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """Answer one request, or carry one client's websocket."""
        target = request.raw_path
        refused = guard.refusal(request.method, request.headers.get("host"), request.headers.get("origin"))
        if refused is not None:
            return json_response({"message": refused}, status=403)
        if target.startswith((rest.PREFIX, rest.HEALTH)):
            return await self._call(request, target)
        if target.startswith(client_endpoint.PREFIX):
            return await self._client(request)
        return await self._local(request)

    def answer_at_once(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Answer | None:
        """Answer a REST call that came whole. None, and nothing done, while faults stand or the guard refuses it."""
        if self._faults.any:
            return None
        named = {name.lower(): value for name, value in headers}
        if FAULT_HEADER in named:
            return None
        host = named.get("host")
        if guard.refusal(method, host, named.get("origin")) is not None:
            return None
        record = self._record(method, target, headers, body)
        answer = self._done(method, f"http://{host}", target, named, body)
        record.answered = answer.status
        return answer

    def shut_down(self) -> None:
        """Tell every client that the service goes away; reliable ones will try to come back."""
        self._stopping.set()
        for hub in self._hubs.by_name.values():
            hub.close(hub.connections.values(), "The service is shutting down.", code=1001)

    async def close(self) -> None:
        """Hang up on the event handler."""
        if self._upstream is not None:
            await self._upstream.close()

    async def _call(self, request: BaseRequest, target: str) -> StreamResponse:
        method, headers = request.method, request.headers
        try:
            body = await request.read()
        except HTTPRequestEntityTooLarge:
            self._received.add(method, target, headers.items()).answered = 413
            return _response(refusal(413, "TooLarge", "a message has 1 MB at most"))
        record = self._record(method, target, headers.items(), body)
        subject = f"{method} {target}"
        try:
            fault = fault_of(self._faults, headers.get(FAULT_HEADER), subject, self._overtaking)
        except InvalidFaultError as error:
            return _response(refusal(400, "Fault", f"{FAULT_HEADER}: {error}"))
        fault = fault or self._faults.take(subject)
        with self._overtaking.passing(subject):
            response = None if fault is None else await self._meet(fault, request)
            if fault is not None and response is not None:
                record.answered = response.status if fault.mode in _ANSWERED else None
                return response
            origin = f"{request.scheme}://{request.host}"
            answer = self._done(method, origin, target, headers, body)
            if fault is not None and fault.mode is FaultMode.DUPLICATE:
                answer = self._done(method, origin, target, headers, body)
        if fault is not None and fault.mode is FaultMode.DROP_AFTER:
            return _cut(request)
        record.answered = answer.status
        return _response(answer)

    def _record(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> ReceivedCall:
        kept = tuple(row for row in headers if row[0].lower() != FAULT_HEADER)
        record = self._received.add(method, target, kept, RawBody(body))
        record.whole = WholeCall(method, target, kept, body) if len(body) <= KEPT_BODY_BYTES else None
        return record

    async def _repeat(self, whole: WholeCall) -> tuple[int, bytes]:
        """Make a REST call again."""
        named = {name.lower(): value for name, value in whole.headers}
        record = self._record(whole.method, whole.target, whole.headers, whole.body)
        answer = self._done(whole.method, f"http://{named.get('host')}", whole.target, named, whole.body)
        record.answered = answer.status
        return answer.status, b"" if answer.body is None else dump_json(answer.body).encode()

    def _done(self, method: str, origin: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Do the call. `headers` are found by their names in lower case."""
        return self._data_plane.answer(
            method,
            origin,
            target,
            authorization=headers.get("authorization"),
            content_type=headers.get("content-type", ""),
            body=body,
        )

    async def _client(self, request: BaseRequest) -> StreamResponse:
        subject = f"{request.method} /client/hubs/{client_endpoint.hub_name(request)}"
        # A client is no call that could be doubled or overtaken; it is refused like one.
        fault = self._faults.on_the_way(subject, overtakes=True) or self._faults.take(subject)
        if fault is not None:
            response = await self._meet(fault, request)
            if response is not None:
                return response
        return await self._clients.serve(request, cut=fault is not None and fault.mode is FaultMode.DROP_AFTER)

    async def _meet(self, fault: Fault, request: BaseRequest) -> Response | None:
        """The fault's part before the work: a response that ends the call, or None to go on."""

        async def is_gone() -> bool:
            return request.transport is None or request.transport.is_closing()

        if fault.mode is FaultMode.REORDER:
            await self._overtaking.hold(fault, self._stopping)
        if fault.mode is FaultMode.THROTTLE:
            response = _response(refusal(fault.status, "Fault", "The stand-in was told to throttle this call."))
            response.headers["retry-after"] = str(fault.retry_after)
            return response
        ended = await meet(fault, self._stopping, is_gone)
        if ended is Ended.FAILED:
            return _response(refusal(fault.status, "Fault", "The stand-in was told to fail this call."))
        return None if ended is None else _cut(request)

    async def _local(self, request: BaseRequest) -> StreamResponse:
        prefix, _, name = request.path.rpartition("/")
        if prefix != switches.PREFIX:
            return _response(refusal(404, "NotFound", "there is nothing here"))
        status, value = await self._switches.answer(request.method, name, await request.read())
        return json_response(value, status=status)

    async def _describe_connections(self) -> dict[str, Any]:
        groups: dict[str, int] = {}
        listed: list[dict[str, Any]] = []
        for hub in self._hubs.by_name.values():
            for group, members in hub.groups.items():
                groups[group] = groups.get(group, 0) + len(members)
            listed += [connection.describe() for connection in hub.connections.values()]
        return {"count": self._hubs.count(), "groups": groups, "connections": listed[: limits.MAX_LISTED]}


def _response(answer: Answer) -> Response:
    headers = {ERROR_HEADER: answer.code} if answer.code is not None else {}
    if answer.body is None:
        return Response(status=answer.status, headers=headers)
    return json_response(answer.body, status=answer.status, headers=headers)


def _cut(request: BaseRequest) -> Response:
    if request.transport is not None:
        request.transport.abort()
    return Response(status=503)
