"""The stand-in as a process of its own, and websocket clients that see raw frames."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from tests import started

JSON = "json.webpubsub.azure.v1"
RELIABLE = "json.reliable.webpubsub.azure.v1"


@dataclass
class StandIn:
    """A running stand-in. It can be killed and started again on the same port."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    port: int = 0
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "local", "webpubsub", "--port", str(self.port), *self.arguments]
        self.process, self.port = started.start(command, {**os.environ, "ORDERBUDDY_WEBPUBSUB_KEY": self.key})

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it by a signal, and return its exit code."""
        self.process.send_signal(how)
        return started.end_of(self.process)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, url: str, **claims: Any) -> str:
        """A token for the URL, signed with the access key."""
        return jwt.encode({"aud": url, "exp": int(time.time()) + 60, **claims}, self.key, algorithm="HS256")

    async def has_received(self, path: str, number: int = 1) -> None:
        """Wait until so many calls on the path have come in."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(started.PATIENCE):
            while True:
                async with session.get(f"{self.url}/_local/received") as answer:
                    if sum(path in call["path"] for call in await answer.json()) >= number:
                        return
                await asyncio.sleep(0.02)

    async def unacknowledged(self, connection_id: str) -> int:
        """How many messages the connection has not acknowledged."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/_local/connections") as answer:
            connections = (await answer.json())["connections"]
        return next(one["unacknowledged"] for one in connections if one["connectionId"] == connection_id)

    def connection_string(self, port: int | None = None) -> str:
        return f"Endpoint=http://127.0.0.1:{port or self.port};AccessKey={self.key};Version=1.0;"

    def service(self, hub: str = "orders", port: int | None = None, **options: Any) -> WebPubSubServiceClient:
        options = {"retry_total": 0, "connection_timeout": 60, "read_timeout": 60, **options}
        return WebPubSubServiceClient.from_connection_string(self.connection_string(port), hub=hub, **options)


@dataclass
class Raw:
    """A client that shows the frames as they are."""

    socket: aiohttp.ClientWebSocketResponse
    first: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.first["connectionId"]

    async def frame(self, timeout: float = started.PATIENCE) -> Any:
        return json.loads(await self.socket.receive_str(timeout=timeout))

    async def ask(self, **frame: Any) -> Any:
        await self.socket.send_str(json.dumps(frame))
        return await self.frame()

    async def closed(self, timeout: float = started.PATIENCE) -> int | None:
        """The code with which the service closes; frames before it are left out."""
        while True:
            message = await self.socket.receive(timeout=timeout)
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return self.socket.close_code

    def recovery_url(self, url: str) -> str:
        """Where the connection of this client is taken up again, as the official clients build it."""
        return f"{url}&awps_connection_id={self.id}&awps_reconnection_token={self.first['reconnectionToken']}"

    def cut(self) -> None:
        """As a broken network does: no goodbye."""
        self.socket._response.connection.transport.abort()


class Connector:
    """Opens raw clients and closes them after the test."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def open(self, url: str, subprotocol: str | None = JSON, **options: Any) -> Raw:
        protocols = (subprotocol,) if subprotocol else ()
        raw = Raw(await self.session.ws_connect(url, protocols=protocols, max_msg_size=0, **options))
        if subprotocol:
            raw.first = await raw.frame()
        return raw

    async def refused(self, url: str) -> int:
        """The status with which the handshake is refused."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await self.session.ws_connect(url, protocols=(JSON,))
        return refusal.value.status


async def until(condition: Any, timeout: float = started.PATIENCE) -> None:
    """Waits until the condition holds."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.02)


class Wire:
    """A TCP line between clients and the stand-in that can be cut, and put back, as a broken network does."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._whole = True
        self.port = 0

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self, *, whole: bool = True) -> None:
        """Cuts every line; with `whole` false, new ones are cut too until `mend`."""
        self._whole = whole
        for writer in tuple(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self._whole = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._stand_in.port)
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
