"""Many connections, and clients that do not read."""

import asyncio
import time

import aiohttp

from .clients import JSON, RELIABLE, Connector, Raw, StandIn


async def test_a_thousand_connections_get_a_message(own_stand_in: StandIn, group: str) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        connector = Connector(session)
        clients: list[Raw] = []
        for _ in range(10):
            clients += await asyncio.gather(*(connector.open(url, RELIABLE) for _ in range(100)))
        assert len({client.id for client in clients}) == 1000
        async with session.get(own_stand_in.url + "/_local/connections") as answer:
            described = await answer.json()
        assert described["count"] == 1000
        assert described["groups"] == {group: 1000}
        start = time.perf_counter()
        await asyncio.to_thread(service.send_to_group, group, {"n": 1}, content_type="application/json")
        frames = await asyncio.gather(*(client.frame() for client in clients))
        assert time.perf_counter() - start < 3
        assert all(frame["data"] == {"n": 1} for frame in frames)
        await asyncio.gather(*(client.socket.close() for client in clients))


async def _flood(service, group: str, messages: int) -> float:
    """Publishes 64 KB messages one after the other; the longest time that one took, in seconds."""

    def work() -> float:
        longest = 0.0
        for _ in range(messages):
            start = time.perf_counter()
            service.send_to_group(group, "x" * 65_536, content_type="text/plain")
            longest = max(longest, time.perf_counter() - start)
        return longest

    return await asyncio.to_thread(work)


async def test_a_client_that_does_not_read_is_dropped_and_others_go_on(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    for subprotocol in (JSON, RELIABLE):
        slow, quick = await connector.open(url, subprotocol), await connector.open(url, JSON)
        slow.socket._response.connection.transport.pause_reading()
        counted = asyncio.create_task(_count(quick, 450))
        assert await _flood(service, group, 450) < 1
        await counted
        assert not service.connection_exists(slow.id)
        assert service.connection_exists(quick.id)
        if subprotocol == RELIABLE:
            again = Raw(await connector.session.ws_connect(slow.recovery_url(url), protocols=(RELIABLE,)))
            assert await again.closed() == 1008
        await quick.socket.close()


async def _count(client: Raw, messages: int) -> None:
    for _ in range(messages):
        await client.frame(timeout=10)


async def test_a_lost_client_that_misses_too_much_is_given_up(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    client = await connector.open(url, RELIABLE)
    client.cut()
    await _flood(service, group, 100)
    assert service.connection_exists(client.id)
    await _flood(service, group, 100)
    assert not service.connection_exists(client.id)


async def test_a_client_that_sends_without_pause_starves_nobody(
    own_stand_in: StandIn, connector: Connector, group: str
) -> None:
    service = own_stand_in.service()
    loud = await connector.open(service.get_client_access_token(roles=["webpubsub.sendToGroup"])["url"])
    listener = await connector.open(service.get_client_access_token(groups=[group])["url"])
    frame = {"type": "sendToGroup", "group": group, "dataType": "text", "data": "x" * 100}
    counted = asyncio.create_task(_count(listener, 30_000))
    for _ in range(30_000):
        await loud.socket.send_json(frame)
    await counted
    assert service.connection_exists(listener.id)
