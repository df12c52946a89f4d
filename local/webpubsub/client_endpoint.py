"""Where clients connect: the handshake, the life of one websocket, and its recovery."""

import asyncio
import secrets
from typing import Any, NamedTuple

from aiohttp import WebSocketError, WSMessage, WSMsgType
from aiohttp.web import BaseRequest, Response, StreamResponse, WebSocketResponse

from local.webpubsub import limits
from local.webpubsub.client_frames import MalformedFrameError, handle_frame
from local.webpubsub.connection import Connection
from local.webpubsub.hub import Hub, Hubs
from local.webpubsub.messages import Subprotocol
from local.webpubsub.rest import is_hub_name
from local.webpubsub.tokens import AccessKey, TokenError, bearer
from local.webpubsub.upstream import Upstream

PREFIX = "/client"
"""What the addresses of all kinds of clients begin with."""

_GOING_AWAY = 1001
_HUBS = "/client/hubs/"
_OTHER_PROTOCOLS = ("protobuf.", "mqtt")


class _Problem(NamedTuple):
    code: int
    text: str


class ClientEndpoint:
    """Serves `/client/hubs/{hub}`, and `/client/?hub={hub}`."""

    def __init__(self, hubs: Hubs, key: AccessKey, upstream: Upstream | None) -> None:
        self._hubs = hubs
        self._key = key
        self._upstream = upstream

    async def serve(self, request: BaseRequest, *, cut: bool = False) -> StreamResponse:
        """Answer the handshake and carry the websocket until it ends. With `cut`, it is cut once it is open."""
        name = hub_name(request)
        if request.path.startswith("/clients/"):
            return Response(status=404, text="This stand-in has no MQTT and Socket.IO clients, only /client/hubs/.\n")
        if not is_hub_name(name):
            return Response(status=404, text="There is no such hub.\n")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return Response(status=426, text="Connect with a websocket.\n", headers={"Upgrade": "websocket"})
        offered = request.headers.get("Sec-WebSocket-Protocol", "").lower()
        if "json." not in offered and any(word in offered for word in _OTHER_PROTOCOLS):
            return Response(status=400, text="This stand-in speaks the JSON subprotocols only.\n")
        socket = WebSocketResponse(
            protocols=(Subprotocol.JSON.value, Subprotocol.RELIABLE.value),
            max_msg_size=limits.MAX_MESSAGE_BYTES,
            heartbeat=limits.HEARTBEAT_SECONDS,
            timeout=limits.CLOSE_SECONDS,
            compress=False,
        )
        if "awps_connection_id" in request.query:
            return await self._recover(request, name, socket, cut=cut)
        return await self._connect(request, name, socket, cut=cut)

    async def _connect(
        self, request: BaseRequest, name: str, socket: WebSocketResponse, *, cut: bool
    ) -> StreamResponse:
        token = request.query.get("access_token") or bearer(request.headers.get("Authorization"))
        try:
            grant = self._key.client_grant(token, f"{request.scheme}://{request.host}{_HUBS}{name}")
        except TokenError as error:
            return Response(status=401, text=f"{error}\n", headers={"WWW-Authenticate": "Bearer"})
        if len(grant.groups) > limits.MAX_GROUPS_PER_CONNECTION:
            return Response(status=400, text=f"A token names {limits.MAX_GROUPS_PER_CONNECTION} groups at most.\n")
        if self._hubs.count() >= limits.MAX_CONNECTIONS:
            return Response(status=429, text="There are too many connections.\n", headers={"Retry-After": "5"})
        subprotocol = Subprotocol(socket.can_prepare(request).protocol or "")
        connection_id = secrets.token_urlsafe(18)
        if self._upstream is not None:
            decided = await self._upstream.connect(
                name, connection_id, grant, subprotocol=str(subprotocol), query=request.query
            )
            if decided.status != 200:
                return Response(status=decided.status, text="The event handler lets this client not in.\n")
            grant = decided.grant
        hub = self._hubs.get(name)
        connection = hub.connect(connection_id, grant, subprotocol)
        connection.attach(socket, request.transport)
        return await _carry(request, hub, connection, socket, cut=cut)

    async def _recover(
        self, request: BaseRequest, name: str, socket: WebSocketResponse, *, cut: bool
    ) -> StreamResponse:
        hub = self._hubs.by_name.get(name)
        connection = None
        if hub is not None and socket.can_prepare(request).protocol == Subprotocol.RELIABLE:
            token = request.query.get("awps_reconnection_token", "")
            connection = hub.find_lost(request.query["awps_connection_id"], token)
        if hub is None or connection is None:
            await socket.prepare(request)
            await socket.close(code=1008, message=b"The connection cannot be recovered.")
            return socket
        connection.reopen(socket, request.transport)
        return await _carry(request, hub, connection, socket, cut=cut)


def hub_name(request: BaseRequest) -> str:
    """The hub that a client wants, from its path, or in the older form from its query; empty for none."""
    path = request.path.rstrip("/")
    return request.query.get("hub", "") if path == PREFIX else path.removeprefix(_HUBS)


async def _carry(
    request: BaseRequest, hub: Hub, connection: Connection, socket: WebSocketResponse, *, cut: bool
) -> StreamResponse:
    ended = False
    try:
        await socket.prepare(request)
        if cut:
            connection.abort()
        ended = await _converse(hub, connection, socket)
    finally:
        if connection.detach(socket):
            if ended:
                hub.end(connection)
            else:
                hub.lose(connection)
    return socket


async def _converse(hub: Hub, connection: Connection, socket: WebSocketResponse) -> bool:
    """Read and write until the websocket is gone. False where it may be recovered, True where it has ended."""
    reader = asyncio.create_task(_read(hub, connection, socket))
    writer = asyncio.create_task(connection.write_out(socket))
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        goodbye = writer.result() if writer.done() else None
        if goodbye is None:
            return await reader
        # A reader that still waits would take the frame that ends the closing handshake.
        await _cancel(reader)
        # The reason of a close frame holds 123 bytes.
        reason = goodbye.reason.encode()[:123].decode(errors="ignore")
        await socket.close(code=goodbye.code, message=reason.encode())
        return True
    finally:
        await _cancel(reader, writer)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _read(hub: Hub, connection: Connection, socket: WebSocketResponse) -> bool:
    """Handle the client's frames until the websocket is gone. False where it may be recovered, True where it ended."""
    frames = 0
    while True:
        received = await socket.receive()
        if received.type is WSMsgType.ERROR:
            return isinstance(received.data, WebSocketError)
        if received.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            # A client that only goes away, such as a page that is hidden, may come back.
            return received.type is WSMsgType.CLOSE and received.data != _GOING_AWAY
        if connection.ended:
            continue
        problem = await _handle(hub, connection, received)
        if problem is not None:
            hub.close([connection], problem.text, problem.code)
        frames += 1
        if frames % limits.FRAMES_PER_TURN == 0:
            await asyncio.sleep(0)


async def _handle(hub: Hub, connection: Connection, received: WSMessage) -> _Problem | None:
    """Do what the frame asks for. Returns why the connection must be closed; None where all is well."""
    if connection.subprotocol is Subprotocol.PLAIN:
        return None
    try:
        # The same JSON may come in a binary frame.
        text = received.data if received.type is WSMsgType.TEXT else received.data.decode()
        await handle_frame(hub, connection, text)
    except UnicodeDecodeError:
        return _Problem(1007, "the frame is not UTF-8")
    except MalformedFrameError as error:
        return _Problem(1008, str(error))
    return None
