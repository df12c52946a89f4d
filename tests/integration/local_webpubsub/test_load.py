"""Many connections, and clients that do not read."""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.patience import PATIENCE_SECONDS

from .clients import JSON, RELIABLE, Connector, Raw, StandIn


@pytest.mark.parametrize("number", [100, pytest.param(1_000, marks=pytest.mark.long)])
async def test_many_connections_get_a_message(own_stand_in: StandIn, group: str, number: int) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        connector = Connector(session)
        clients: list[Raw] = []
        for _ in range(number // 100):
            clients += await asyncio.gather(*(connector.open(url, RELIABLE) for _ in range(100)))
        assert len({client.id for client in clients}) == number
        async with session.get(own_stand_in.url + "/_local/connections") as answer:
            described = await answer.json()
        assert described["count"] >= number
        assert described["groups"][group] == number
        await asyncio.to_thread(service.send_to_group, group, {"n": 1}, content_type="application/json")
        frames = await asyncio.gather(*(client.frame() for client in clients))
        assert all(frame["data"] == {"n": 1} for frame in frames)
        await asyncio.gather(*(client.socket.close() for client in clients))


async def _flood(service: Any, group: str, messages: int) -> None:
    """Publishes messages of a million bytes one after the other."""

    def work() -> None:
        for _ in range(messages):
            service.send_to_group(group, "x" * 1_000_000, content_type="text/plain")

    await asyncio.to_thread(work)


async def test_a_client_that_does_not_read_is_dropped_and_others_go_on(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    for subprotocol in (JSON, RELIABLE):
        slow, quick = await connector.open(url, subprotocol), await connector.open(url, JSON)
        slow.socket._response.connection.transport.pause_reading()
        counted = asyncio.create_task(_count(quick, 40))
        # More than may wait here and in the network's own buffers.
        await _flood(service, group, 40)
        await counted
        assert not service.connection_exists(slow.id)
        assert service.connection_exists(quick.id)
        if subprotocol == RELIABLE:
            again = Raw(await connector.session.ws_connect(slow.recovery_url(url), protocols=(RELIABLE,)))
            assert await again.closed() == 1008
        await quick.socket.close()


async def _count(client: Raw, messages: int) -> None:
    for _ in range(messages):
        await client.frame(timeout=60)


async def test_a_lost_client_that_misses_too_much_is_given_up(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)
    client.cut()
    await _flood(service, group, 16)
    assert service.connection_exists(client.id)
    await _flood(service, group, 1)
    assert not service.connection_exists(client.id)


async def test_a_client_that_sends_without_pause_starves_nobody(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    loud = await connector.open(service.get_client_access_token(roles=["webpubsub.sendToGroup"])["url"])
    # Half as much again as may wait for the listener, who is given up when its writer has no turn.
    frame = {"type": "sendToGroup", "group": group, "dataType": "text", "data": "x" * 100_000}
    with _listening(service.get_client_access_token(groups=[group])["url"]) as listener:
        heard = asyncio.create_task(asyncio.to_thread(_hear, listener, 300 * 100_000))
        for _ in range(300):
            await loud.socket.send_json(frame)
        assert await heard >= 300 * 100_000


def _listening(url: str) -> socket.socket:
    """The bare connection of a client: it is read faster than any client sends, however busy this process is."""
    parts = urlsplit(url)
    line = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_SECONDS)
    head = (
        f"GET {parts.path}?{parts.query} HTTP/1.1",
        *(f"Host: {parts.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        *("Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==", f"Sec-WebSocket-Protocol: {JSON}"),
    )
    line.sendall("\r\n".join((*head, "\r\n")).encode())
    said = b""
    while b'"connected"' not in said:
        more = line.recv(65536)
        assert more, said
        said += more
    return line


def _hear(line: socket.socket, wanted: int) -> int:
    """How many bytes came until there were so many, or the other side closed."""
    heard = 0
    while heard < wanted and (more := line.recv(1 << 20)):
        heard += len(more)
    return heard
